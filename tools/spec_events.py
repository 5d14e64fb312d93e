"""JSON Schemas (2020-12) of the thirteen events.

In: the catalogue of `dastak_sdk`. Out: a schema per event, self-contained. Called by `make_spec` and `spec_webhooks`.

Objects are open and statuses of Video KYC are plain text with the known values beside them: a receiver that validates
with these schemas keeps working when a later version adds a field or a sub-status.
"""

from typing import Any

from tools.spec_samples import sample

from dastak_sdk import (
    EVENT_TYPES,
    SUB_STATUSES,
    CheckStatus,
    CheckType,
    EventSpec,
    Product,
    VideoKycStatus,
)

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def text(description: str, **more: Any) -> Schema:
    """A string."""
    return {"type": "string", **more, "description": description}


def nullable(description: str) -> Schema:
    """A string or null."""
    return {"type": ["string", "null"], "description": description}


def number(description: str, minimum: int = 1) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": minimum, "description": description}


def full_object(properties: Schema, description: str, optional: tuple[str, ...] = ()) -> Schema:
    """An object whose properties are all required but the optional ones; unknown ones are allowed."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


VERIFICATION_DETAIL = full_object(
    {
        "reference_id": number("0 until the check has run, then the number of its latest run.", minimum=0),
        "type": {"enum": [each.value for each in CheckType], "description": "Which check."},
        "status": {
            "enum": [each.value for each in CheckStatus],
            "description": "A failed check can be tried again while the link is open.",
        },
    },
    "One check of the link.",
)


def event_schemas() -> dict[str, Schema]:
    """Each event's schema by name, in the contract's order."""
    return {name: _standalone(spec) for name, spec in EVENT_TYPES.items()}


def event_schema(spec: EventSpec) -> Schema:
    """One event's body, without the keywords that only a standalone file needs."""
    properties: Schema = {}
    if spec.signs_body:
        properties["signature"] = text(
            "Legacy: base64 HMAC-SHA256 over the values of data, sorted by key, keyed by the client secret. It covers "
            "neither type nor time. Do not decide by it; verify the headers."
        )
    properties |= {
        "event_type": {"const": spec.name, "description": spec.description},
        "event_time": text(
            "When it happened, UTC. The second form is written for endpoints that ask for it.",
            anyOf=[
                {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
                {"pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"},
            ],
        ),
        "version": text("Of the format.", const="v1"),
        "data": _kyc_link(spec) if spec.product is Product.KYC_LINK else _video_kyc(spec),
    }
    return full_object(properties, spec.description, optional=("signature",))


def _standalone(spec: EventSpec) -> Schema:
    head = {"$schema": DIALECT, "$id": f"urn:dastak:event:v1:{spec.name}", "title": spec.name}
    return {**head, **event_schema(spec), "examples": [sample(spec.name)]}


def _kyc_link(spec: EventSpec) -> Schema:
    properties = {
        "name": nullable("The customer's name as the merchant gave it."),
        "phone": text("The customer's phone."),
        "email": nullable("The customer's email address."),
        "verification_id": text("The merchant's own id of the link.", maxLength=50),
        "reference_id": number("The server's number of the link."),
        "link_expiry": {**DATE, "description": "The last day, in India, on which the link can be used."},
        "form_link": text("The link that the customer opens.", format="uri"),
        "form_status": {"enum": list(spec.statuses), "description": "Where the link stands."},
        "verification_details": {"type": "array", "items": VERIFICATION_DETAIL, "description": "Its checks."},
    }
    return full_object(properties, "The KYC Link as it stood when the event happened.")


def _video_kyc(spec: EventSpec) -> Schema:
    known = [each.value for each in VideoKycStatus]
    sub_statuses = [
        {
            "name": each.name,
            "meaning": SUB_STATUSES[each.name].meaning,
            "inferred": each.inferred or SUB_STATUSES[each.name].inferred,
        }
        for each in spec.sub_statuses
    ]
    properties = {
        "verification_id": text("The merchant's own id of the Video KYC.", maxLength=50),
        "reference_id": number("The server's number of the Video KYC."),
        "user_reference_id": number("The server's number of the customer."),
        "user_id": text("The merchant's id of the customer."),
        "status": text(
            "The phase. In this event: " + ", ".join(spec.statuses) + ".",
            examples=list(spec.statuses),
            **{"x-known-values": known},
        ),
        "sub_status": text(
            "What happened within the phase. Treat a value that you do not know as opaque.",
            examples=[spec.sub_statuses[0].name],
            **{"x-known-values": sub_statuses},
        ),
        "vkyc_link": text("The link that the customer opens.", format="uri"),
        "link_expiry": {**DATE, "description": "The last day, in India, on which the link can be used."},
        "recording_link": nullable("The recording; null until the call is completed."),
        "meeting_schedule": nullable("The booked time, UTC; null when nothing is booked."),
        "auditor_remarks": nullable("The auditor's words; null until reviewed."),
        "agent_remarks": nullable("The agent's words; null until the call is completed."),
    }
    return full_object(properties, "The Video KYC as it stood when the event happened.")
