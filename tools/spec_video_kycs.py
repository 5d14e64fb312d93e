"""The management API of Video KYCs: lists, the whole story, slots, and what a merchant can do to a case.

In: the shapes and words of `spec_management` and `spec_video_kyc`. Out: `PATHS` and `SCHEMAS`, for `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import BODY, NO_DATA, Refusal, invalid, missing, too_long
from tools.spec_events import DATE, full_object, nullable, number, text
from tools.spec_management import (
    _AT,
    _PAGE,
    BASE,
    _answer,
    _list_of,
    _operation,
    _page_of,
    _path_id,
    _query,
    _ref,
    _time,
)
from tools.spec_video_kyc import CASE_CLOSED, CHANGED_MEANWHILE, STANDING_EXAMPLE, STANDING_FIELDS, TAG

from dastak.journeys.video_kyc.call import CallEnd
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.video_kyc import Priority
from dastak.web.api.video_kycs import LARGEST_PAGE, PAGE, STATUSES
from dastak_sdk import SUB_STATUSES

Schema = dict[str, Any]

_CHANNELS = _list_of({"enum": ["sms", "email", "whatsapp"]}, "How the customer is told.")
_PASSED_AT = _time("When it was passed.")


def _or_null(schema: Schema, when: str) -> Schema:
    return {"oneOf": [schema, {"type": "null"}], "description": when}


_ROW_FIELDS: Schema = {
    **STANDING_FIELDS,
    "link_expiry": {**DATE, "description": "The last day, in India, of the link."},
    "journey_id": text("`jrn_…`, as in events and deliveries."),
    "name": nullable("The user's, as it was when the Video KYC was made."),
    "phone": text("Its last three digits."),
    "user_template": text("As given."),
    "agent_template": text("As given."),
    "created_at": _time("When it was made."),
    "expires_at": _time("The first instant at which the link no longer works."),
}
_DECISION = full_object(
    {
        "operator_id": text("`opr_…`"),
        "approved": {"type": "boolean"},
        "reason": nullable("Out of the template's list; null when approved."),
        "remarks": nullable("In the operator's words."),
        "at": _time("When."),
    },
    "A decision.",
)
_CALL = full_object(
    {
        "id": text("`call_…`"),
        "agent_id": text("`opr_…`"),
        "accepted_at": _time("When the agent took the customer."),
        "agent_joined_at": _time("When the agent was in the call.", nullable=True),
        "customer_joined_at": _time("When the customer was.", nullable=True),
        "started_at": _time("When both were, for the first time.", nullable=True),
        "ended_at": _time("null while it goes on.", nullable=True),
        "end": {"enum": [*(end.value for end in CallEnd), None], "description": "Why it is over."},
        "recorded": {"type": "boolean", "description": "Whether something was recorded of it."},
    },
    "A call.",
)
_PLACE: Schema = {
    "latitude": {"type": "number"},
    "longitude": {"type": "number"},
    "accuracy_metres": {"type": "number", "minimum": 0},
}
_PRECHECKS = full_object(
    {
        "ip": _or_null(
            full_object(
                {"address": text("The customer's."), "country": text("Two letters."), "passed_at": _PASSED_AT},
                "Where the connection comes from.",
            ),
            "null: not passed.",
        ),
        "location": _or_null(
            full_object({**_PLACE, "passed_at": _PASSED_AT}, "Where the device says it is."),
            "null: not passed.",
        ),
        "outside_india": _or_null(
            full_object(
                {**_PLACE, "said_at": _time("When it said so.")},
                "Where the device said in a call that it is, outside India.",
            ),
            "null: it did not, or has said a place in India since.",
        ),
        "device": _or_null(
            full_object(
                {
                    "round_trip_ms": {"type": ["integer", "null"], "minimum": 0},
                    "kbit_per_second": {"type": ["integer", "null"], "minimum": 0},
                    "passed_at": _PASSED_AT,
                },
                "Camera and microphone worked.",
            ),
            "null: not passed.",
        ),
    },
    "The latest that each check before the call found.",
)
_STORY_FIELDS: Schema = {
    "notification_types": _CHANNELS,
    "consented_at": _time("When the customer agreed.", nullable=True),
    "details": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "What the customer said of themselves, by the user template's fields.",
    },
    "aadhaar": full_object(
        {
            "given": {"type": "boolean", "description": "Whether you sent `aadhaar_details`."},
            "done_at": _time("When the customer confirmed it.", nullable=True),
            "failed_tries": number("How often it was not confirmed.", minimum=0),
            "last4": nullable("The last four digits, once confirmed."),
        },
        "The Aadhaar step.",
    ),
    "prechecks": _PRECHECKS,
    "schedule": _or_null(
        full_object(
            {"at": _time("The slot's beginning."), "reminded_at": _time("When reminded.", nullable=True)}, "A booking."
        ),
        "null: nothing is booked.",
    ),
    "queue": _or_null(
        full_object(
            {
                "priority": {"enum": [priority.name.lower() for priority in Priority]},
                "since": _time("Since when the customer waits."),
            },
            "A place in the queue.",
        ),
        "null: the customer does not wait.",
    ),
    "calls": _list_of(_CALL, "Oldest first."),
    "questions": _list_of(
        full_object(
            {
                "order": number("From 1."),
                "question": text("What the agent asks."),
                "passed": {"type": ["boolean", "null"], "description": "null: not judged yet."},
                "judged_at": _time("When it was judged.", nullable=True),
            },
            "A question.",
        ),
        "In the order in which they are asked; expected answers are not shown.",
    ),
    "liveness": _or_null(
        full_object(
            {
                "challenges": _list_of({"type": "string"}, "In the order in which they were asked."),
                "done": {
                    "type": "object",
                    "additionalProperties": {"type": "boolean"},
                    "description": "`code` and each challenge that was judged.",
                },
                "passed": {"type": "boolean"},
                "made_at": _time("When they were drawn."),
            },
            "The liveness test.",
        ),
        "null: not begun.",
    ),
    "stills": _list_of(
        full_object(
            {
                "id": text("`stl_…`"),
                "kind": {"enum": [kind.value for kind in StillKind]},
                "call_id": text("`call_…`"),
                "taken_at": _time("When."),
                "sha256": text("Of the picture, in hexadecimal digits."),
            },
            "A picture of the call.",
        ),
        "Oldest first.",
    ),
    "agent_notes": text("The agent's, for the auditor."),
    "agent": _or_null(_DECISION, "null: the call is not decided."),
    "auditor": _or_null(_DECISION, "null: not reviewed."),
    "recording": _or_null(
        full_object(
            {
                "call_id": text("`call_…`"),
                "ready_at": _time("null while it is being composed.", nullable=True),
                "sha256": nullable("Of the composed file, in hexadecimal digits."),
            },
            "The recording of the decided call.",
        ),
        "null until the call is completed.",
    ),
    "timeline": _list_of(
        full_object(
            {
                "at": _time("When."),
                "what": text("What happened."),
                "sub_status": text("After it."),
                "by": text("`customer`, `merchant`, `clock`, `server`, `agent`, or an operator's id."),
            },
            "A line of the story.",
        ),
        "Oldest first; of a very long story the middle is left out.",
    ),
}

SCHEMAS: dict[str, Schema] = {
    "VideoKyc": full_object(_ROW_FIELDS, "A Video KYC in a list."),
    "VideoKycWithStory": full_object({**_ROW_FIELDS, **_STORY_FIELDS}, "A Video KYC with everything that happened."),
}
_ROW: Schema = {
    **STANDING_EXAMPLE,
    "link_expiry": "2026-03-02",
    "journey_id": "jrn_01hzx3v9k2",
    "name": "Asha Gupta",
    "phone": "•••••••655",
    "user_template": "vkyc_user_template_v1",
    "agent_template": "vkyc_agent_template_v1",
    "created_at": _AT,
    "expires_at": _AT,
}
_CALL_ID = "call_01hzx3v9k2"
_STORY: Schema = {
    **_ROW,
    "notification_types": ["sms"],
    "consented_at": _AT,
    "details": {"employment_type": "Salaried"},
    "aadhaar": {"given": False, "done_at": _AT, "failed_tries": 0, "last4": "3712"},
    "prechecks": {
        "ip": {"address": "203.0.113.9", "country": "IN", "passed_at": _AT},
        "location": {"latitude": 18.52, "longitude": 73.86, "accuracy_metres": 20.0, "passed_at": _AT},
        "outside_india": None,
        "device": {"round_trip_ms": 80, "kbit_per_second": 2000, "passed_at": _AT},
    },
    "schedule": None,
    "queue": None,
    "calls": [
        {
            "id": _CALL_ID,
            "agent_id": "opr_01hzx3v9k2",
            "accepted_at": _AT,
            "agent_joined_at": _AT,
            "customer_joined_at": _AT,
            "started_at": _AT,
            "ended_at": _AT,
            "end": "decided",
            "recorded": True,
        }
    ],
    "questions": [{"order": 1, "question": "Where were you born?", "passed": True, "judged_at": _AT}],
    "liveness": {"challenges": ["smile"], "done": {"code": True, "smile": True}, "passed": True, "made_at": _AT},
    "stills": [{"id": "stl_01hzx3v9k2", "kind": "pan", "call_id": _CALL_ID, "taken_at": _AT, "sha256": "ab" * 32}],
    "agent_notes": "",
    "agent": {
        "operator_id": "opr_01hzx3v9k2",
        "approved": True,
        "reason": None,
        "remarks": "Good to go",
        "at": _AT,
    },
    "auditor": {
        "operator_id": "opr_01hzx3v9k3",
        "approved": True,
        "reason": None,
        "remarks": "Looks Good",
        "at": _AT,
    },
    "recording": {
        "call_id": _CALL_ID,
        "ready_at": _AT,
        "sha256": "cd" * 32,
    },
    "timeline": [{"at": _AT, "what": "link_generated", "sub_status": "LINK_GENERATED", "by": "merchant"}],
}

_STEP_CLOSED = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "step_closed",
    "This Video KYC has come too far for that; read it to see where it stands.",
)
_SLOT_UNAVAILABLE = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "slot_unavailable",
    "Nobody is free at that time; choose one of the slots of this Video KYC.",
)
_TOO_SOON = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_error", "too_soon", "Too many requests. Try again in 42 seconds."
)
_TIME_RULE = "Give a time with its zone, such as 2026-01-31T10:00:00Z."
_TIMES = {
    "since": "Only made from then on.",
    "until": "Only made before then.",
    "reviewed_since": "Only reviewed from then on.",
    "reviewed_until": "Only reviewed before then.",
}


def _unknown_field(words: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "validation_error", "unknown_field", f"The body may have: {words}.")


def _story_answer(description: str) -> Schema:
    return _answer(200, description, _ref("VideoKycWithStory"), _STORY)


def _several(name: str, values: list[str], description: str) -> Schema:
    return _query(name, description, {"type": "array", "items": {"enum": values}})


_ROWS = (
    _PAGE[0],
    _query("limit", "Rows per page.", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}),
)
_ONE = f"{BASE}/video-kycs/{{verification_id}}"
_WHICH = {"parameters": [_path_id("verification_id", "Your own id of the Video KYC.")]}
_MOVED = (CASE_CLOSED, _STEP_CLOSED, CHANGED_MEANWHILE, NO_DATA)

PATHS: dict[str, Schema] = {
    f"{BASE}/video-kycs": {
        "get": _operation(
            "listVideoKycs",
            TAG,
            "List your Video KYCs, newest first",
            _answer(
                200,
                "A page.",
                _page_of("VideoKyc", "null on the last page"),
                {"data": [_ROW], "next": None},
            ),
            invalid("status", "status must be a status of the contract."),
            invalid("sub_status", "sub_status must be a sub_status of the contract."),
            invalid("user_reference_id", "user_reference_id must be a whole number."),
            invalid("phone", "phone has 8 to 13 digits, with or without '+' before them."),
            too_long("phone", 14),
            invalid("agent_id", "agent_id must be an operator's id."),
            too_long("agent_id", 50),
            invalid("auditor_id", "auditor_id must be an operator's id."),
            too_long("auditor_id", 50),
            *(invalid(name, _TIME_RULE) for name in _TIMES),
            invalid("after", "after must be a `next` that was given."),
            invalid("limit", f"limit must be a whole number from 1 to {LARGEST_PAGE}."),
            parameters=(
                _several("status", [*STATUSES], "Only in one of these; may come several times."),
                _several("sub_status", [*SUB_STATUSES], "Only in one of these; may come several times."),
                _query("user_reference_id", "Only this user's.", {"type": "integer"}),
                _query("phone", "Only of users with this phone, whole, as it was given."),
                _query("agent_id", "Only those whose call this operator decided."),
                _query("auditor_id", "Only those which this operator reviewed."),
                *(_query(name, words, {"type": "string", "format": "date-time"}) for name, words in _TIMES.items()),
                *_ROWS,
            ),
        ),
    },
    _ONE: {
        **_WHICH,
        "get": _operation("readVideoKyc", TAG, "Read one with its whole story", _story_answer("All of it."), NO_DATA),
    },
    f"{_ONE}/slots": {
        **_WHICH,
        "get": _operation(
            "listSlots",
            TAG,
            "List the slots that can be booked for it",
            _answer(
                200,
                "Quarters of an hour in which an agent has a place left, within the link's life.",
                full_object(
                    {
                        "data": _list_of(
                            full_object(
                                {"at": _time("The slot's beginning."), "places_left": number("How many can book it.")},
                                "A slot.",
                            ),
                            "In order.",
                        )
                    },
                    "What can be booked.",
                ),
                {"data": [{"at": _AT, "places_left": 2}]},
            ),
            invalid("from", _TIME_RULE),
            NO_DATA,
            parameters=(_query("from", "Only slots from then on.", {"type": "string", "format": "date-time"}),),
        ),
    },
    f"{_ONE}/schedule": {
        **_WHICH,
        "put": _operation(
            "scheduleVideoKyc",
            TAG,
            "Book a slot for the customer, in place of the one before",
            _story_answer("It is booked, and the customer is told."),
            _unknown_field("at"),
            missing("at"),
            invalid("at", _TIME_RULE),
            _SLOT_UNAVAILABLE,
            *_MOVED,
            *BODY,
            body={
                "schema": full_object({"at": _time("The slot's beginning.")}, "When.")
                | {"additionalProperties": False},
                "example": {"at": _AT},
            },
        ),
        "delete": _operation(
            "unscheduleVideoKyc",
            TAG,
            "Give the booking back; without one there is nothing to do",
            _story_answer("Nothing is booked."),
            *_MOVED,
        ),
    },
    f"{_ONE}/cancel": {
        **_WHICH,
        "post": _operation(
            "cancelVideoKyc",
            TAG,
            "End it: its link works no more; twice is harmless",
            _story_answer("It is over: `VKYC_EXPIRED`."),
            *_MOVED,
        ),
    },
    f"{_ONE}/resend-notification": {
        **_WHICH,
        "post": _operation(
            "resendVideoKycNotification",
            TAG,
            "Send the invitation again, once a minute at most",
            _story_answer("It is on its way."),
            _unknown_field("notification_types"),
            invalid("notification_types", "name a channel on which the customer can be reached."),
            CASE_CLOSED,
            CHANGED_MEANWHILE,
            NO_DATA,
            _TOO_SOON,
            *BODY,
            body={
                "schema": {
                    "type": "object",
                    "description": "By which ways; without it, by the Video KYC's own.",
                    "properties": {"notification_types": _CHANNELS},
                    "additionalProperties": False,
                },
                "example": {"notification_types": ["sms"]},
            },
        ),
    },
}
