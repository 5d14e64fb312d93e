"""Reading a request's JSON body and query, with the contract's codes for what is wrong with them.

In: a request. Out: values of the right type, or a `Problem`. The handlers call it field by field.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request

from dastak.journeys.customer import VERIFICATION_ID
from dastak.web.api.problem import VALIDATION, Problem, invalid, missing
from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body

BODY_LIMIT = 64 * 1024
ID_LIMIT = VERIFICATION_ID.limit
IDENTIFIER = VERIFICATION_ID.pattern
SURROGATE = re.compile(r"[\ud800-\udfff]")
"""JSON can name half a character (`"\\ud800"`); no such text can be stored or sent."""
IDENTIFIER_RULE = VERIFICATION_ID.words
LINE = re.compile(r"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+(?<!\s)")
"""No control characters, and none that turn the direction of what stands around them."""
LINE_RULE = "it must be words on one line, without spaces around them."
MOMENT_RULE = "it must be a time with its zone, such as 2026-01-31T10:00:00Z."


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


async def known_fields(request: Request, fields: Sequence[str]) -> dict[str, Any]:
    """The body as a JSON object that has no other fields than these: a misspelt one would change nothing."""
    body = await json_body(request)
    if not body.keys() <= set(fields):
        words = f"The body may have: {', '.join(fields)}." if fields else "The body must be empty."
        raise Problem(400, VALIDATION, "unknown_field", words)
    return body


def section(body: Mapping[str, Any], field: str) -> dict[str, Any] | None:
    """An object inside the body, its names as codes have them, such as `metadata.id`; None when it is not there."""
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(field, "it must be an object.")
    return {f"{field}.{name}": inner for name, inner in value.items()}


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


def line(body: Mapping[str, Any], field: str, *, limit: int) -> str:
    """A required text on one line."""
    return text(body, field, limit=limit, rule=LINE_RULE, pattern=LINE)


def optional_line(body: Mapping[str, Any], field: str, *, limit: int) -> str | None:
    """A text on one line that may be absent, null or empty."""
    return optional_text(body, field, limit=limit, rule=LINE_RULE, pattern=LINE)


def optional_identifier(body: Mapping[str, Any], field: str) -> str | None:
    """An id of the contract's alphabet that may be absent, null or empty."""
    return optional_text(body, field, limit=ID_LIMIT, rule=IDENTIFIER_RULE, pattern=IDENTIFIER)


def one_of(body: Mapping[str, Any], field: str, allowed: Sequence[str]) -> str | None:
    """One text out of `allowed`; absent, null and empty are all the same."""
    value = body.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in allowed:
        raise invalid(field, f"it must be one of: {', '.join(allowed)}.")
    return value


def choices(body: Mapping[str, Any], field: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """A list of texts out of `allowed`; absent is empty, repeats are dropped."""
    value = body.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or any(not isinstance(item, str) or item not in allowed for item in value):
        raise invalid(field, f"it must be a list of: {', '.join(allowed)}.")
    return tuple(dict.fromkeys(value))


def moment(values: Mapping[str, Any], field: str) -> datetime | None:
    """A time of a body or a query, in any zone; in a query, a plus has become a space."""
    value = values.get(field)
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(value.replace(" ", "+")) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise invalid(field, MOMENT_RULE)
    return at


def optional_number(body: Mapping[str, Any], field: str, least: int, most: int) -> int | None:
    """A whole number, as a number or as its digits; absent, null and empty are all the same."""
    value = body.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise invalid(field, f"it must be a whole number from {least} to {most}.")
    return whole_number(str(value), field, least, most)


def whole_number(value: str, field: str, least: int, most: int) -> int:
    """A query parameter that is a number."""
    if not (value.isascii() and value.isdigit() and len(value) <= 18 and least <= int(value) <= most):  # noqa: PLR2004
        raise invalid(field, f"it must be a whole number from {least} to {most}.")
    return int(value)
