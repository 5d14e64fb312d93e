"""The API of rehearsals: acts upon the journeys of a sandbox.

In: the shapes and words of `spec_management`. Out: `PATHS` and `SCHEMAS`, for `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import BODY, Refusal, invalid, missing, too_long
from tools.spec_events import full_object, text
from tools.spec_management import BASE, _answer, _maybe, _operation, _ref, _unknown

Schema = dict[str, Any]

SANDBOX = "Sandbox"
ACTS = {
    "KYC Link": ("customer_passes_check", "customer_fails_check", "link_expires"),
    "Video KYC": (
        "customer_passes_aadhaar",
        "customer_fails_aadhaar",
        "customer_fails_precheck",
        "customer_books",
        "customer_queues",
        "call_starts",
        "customer_drops_off",
        "agent_approves",
        "agent_rejects",
        "auditor_approves",
        "auditor_rejects",
        "link_expires",
    ),
}

SCHEMAS: dict[str, Schema] = {
    "Rehearsed": full_object(
        {
            "verification_id": text("Of the journey."),
            "journey_id": text("`jrn_…`"),
            "kind": {"enum": ["kyc_link", "video_kyc"]},
            "status": text("The form_status of a KYC Link, the status of a Video KYC."),
            "sub_status": _maybe("Of a Video KYC."),
        },
        "Where the journey stands after the act.",
    ),
}
_BODY: Schema = {
    "schema": {
        "type": "object",
        "properties": {
            "verification_id": text("The journey.", maxLength=50),
            "act": {
                "enum": list(dict.fromkeys(act for acts in ACTS.values() for act in acts)),
                "description": "; ".join(f"of a {kind}: {', '.join(acts)}" for kind, acts in ACTS.items()),
            },
        },
        "required": ["verification_id", "act"],
        "additionalProperties": False,
    },
    "example": {"verification_id": "order-1", "act": "customer_passes_check"},
}
_REHEARSED: Schema = {
    "verification_id": "order-1",
    "journey_id": "jrn_01hzx3v9k2",
    "kind": "kyc_link",
    "status": "SUCCESS",
    "sub_status": None,
}
_NOT_POSSIBLE = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "act_not_possible",
    "agent_approves is not possible at sub_status USER_QUEUED: First: call.",
)
_UNKNOWN_FIELD = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", "unknown_field", "The body may have: verification_id, act."
)
_CONTENDED = Refusal(
    HTTPStatus.CONFLICT, "validation_error", "changed_meanwhile", "Others change this at the same moment. Try again."
)

PATHS: dict[str, Schema] = {
    f"{BASE}/sandbox/acts": {
        "post": _operation(
            "rehearse",
            SANDBOX,
            "Do what customer, agent or auditor would do in a journey; 404 in production",
            _answer(200, "Where it stands. Its webhooks are under way.", _ref("Rehearsed"), _REHEARSED),
            missing("verification_id"),
            missing("act"),
            invalid("verification_id", "verification_id must be one of your ids."),
            invalid("act", "act must be one of this kind of journey."),
            too_long("verification_id", 50),
            too_long("act", 50),
            _UNKNOWN_FIELD,
            _unknown("No data found"),
            _NOT_POSSIBLE,
            _CONTENDED,
            *BODY,
            body=_BODY,
        )
    }
}
