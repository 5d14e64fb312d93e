"""The error answers of the KYC Link API, as a table of codes.

In: nothing. Out: OpenAPI responses per operation, each with an example per code. Called by the modules that hold paths.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong. `code` is stable; `message` is for people.",
    "properties": {
        "type": {
            "enum": [
                "validation_error",
                "authentication_error",
                "not_found_error",
                "rate_limit_error",
                "internal_error",
            ]
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
        "error": {"type": "object", "description": "Details, where there are some."},
    },
    "required": ["type", "code", "message"],
}


PHRASES = {HTTPStatus(413): "Content Too Large", HTTPStatus(422): "Unprocessable Content"}
"""As RFC 9110 says since; Python has the older words up to 3.12, and the file must not depend on who writes it."""


def phrase_of(status: HTTPStatus) -> str:
    """The words of a status."""
    return PHRASES.get(status, status.phrase)


@dataclass(frozen=True)
class Refusal:
    """One thing that can go wrong."""

    status: HTTPStatus
    type: str
    code: str
    message: str


def missing(field: str) -> Refusal:
    """A required field, header or parameter that is not there."""
    return Refusal(
        HTTPStatus.BAD_REQUEST, "validation_error", f"{field}_missing", f"{field} is missing in the request."
    )


def invalid(field: str, message: str) -> Refusal:
    """A field with characters or a form that is not allowed."""
    return Refusal(HTTPStatus.BAD_REQUEST, "validation_error", f"{field}_value_invalid", message)


def too_long(field: str, limit: int) -> Refusal:
    """A text with more characters than allowed."""
    message = f"{field} has more than {limit} characters."
    return Refusal(HTTPStatus.BAD_REQUEST, "validation_error", f"{field}_length_exceeded", message)


BAD_REQUEST_TEXT = "Bad request, please check API documentation"
NAME_CHARACTERS = "Only letters, digits, '.', '-' and '_' are allowed"

ID_LENGTH = too_long("verification_id", 50)
BAD_TEMPLATE = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", BAD_REQUEST_TEXT, "Give the name of a template that exists."
)
BAD_EXPIRY = Refusal(HTTPStatus.BAD_REQUEST, "validation_error", "REQUEST_INVALID", "Please enter valid expiry date")
NEITHER_ID = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", "invalid_request", "Give verificationID or referenceID."
)
STATIC_LINK_NOT_LINKED = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", "static_link_not_linked", "The template has no active static link."
)
NO_DATA = Refusal(HTTPStatus.NOT_FOUND, "not_found_error", "Resource not found", "No data found")
NO_TEMPLATE = Refusal(
    HTTPStatus.NOT_FOUND, "validation_error", "template_name_not_found", "There is no template of that name."
)
DUPLICATE_ID = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "verification_id_already_exists",
    "verification_id was used before; every link needs its own.",
)

BODY = (
    Refusal(HTTPStatus.BAD_REQUEST, "validation_error", "invalid_request", "The body is not valid JSON in UTF-8."),
    Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "validation_error",
        "request_too_large",
        "The body may have 65536 bytes.",
    ),
)
"""What every operation with a body may answer."""

EVERYWHERE = (
    missing("x-client-id"),
    missing("x-client-secret"),
    Refusal(
        HTTPStatus.UNAUTHORIZED, "authentication_error", "authentication_failed", "Invalid client id or client secret."
    ),
    Refusal(
        HTTPStatus.FORBIDDEN,
        "authentication_error",
        "ip_validation_failed",
        "Requests from this IP address are not allowed: 203.0.113.7",
    ),
    Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limit_error",
        "too_many_requests_per_operation",
        "Too many requests for this operation; wait X-RateLimit-Reset seconds.",
    ),
    Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limit_error",
        "too_many_requests_per_ip",
        "Too many requests from this IP address; wait X-RateLimit-Reset seconds.",
    ),
    Refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "request_failed", "The server failed; try again later."
    ),
)
"""What every operation of the KYC Link API may answer."""

RATE_LIMIT_HEADERS: dict[str, Any] = {
    "X-RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Requests allowed per minute."},
    "X-RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many are left."},
    "X-RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until the count starts again."},
}


def refused(*own: Refusal) -> dict[str, Any]:
    """The error responses of an operation by status: its own refusals and those of every operation."""
    by_status: dict[HTTPStatus, list[Refusal]] = {}
    for refusal in (*own, *EVERYWHERE):
        by_status.setdefault(refusal.status, []).append(refusal)
    return {str(status.value): _response(status, by_status[status]) for status in sorted(by_status)}


def answered_with(responses: dict[str, Any], refusals: tuple[Refusal, ...]) -> dict[str, Any]:
    """These responses, and the refusals among them."""
    result = dict(responses)
    for refusal in refusals:
        key = str(refusal.status.value)
        added = _response(refusal.status, [refusal])
        there = result.get(key)
        if there is None:
            result[key] = added
            continue
        media, extra = (response["content"]["application/json"] for response in (there, added))
        examples = {**media["examples"], **extra["examples"]}
        codes = ", ".join(f"`{example['value']['code']}`" for example in examples.values())
        content = {"application/json": {**media, "examples": examples}}
        result[key] = {**there, "description": f"{phrase_of(refusal.status)}: {codes}.", "content": content}
    return result


def _response(status: HTTPStatus, refusals: list[Refusal]) -> dict[str, Any]:
    examples = {
        refusal.code.replace(" ", "_").replace(",", ""): {
            "value": {"type": refusal.type, "code": refusal.code, "message": refusal.message}
        }
        for refusal in refusals
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}}
    headers = {"headers": RATE_LIMIT_HEADERS} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
    codes = ", ".join(f"`{refusal.code}`" for refusal in refusals)
    return {"description": f"{phrase_of(status)}: {codes}.", **headers, "content": content}
