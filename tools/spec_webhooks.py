"""The thirteen webhooks of the contract, and those about webhooks, as OpenAPI operations.

In: the catalogue, its schemas and samples. Out: `webhooks()` and `event_components()`, for `spec_openapi`.
"""

from typing import Any

from tools.spec_events import event_schema
from tools.spec_operations import operational_sample, operational_schema
from tools.spec_samples import sample

from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, Product

_BASE64 = "[A-Za-z0-9+/]{43}="
_TAGS = {Product.KYC_LINK: "KYC Link webhooks", Product.VIDEO_KYC: "Video KYC webhooks"}

OPERATIONS = "Webhooks about webhooks"

HEADERS: dict[str, dict[str, Any]] = {
    "X-Webhook-Attempt": {
        "description": "Counts the attempts of this delivery, from 1. No signature covers it.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    },
    "X-Webhook-Timestamp": {
        "description": "When this attempt was signed: Unix time in milliseconds. Fresh at each attempt.",
        "schema": {"type": "string", "pattern": "^[0-9]{13}$"},
        "example": "1746427759733",
    },
    "X-Webhook-Signature": {
        "description": "base64 of HMAC-SHA256, keyed by the merchant's client secret, over the timestamp's text "
        "followed directly by the raw body.",
        "schema": {"type": "string", "pattern": f"^{_BASE64}$"},
        "example": "07r5C3VMwsGYeldGOCYxe5zoHhIN1zLfa8O0U/yngHI=",
    },
    "Webhook-Id": {
        "description": "The event's id, the same at every attempt. Covered by Webhook-Signature only.",
        "schema": {"type": "string"},
        "example": "evt_01hzx3v9k2",
    },
    "Webhook-Timestamp": {
        "description": "When this attempt was signed: Unix time in seconds.",
        "schema": {"type": "string", "pattern": "^[0-9]{10}$"},
        "example": "1746427759",
    },
    "Webhook-Signature": {
        "description": "Standard Webhooks: `v1,` and the base64 of HMAC-SHA256, keyed by the endpoint's `whsec_` "
        "secret, over `id.timestamp.body`. Several, separated by spaces, while the secret is being rotated.",
        "schema": {"type": "string", "pattern": f"^v1,{_BASE64}( v1,{_BASE64})*$"},
        "example": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    "X-Dastak-Sequence": {
        "description": "The event's number within its journey, from 1: a gap shows that an earlier one is still on its "
        "way. No signature covers it.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 3,
    },
}

RESPONSES: dict[str, Any] = {
    "2XX": {"description": "Taken. Answer at once and work later; the same event may come again."},
    "410": {"description": "This URL wants nothing any more: the endpoint is disabled."},
    "default": {
        "description": "Anything else, a redirect included, or no answer in time: it is sent again later. "
        "`Retry-After` is honoured within bounds."
    },
}


def webhooks() -> dict[str, Any]:
    """The `webhooks` section: one POST per event."""
    contract = {
        name: {"post": _operation(name, _TAGS[spec.product], spec.description, sample(name))}
        for name, spec in EVENT_TYPES.items()
    }
    about_webhooks = {
        name: {"post": _operation(name, OPERATIONS, spec.description, operational_sample(name))}
        for name, spec in OPERATIONAL_EVENT_TYPES.items()
    }
    return {**contract, **about_webhooks}


def event_components() -> dict[str, Any]:
    """The schemas that the section refers to."""
    about_webhooks = {name: operational_schema(spec) for name, spec in OPERATIONAL_EVENT_TYPES.items()}
    return {name: event_schema(spec) for name, spec in EVENT_TYPES.items()} | about_webhooks


def header_components() -> dict[str, Any]:
    """The header parameters that every webhook carries."""
    return {
        name: {"name": name, "in": "header", "required": name != "X-Dastak-Sequence", **header}
        for name, header in HEADERS.items()
    }


def _operation(name: str, tag: str, summary: str, example: Any) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in HEADERS],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": RESPONSES,
    }
