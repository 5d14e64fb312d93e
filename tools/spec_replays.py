"""The API of replays: many deliveries sent again, as a job.

In: the shapes and words of `spec_management`. Out: `PATHS` and `SCHEMAS`, for `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import BODY, Refusal, invalid, too_long
from tools.spec_events import full_object, number, text
from tools.spec_management import (
    _AT,
    _BAD_PAGE,
    _DELIVERY_EXAMPLE,
    _EVENT_NAMES,
    _NO_ENDPOINT,
    _PAGE,
    BASE,
    LOG,
    _answer,
    _list_of,
    _maybe,
    _operation,
    _page_of,
    _path_id,
    _ref,
    _time,
    _unknown,
)

from dastak.webhooks.replay import DEFAULT_RATE, LARGEST_RATE, LEAST_RATE, REPLAYABLE, ReplayState
from dastak_sdk import EVENT_TYPES

Schema = dict[str, Any]

_STATES = {"enum": [state.value for state in REPLAYABLE]}
_RATE: Schema = {
    "type": "number",
    "minimum": LEAST_RATE,
    "maximum": LARGEST_RATE,
    "default": DEFAULT_RATE,
    "description": "Deliveries re-queued per second. Window, breaker and rate of the endpoint rule the sending.",
}
_COUNTED = {"type": "boolean", "description": "false: the log is long, and there are at least so many."}
_SKIPPED = full_object(
    {
        "in_flight": number("An attempt was under way.", minimum=0),
        "endpoint_deleted": number("Their endpoint was deleted.", minimum=0),
        "body_expired": number("The bodies of their events were kept long enough and are gone.", minimum=0),
        "already_due": number("They waited for nothing but their turn, with all attempts before them.", minimum=0),
        "changed": number("They came into another state just then.", minimum=0),
    },
    "Deliveries that matched and were passed over, by reason.",
)

SCHEMAS: dict[str, Schema] = {
    "Replay": full_object(
        {
            "id": text("`rpl_…`"),
            "state": {
                "enum": [state.value for state in ReplayState],
                "description": "`queued`: no step was made yet. `done` and `cancelled` are final.",
            },
            "endpoint_id": _maybe("Only deliveries to this endpoint."),
            "states": _list_of(_STATES, "Only deliveries in one of these states."),
            "event_types": _list_of(_EVENT_NAMES, "Only these events."),
            "verification_id": _maybe("Only this journey."),
            "since": _time("Only events from then on.", nullable=True),
            "until": _time("Only events before then.", nullable=True),
            "after": text("Only deliveries after this place in the log; `0`: from the beginning."),
            "up_to": text("The last place in the log that is looked at, fixed when the replay was made."),
            "rate_per_second": _RATE,
            "matched": number("How many deliveries matched when it was made.", minimum=0),
            "matched_exactly": _COUNTED,
            "requeued": number("How many were made pending again so far.", minimum=0),
            "skipped": _SKIPPED,
            "position": text("The place in the log that it has come to."),
            "progress": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "How much of its part of the log lies behind it.",
            },
            "created_at": _time("When it was made."),
            "started_at": _time("When its first step was made.", nullable=True),
            "finished_at": _time("When it was done or cancelled.", nullable=True),
        },
        "Many deliveries sent again, as a job.",
    ),
}
_EXAMPLE: Schema = {
    "id": "rpl_01hzx3v9k2",
    "state": "running",
    "endpoint_id": "ep_01hzx3v9k2",
    "states": ["pending", "given_up"],
    "event_types": list(EVENT_TYPES),
    "verification_id": None,
    "since": _AT,
    "until": None,
    "after": "0",
    "up_to": "48211",
    "rate_per_second": DEFAULT_RATE,
    "matched": 1200,
    "matched_exactly": True,
    "requeued": 600,
    "skipped": {"in_flight": 2, "endpoint_deleted": 0, "already_due": 0, "body_expired": 0, "changed": 0},
    "position": "24011",
    "progress": 0.498,
    "created_at": _AT,
    "started_at": _AT,
    "finished_at": None,
}
_PREVIEW = full_object(
    {
        "dry_run": {"const": True},
        "matched": number("How many deliveries match now.", minimum=0),
        "matched_exactly": _COUNTED,
        "sample": _list_of(_ref("Delivery"), "The first of them.", maxItems=10),
    },
    "What a replay would send again.",
)
_ASKED: Schema = {
    "schema": {
        "type": "object",
        "description": "Which deliveries; at least one of endpoint_id, verification_id, since and after.",
        "properties": {
            "endpoint_id": text("Only to this endpoint."),
            "states": _list_of(_STATES, "Only in one of these. Empty or absent: pending and given_up."),
            "event_types": _list_of(_EVENT_NAMES, "Only these events. Empty or absent: all."),
            "verification_id": text("Only of this journey.", maxLength=50),
            "since": _time("Only events from then on."),
            "until": _time("Only events before then."),
            "after": text("Only after this place in the log: a `next` of `GET /api/v1/deliveries`."),
            "up_to": text("Only up to this place, itself included."),
            "rate_per_second": _RATE,
            "dry_run": {"type": "boolean", "default": False, "description": "Only show what would be sent."},
        },
        "additionalProperties": False,
    },
    "example": {"endpoint_id": "ep_01hzx3v9k2", "since": _AT},
}

_NO_REPLAY = _unknown("There is no such replay.")
_NOT_NARROWED = Refusal(
    HTTPStatus.BAD_REQUEST,
    "validation_error",
    "replay_not_narrowed",
    "Say which deliveries: give at least one of endpoint_id, verification_id, since and after.",
)
_UNKNOWN_FIELD = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", "unknown_field", "The body may have: endpoint_id, states, …"
)
_TOO_MANY = Refusal(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "validation_error",
    "too_many_replays",
    "A merchant can have 10 open replays; wait until one is done, or cancel one.",
)
_TIME_RULE = "Give a time with its zone, such as 2026-01-31T10:00:00Z."
_BAD_FIELDS = (
    _UNKNOWN_FIELD,
    invalid("states", "states must be a list of pending, given_up, delivered."),
    invalid("event_types", "event_types must be a list of event names."),
    invalid("endpoint_id", "endpoint_id must be an id of a webhook endpoint."),
    invalid("verification_id", "verification_id must be one of your ids."),
    too_long("endpoint_id", 50),
    too_long("verification_id", 50),
    invalid("since", _TIME_RULE),
    invalid("until", _TIME_RULE),
    invalid("after", "after must be a `next` that was given."),
    invalid("up_to", "up_to must be a `next` that was given, and lie beyond after."),
    invalid("rate_per_second", "rate_per_second must be a number from 1 to 1000."),
    invalid("dry_run", "dry_run must be true or false."),
)


def _replay_answer(status: int, description: str) -> Schema:
    return _answer(status, description, _ref("Replay"), _EXAMPLE)


PATHS: dict[str, Schema] = {
    f"{BASE}/replays": {
        "post": _operation(
            "createReplay",
            LOG,
            "Send many deliveries again, as a job",
            {
                **_answer(
                    200,
                    "With `dry_run`: what would be sent. Nothing was recorded.",
                    _PREVIEW,
                    {"dry_run": True, "matched": 1, "matched_exactly": True, "sample": [_DELIVERY_EXAMPLE]},
                ),
                **_replay_answer(202, "The replay; it goes on by itself, through restarts."),
            },
            _NOT_NARROWED,
            *_BAD_FIELDS,
            _NO_ENDPOINT,
            _TOO_MANY,
            *BODY,
            body=_ASKED,
        ),
        "get": _operation(
            "listReplays",
            LOG,
            "List your replays, newest first",
            _answer(200, "A page of replays.", _page_of("Replay"), {"data": [_EXAMPLE], "next": None}),
            *_BAD_PAGE,
            too_long("after", 50),
            parameters=_PAGE,
        ),
    },
    f"{BASE}/replays/{{replay_id}}": {
        "parameters": [_path_id("replay_id", "`rpl_…`")],
        "get": _operation("getReplay", LOG, "See how far one is", _replay_answer(200, "The replay."), _NO_REPLAY),
    },
    f"{BASE}/replays/{{replay_id}}/cancel": {
        "parameters": [_path_id("replay_id", "`rpl_…`")],
        "post": _operation(
            "cancelReplay",
            LOG,
            "End it: nothing more is re-queued, what is goes out; twice is harmless",
            _replay_answer(200, "The replay as it ended."),
            _NO_REPLAY,
        ),
    },
}
