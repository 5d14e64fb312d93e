"""`Idempotency-Key` on every write of the API.

In: paths. Out: the same paths, with the header, what it can be refused for, and what a repeated answer says of itself.
Called by `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import Refusal, answered_with, invalid

WRITES = ("post", "put", "patch", "delete")
COMPONENT = "IdempotencyKey"
PARAMETERS: dict[str, Any] = {
    COMPONENT: {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "description": "Yours, and another for every request. The same request with the same key within 24 hours gets "
        "the same answer and is not carried out again.",
    }
}
REPLAYED: dict[str, Any] = {
    "Idempotent-Replayed": {
        "schema": {"const": "true"},
        "description": "There only when this is the answer to an earlier request with the same `Idempotency-Key`.",
    }
}
REFUSALS = (
    invalid("idempotency-key", "Give one Idempotency-Key of 1 to 255 printable ASCII characters."),
    Refusal(
        HTTPStatus.CONFLICT,
        "validation_error",
        "idempotency_key_reused",
        "This Idempotency-Key came with another request within the last 24 hours; every request needs its own.",
    ),
    Refusal(
        HTTPStatus.CONFLICT,
        "validation_error",
        "request_in_progress",
        "The same request is being carried out now. Send it again in 1 s to get its answer.",
    ),
)


def with_keys(paths: dict[str, Any]) -> dict[str, Any]:
    """Every write with the header; reads as they are."""
    return {
        path: {name: _with_key(value) if name in WRITES else value for name, value in item.items()}
        for path, item in paths.items()
    }


def _with_key(operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [*operation.get("parameters", []), {"$ref": f"#/components/parameters/{COMPONENT}"}]
    before = {name: value for name, value in operation.items() if name not in {"parameters", "responses"}}
    return {**before, "parameters": parameters, "responses": _responses(operation["responses"])}


def _responses(responses: dict[str, Any]) -> dict[str, Any]:
    said = {
        status: {**response, "headers": {**response.get("headers", {}), **REPLAYED}} if status < "300" else response
        for status, response in responses.items()
    }
    return dict(sorted(answered_with(said, REFUSALS).items()))
