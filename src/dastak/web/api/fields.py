"""Reading a request's JSON body and query, with the contract's codes for what is wrong with them.

In: a request. Out: values of the right type, or a `Problem`. The handlers call it field by field.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from dastak.web.api.problem import VALIDATION, Problem, invalid, missing
from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body

BODY_LIMIT = 64 * 1024
ID_LIMIT = 50
IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
SURROGATE = re.compile(r"[\ud800-\udfff]")
"""JSON can name half a character (`"\\ud800"`); no such text can be stored or sent."""
IDENTIFIER_RULE = "only letters, digits, '.', '-' and '_' are allowed."


async def whole_body(request: Request) -> bytes:
    """Every byte of the body, or 413 as soon as there are too many."""
    try:
        return await limited_body(request, BODY_LIMIT)
    except BodyTooLarge:
        message = f"The body may have {BODY_LIMIT} bytes."
        raise Problem(413, VALIDATION, "request_too_large", message) from None
    except BodyUnreadable:  # nobody will read this; the metrics count it as the caller's doing
        raise Problem(400, VALIDATION, "invalid_request", "The body has no end.") from None


async def json_body(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object, so that the missing field is what is named."""
    raw = await whole_body(request)
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(400, VALIDATION, "invalid_request", "The body is not valid JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Problem(400, VALIDATION, "invalid_request", "The body must be a JSON object.")
    return value


def text(body: Mapping[str, Any], field: str, *, limit: int, rule: str, pattern: re.Pattern[str]) -> str:
    """A required text."""
    value = optional_text(body, field, limit=limit, rule=rule, pattern=pattern)
    if value is None:
        raise missing(field)
    return value


def optional_text(
    body: Mapping[str, Any], field: str, *, limit: int, rule: str, pattern: re.Pattern[str]
) -> str | None:
    """A text that may be absent, null or empty (all the same)."""
    value = body.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid(field, "it must be a text.")
    if len(value) > limit:
        raise Problem(400, VALIDATION, f"{field}_length_exceeded", f"{field} may have at most {limit} characters.")
    if not pattern.fullmatch(value) or SURROGATE.search(value):
        raise invalid(field, rule)
    return value


def identifier(body: Mapping[str, Any], field: str) -> str:
    """A required id or name of the contract's alphabet, at most 50 long."""
    return text(body, field, limit=ID_LIMIT, rule=IDENTIFIER_RULE, pattern=IDENTIFIER)


def choices(body: Mapping[str, Any], field: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """A list of texts out of `allowed`; absent is empty, repeats are dropped."""
    value = body.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or any(not isinstance(item, str) or item not in allowed for item in value):
        raise invalid(field, f"it must be a list of: {', '.join(allowed)}.")
    return tuple(dict.fromkeys(value))


def whole_number(value: str, field: str, least: int, most: int) -> int:
    """A query parameter that is a number."""
    if not (value.isascii() and value.isdigit() and len(value) <= 18 and least <= int(value) <= most):  # noqa: PLR2004
        raise invalid(field, f"it must be a whole number from {least} to {most}.")
    return int(value)
