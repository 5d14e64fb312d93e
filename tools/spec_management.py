"""The management API: webhook endpoints, events, deliveries, templates, health.

In: the tables of `spec_events` and `spec_errors`. Out: `PATHS` and `SCHEMAS`, for `spec_openapi`.
"""

import json
from http import HTTPStatus
from typing import Any

from tools.spec_errors import BODY, NAME_CHARACTERS, NO_TEMPLATE, Refusal, invalid, missing, refused, too_long
from tools.spec_events import full_object, number, text

from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, CheckType

Schema = dict[str, Any]

ENDPOINTS, LOG, TEMPLATES, SERVER = "Webhook endpoints", "Events and deliveries", "Templates", "Server"
BASE = "/api/v1"
_NAME = r"^[A-Za-z0-9._-]+$"
_LONGEST_INTERVAL = 7 * 24 * 3600
_MOST_RETRIES = 20
_LARGEST_WINDOW = 256
_LEAST_RATE, _LARGEST_RATE = 0.01, 10_000


def _time(description: str, *, nullable: bool = False) -> Schema:
    return {
        "type": ["string", "null"] if nullable else "string",
        "format": "date-time",
        "description": description,
    }


def _maybe(description: str, kind: str = "string") -> Schema:
    return {"type": [kind, "null"], "description": description}


def _list_of(items: Schema, description: str, **more: Any) -> Schema:
    return {"type": "array", "items": items, "description": description, **more}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _page_of(name: str, next_: str = "null when this page was not full", **more: Schema) -> Schema:
    return full_object(
        {
            "data": _list_of(_ref(name), "In the order of happening."),
            "next": _maybe(f"Give it as `after` for the next page; {next_}."),
            **more,
        },
        "A page.",
    )


# schemas

_EVENT_NAMES = {"enum": [*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES]}
_CHECKS = {"enum": [each.value for each in CheckType]}
_HEADERS = _list_of(
    {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}, "Name and value of each header."
)
_INTERVALS = _list_of(
    {"type": "integer", "minimum": 1, "maximum": _LONGEST_INTERVAL},
    "Seconds between one failed attempt and the next; after the last, the delivery is given up.",
    maxItems=_MOST_RETRIES,
)
_RETRY_POLICY = full_object(
    {"preset": {"enum": ["standard", "compat", "custom"]}, "intervals_seconds": _INTERVALS},
    "When a failed delivery is sent again. Each wait varies by a tenth.",
)
_WINDOW: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": _LARGEST_WINDOW,
    "description": "How many attempts may be in flight together.",
}
_RATE: Schema = {
    "type": ["number", "null"],
    "minimum": _LEAST_RATE,
    "maximum": _LARGEST_RATE,
    "description": "How many attempts may begin per second, in each dispatcher process; null: no limit.",
}
_HEALTH = full_object(
    {
        "breaker": {
            "enum": ["closed", "open", "half_open"],
            "description": "`open`: nothing is sent until `open_until`; `half_open`: one delivery goes as a probe.",
        },
        "open_until": _time("When the next probe may go; null unless the breaker is open.", nullable=True),
        "rate_per_second": {
            "type": ["number", "null"],
            "minimum": 0,
            "description": "The rate now: your limit, or less after 429 and 503; null: no limit.",
        },
        "window_now": number("How many attempts may be in flight together now, up to `window`.", minimum=0),
    },
    "How the endpoint stands, as the process that answers sees it; null if that process delivers nothing.",
)
_TROUBLE: Schema = {
    **full_object(
        {
            "failing_since": _time("The first failed attempt after the last good one."),
            "failures": number("Failed attempts since then."),
            "last_failure_at": _time("The last one."),
            "last_reason": _maybe("Why it failed."),
            "warned": number("How many warnings were told.", minimum=0),
            "disables_at": _time("When it is disabled if it goes on failing; null: it is not.", nullable=True),
        },
        "Since when every attempt has failed, noted within a minute; null while it works.",
    ),
    "type": ["object", "null"],
}
_LANE_POLICY: Schema = {
    "enum": ["relaxed", "strict"],
    "description": "Whether later events of a journey wait (`strict`) while an earlier one waits to be sent again.",
}
_SECRET_HINT = full_object(
    {
        "hint": text("How the secret begins."),
        "created_at": _time("When it was made."),
        "expires_at": _time("When it stops signing; null for the present one.", nullable=True),
    },
    "One secret that signs.",
)
_ENDPOINT_FIELDS: Schema = {
    "id": text("`ep_…`"),
    "url": text("Where events are sent.", format="uri"),
    "description": text("Your own words."),
    "event_types": _list_of(_EVENT_NAMES, "The events that are sent there."),
    "retry_policy": _RETRY_POLICY,
    "lane_policy": _LANE_POLICY,
    "window": _WINDOW,
    "rate_per_second": _RATE,
    "state": {"enum": ["enabled", "disabled"], "description": "What is owed to a disabled endpoint waits."},
    "disabled_reason": {
        "enum": ["by_merchant", "gone", "failing", None],
        "description": "`gone`: the receiver answered 410; `failing`: it failed for days. null while it is enabled.",
    },
    "health": {**_HEALTH, "type": ["object", "null"]},
    "trouble": _TROUBLE,
    "secrets": _list_of(_SECRET_HINT, "Newest first; several while a secret is being rotated."),
    "created_at": _time("When it was added."),
    "updated_at": _time("When it was changed last."),
}
_DELIVERY_FIELDS: Schema = {
    "id": text("`dlv_…`"),
    "event_id": text("`evt_…`: the `webhook-id` of every attempt."),
    "event_type": text("As in the event's body."),
    "journey_id": text("`jrn_…`"),
    "verification_id": text("Your own id of the journey."),
    "sequence": number("The event's number within its journey."),
    "endpoint_id": text("`ep_…`"),
    "state": {
        "enum": ["pending", "delivered", "given_up", "cancelled"],
        "description": "`cancelled`: its endpoint was deleted first.",
    },
    "attempts": number("How often it was sent.", minimum=0),
    "next_attempt_at": _time("null when it is finished or waits behind an earlier one.", nullable=True),
    "last_status": _maybe("The HTTP status of the last answer.", "integer"),
    "last_reason": _maybe("What the last attempt means, in words."),
    "created_at": _time("When it came to be owed."),
    "finished_at": _time("When it was delivered, given up or cancelled.", nullable=True),
}
_MILLISECONDS: Schema = {"type": "number", "minimum": 0}

SCHEMAS: dict[str, Schema] = {
    "WebhookEndpoint": full_object(_ENDPOINT_FIELDS, "A webhook URL of the merchant."),
    "WebhookEndpointWithSecret": full_object(
        {**_ENDPOINT_FIELDS, "secret": text("`whsec_…`: shown this once. It verifies `webhook-signature`.")},
        "A webhook URL of the merchant, with the secret that signs from now on.",
    ),
    "TestAnswer": full_object(
        {
            "status": _maybe("The HTTP status; null when there was no answer.", "integer"),
            "stage": {
                "enum": ["refused", "resolve", "connect", "tls", "send", "answer", "answered"],
                "description": "How far the exchange came.",
            },
            "time_ms": {**_MILLISECONDS, "description": "How long it took."},
            "body": text("The first bytes of the answer."),
            "error": _maybe("What went wrong and what to do; null when there was an answer."),
            "address": _maybe("The IP address that was connected to."),
        },
        "What came back for a signed test event.",
    ),
    "RecordedEvent": full_object(
        {
            "id": text("`evt_…`"),
            "type": text("As in the body."),
            "journey_id": text("`jrn_…`"),
            "verification_id": text("Your own id of the journey."),
            "sequence": number("Its number within the journey."),
            "occurred_at": _time("When it happened."),
            "trace_id": _maybe("The trace that it belongs to: 32 hexadecimal digits; null when nobody traced it."),
            "body": {"type": ["object", "null"], "description": "The webhook's body; null if it cannot be read."},
            "raw_body": _maybe(
                "The body's exact text: its UTF-8 bytes are what the webhook sends and its signatures sign."
            ),
        },
        "One event as it happened.",
    ),
    "Delivery": full_object(_DELIVERY_FIELDS, "One event owed to one endpoint."),
    "DeliveryWithAttempts": full_object(
        {**_DELIVERY_FIELDS, "attempt_log": _list_of(_ref("Attempt"), "Oldest first.")},
        "One event owed to one endpoint, with every attempt.",
    ),
    "Attempt": full_object(
        {
            "number": number("From 1: the `x-webhook-attempt`."),
            "started_at": _time("When it began."),
            "ended_at": _time("When it ended."),
            "outcome": {"enum": ["delivered", "retry", "given_up", "gone"], "description": "What followed from it."},
            "reason": text("Why, in words."),
            "stage": text("How far the exchange came, as in TestAnswer."),
            "status": _maybe("The HTTP status; null when there was no answer.", "integer"),
            "address": _maybe("The IP address that was connected to."),
            "request_headers": _HEADERS,
            "answer_headers": _HEADERS,
            "answer_body": text("The first 64 KiB of the answer, as text."),
            "answer_truncated": {"type": "boolean", "description": "Whether there was more."},
            "timings_ms": full_object(
                dict.fromkeys(("resolved", "connected", "tls", "first_byte", "total"), _MILLISECONDS),
                "Milliseconds from the start to the end of each phase; 0 where it did not happen.",
            ),
        },
        "One HTTP POST: what was sent, what came back.",
    ),
    "Template": full_object(
        {
            "name": text("What `template_name` says.", pattern=_NAME, maxLength=50),
            "checks": _list_of(_CHECKS, "In the order in which customers meet them.", minItems=1, maxItems=4),
        },
        "Which checks a KYC Link asks for.",
    ),
}

# refusals

_NOT_ADDED = Refusal(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "validation_error",
    "webhook_test_failed",
    "The endpoint was not added: it answered 500; it must answer 200 to 299 to a signed POST.",
)
_TOO_MANY = Refusal(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "validation_error",
    "too_many_endpoints",
    "A merchant can have 50 webhook endpoints; delete one first.",
)
_BAD_URL = invalid("url", "Use an address on the public internet. `error.reason` names the rule.")
_TOO_LONG = (too_long("url", 2048), too_long("description", 200))
_BAD_SETTINGS = (
    invalid("description", "Control characters are not allowed in description."),
    invalid("event_types", "event_types must be a list of event names."),
    invalid("retry_policy", "Give preset (standard, compat), or intervals_seconds as a list of whole numbers."),
    invalid("lane_policy", "lane_policy must be relaxed or strict."),
    invalid("window", "window must be a whole number from 1 to 256."),
    invalid("rate_per_second", "rate_per_second must be a number from 0.01 to 10000, or null: no limit."),
)


def _unknown(message: str) -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "not_found_error", "Resource not found", message)


_NO_ENDPOINT = _unknown("There is no such webhook endpoint.")
_NO_EVENT = _unknown("There is no such event.")
_NO_DELIVERY = _unknown("There is no such delivery.")
_IN_FLIGHT = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "attempt_in_flight",
    "An attempt is under way; resend when its outcome is known.",
)
_BODY_EXPIRED = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "event_body_expired",
    "The body of this event was kept for DASTAK_KEEP_BODIES_DAYS and is gone: nothing is left to send.",
)
_BAD_PAGE = (
    invalid("after", "after must be a `next` that was given."),
    invalid("limit", "limit must be a whole number from 1 to 200."),
)

# examples

_AT = "2026-01-31T10:00:00.000000+00:00"
_ENDPOINT_EXAMPLE: Schema = {
    "id": "ep_01hzx3v9k2",
    "url": "https://shop.example/webhooks",
    "description": "orders",
    "event_types": ["KYC_LINK_SUCCESS"],
    "retry_policy": {"preset": "compat", "intervals_seconds": [120, 600, 1800]},
    "lane_policy": "relaxed",
    "window": 16,
    "rate_per_second": None,
    "state": "enabled",
    "disabled_reason": None,
    "health": {"breaker": "closed", "open_until": None, "rate_per_second": None, "window_now": 16},
    "trouble": None,
    "secrets": [{"hint": "whsec_bXkg…", "created_at": _AT, "expires_at": None}],
    "created_at": _AT,
    "updated_at": _AT,
}
_SECRET = {"secret": "whsec_bXkgb3duIHNlY3JldCBvZiAzMiBieXRlcywgcmVhbGx5IQ=="}
_TEST_EXAMPLE: Schema = {
    "status": 200,
    "stage": "answered",
    "time_ms": 41.5,
    "body": "ok",
    "error": None,
    "address": "192.0.2.7",
}
_EVENT_BODY: Schema = {
    "event_type": "KYC_LINK_SUCCESS",
    "event_time": "2026-01-31T10:00:00Z",
    "version": "v1",
    "data": {},
}
_EVENT_EXAMPLE: Schema = {
    "id": "evt_01hzx3v9k2",
    "type": "KYC_LINK_SUCCESS",
    "journey_id": "jrn_01hzx3v9k2",
    "verification_id": "order-1001",
    "sequence": 5,
    "occurred_at": _AT,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "body": _EVENT_BODY,
    "raw_body": json.dumps(_EVENT_BODY, separators=(",", ":")),
}
_DELIVERY_EXAMPLE: Schema = {
    "id": "dlv_01hzx3v9k2",
    "event_id": "evt_01hzx3v9k2",
    "event_type": "KYC_LINK_SUCCESS",
    "journey_id": "jrn_01hzx3v9k2",
    "verification_id": "order-1001",
    "sequence": 5,
    "endpoint_id": "ep_01hzx3v9k2",
    "state": "delivered",
    "attempts": 1,
    "next_attempt_at": None,
    "last_status": 200,
    "last_reason": "answered 200",
    "created_at": _AT,
    "finished_at": _AT,
}
_ATTEMPT_EXAMPLE: Schema = {
    "number": 1,
    "started_at": _AT,
    "ended_at": _AT,
    "outcome": "delivered",
    "reason": "answered 200",
    "stage": "answered",
    "status": 200,
    "address": "192.0.2.7",
    "request_headers": [["x-webhook-attempt", "1"]],
    "answer_headers": [["content-length", "2"]],
    "answer_body": "ok",
    "answer_truncated": False,
    "timings_ms": {"resolved": 0.4, "connected": 1.2, "tls": 9.8, "first_byte": 40.1, "total": 41.5},
}
_TEMPLATE_EXAMPLE: Schema = {
    "name": "Two_checks",
    "checks": ["OFFLINE_AADHAAR_VERIFICATION", "PANDETAILS_VERIFICATION"],
}

# operations


def _answer(status: int, description: str, schema: Schema, example: Any) -> Schema:
    content = {"application/json": {"schema": schema, "example": example}}
    return {str(status): {"description": description, "content": content}}


def _operation(
    operation_id: str,
    tag: str,
    summary: str,
    answers: Schema,
    *refusals: Refusal,
    body: Schema | None = None,
    parameters: tuple[Schema, ...] = (),
) -> Schema:
    asked = {} if body is None else {"requestBody": {"content": {"application/json": body}}}
    listed = {"parameters": list(parameters)} if parameters else {}
    head = {"operationId": operation_id, "tags": [tag], "summary": summary}
    return {**head, **listed, **asked, "responses": {**answers, **refused(*refusals)}}


def _path_id(name: str, description: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": description}


def _query(name: str, description: str, schema: Schema | None = None) -> Schema:
    schema = schema or {"type": "string"}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


_PAGE = (
    _query("after", "The `next` of the page before."),
    _query("limit", "Rows per page.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
)
_SEQUENCE: Schema = {"type": "integer", "minimum": 1}
_EVERY_ENDPOINT = _list_of(_ref("WebhookEndpoint"), "Oldest first.")
_EVERY_TEMPLATE = _list_of(_ref("Template"), "Own and built-in ones, by name.")
_GONE = {"204": {"description": "It is gone."}}
_SETTINGS: Schema = {
    "description": text("Your own words.", maxLength=200),
    "event_types": _list_of(
        _EVENT_NAMES, "Which events to send. Empty or absent: the thirteen of the contract; others are named."
    ),
    "retry_policy": {
        "type": "object",
        "description": "A preset by name, or own intervals. Default: standard.",
        "properties": _RETRY_POLICY["properties"],
    },
    "lane_policy": _LANE_POLICY,
    "window": _WINDOW,
    "rate_per_second": _RATE,
}
_NEW_ENDPOINT: Schema = {
    "schema": {
        "type": "object",
        "description": "The endpoint you want.",
        "properties": {"url": text("https in production.", format="uri", maxLength=2048), **_SETTINGS},
        "required": ["url"],
    },
    "example": {"url": "https://shop.example/webhooks", "retry_policy": {"intervals_seconds": [60, 600, 3600]}},
}
_CHANGE: Schema = {
    "schema": {"type": "object", "description": "What is to change.", "properties": _SETTINGS},
    "example": {"event_types": ["KYC_LINK_SUCCESS"], "lane_policy": "strict"},
}
_ROTATION: Schema = {
    "schema": {
        "type": "object",
        "description": "How long the old secret goes on signing beside the new one.",
        "properties": {"overlap_seconds": {"type": "integer", "minimum": 0, "maximum": 604800, "default": 86400}},
    },
    "example": {"overlap_seconds": 3600},
}
_CHECKS_ASKED: Schema = {
    "schema": full_object({"checks": SCHEMAS["Template"]["properties"]["checks"]}, "The checks."),
    "example": {"checks": _TEMPLATE_EXAMPLE["checks"]},
}


def _endpoint_answer(description: str) -> Schema:
    return _answer(200, description, _ref("WebhookEndpoint"), _ENDPOINT_EXAMPLE)


def _act(operation_id: str, summary: str, answers: Schema, *refusals: Refusal, body: Schema | None = None) -> Schema:
    return {
        "parameters": [_path_id("endpoint_id", "`ep_…`")],
        "post": _operation(operation_id, ENDPOINTS, summary, answers, *refusals, _NO_ENDPOINT, body=body),
    }


_ONE = f"{BASE}/webhook-endpoints/{{endpoint_id}}"

_ENDPOINT_PATHS: dict[str, Schema] = {
    f"{BASE}/webhook-endpoints": {
        "post": _operation(
            "addWebhookEndpoint",
            ENDPOINTS,
            "Test & Add: a signed test event is sent first, and only a 2xx adds the endpoint",
            _answer(
                201,
                "It was added. `secret` is shown this once.",
                {"allOf": [_ref("WebhookEndpointWithSecret"), full_object({"test": _ref("TestAnswer")}, "The test.")]},
                {**_ENDPOINT_EXAMPLE, **_SECRET, "test": _TEST_EXAMPLE},
            ),
            missing("url"),
            _BAD_URL,
            *_TOO_LONG,
            *_BAD_SETTINGS,
            *BODY,
            _NOT_ADDED,
            _TOO_MANY,
            body=_NEW_ENDPOINT,
        ),
        "get": _operation(
            "listWebhookEndpoints",
            ENDPOINTS,
            "List the endpoints",
            _answer(
                200, "All of them.", full_object({"data": _EVERY_ENDPOINT}, "The list."), {"data": [_ENDPOINT_EXAMPLE]}
            ),
        ),
    },
    _ONE: {
        "parameters": [_path_id("endpoint_id", "`ep_…`")],
        "get": _operation(
            "getWebhookEndpoint", ENDPOINTS, "See one endpoint", _endpoint_answer("The endpoint."), _NO_ENDPOINT
        ),
        "patch": _operation(
            "changeWebhookEndpoint",
            ENDPOINTS,
            "Change an endpoint's settings; its URL stays",
            _endpoint_answer("The endpoint as it is now."),
            invalid("url", "The URL cannot be changed; add the new one as another endpoint."),
            _TOO_LONG[1],
            *_BAD_SETTINGS,
            *BODY,
            _NO_ENDPOINT,
            body=_CHANGE,
        ),
        "delete": _operation(
            "deleteWebhookEndpoint",
            ENDPOINTS,
            "Delete an endpoint: what it is owed is cancelled, the log stays",
            _GONE,
            _NO_ENDPOINT,
        ),
    },
    f"{_ONE}/disable": _act(
        "disableWebhookEndpoint", "Send nothing more; what is owed waits", _endpoint_answer("It is disabled.")
    ),
    f"{_ONE}/enable": _act(
        "enableWebhookEndpoint", "Send again, what waited first", _endpoint_answer("It is enabled.")
    ),
    f"{_ONE}/test": _act(
        "testWebhookEndpoint",
        "Send a signed test event; nothing is recorded",
        _answer(
            200,
            "What came back.",
            full_object({"passed": {"type": "boolean"}, "test": _ref("TestAnswer")}, "The outcome."),
            {"passed": True, "test": _TEST_EXAMPLE},
        ),
        _BAD_URL,
    ),
    f"{_ONE}/rotate-secret": _act(
        "rotateWebhookSecret",
        "Make a new secret; for the overlap, deliveries carry both signatures",
        _answer(
            200,
            "`secret` is shown this once.",
            _ref("WebhookEndpointWithSecret"),
            {**_ENDPOINT_EXAMPLE, **_SECRET},
        ),
        invalid("overlap_seconds", "overlap_seconds must be a whole number from 0 to 604800."),
        *BODY,
        body=_ROTATION,
    ),
}

_LOG_PATHS: dict[str, Schema] = {
    f"{BASE}/events": {
        "get": _operation(
            "listEvents",
            LOG,
            "Read what happened, in order, and wait for what comes next",
            _answer(
                200,
                "A page of events.",
                _page_of(
                    "RecordedEvent",
                    "null when there is nothing more now",
                    cursor=text("Where to go on from, in any case."),
                ),
                {"data": [_EVENT_EXAMPLE], "next": None, "cursor": "4711"},
            ),
            *_BAD_PAGE,
            invalid("wait", "wait must be a whole number from 0 to 30."),
            invalid("sequence_from", "sequence_from must be a whole number from 1 to 2147483647."),
            invalid("sequence_to", "sequence_to must not be less than sequence_from."),
            missing("journey_id"),
            invalid("since", "Give a time with its zone, such as 2026-01-31T10:00:00Z."),
            invalid("until", "Give a time with its zone, such as 2026-01-31T10:00:00Z."),
            parameters=(
                _query("verification_id", "Of the journey."),
                _query("journey_id", "Of the journey."),
                _query("type", "The event's type."),
                _query("since", "Not before this time.", {"type": "string", "format": "date-time"}),
                _query("until", "Before this time.", {"type": "string", "format": "date-time"}),
                _query("sequence_from", "Of the journey: not before this number.", _SEQUENCE),
                _query("sequence_to", "Of the journey: not after this number.", _SEQUENCE),
                _query("after", "A `cursor` or `next` that was given; `latest`: only what comes from now on."),
                _query(
                    "wait",
                    "Seconds to wait for the first event, if there is none now.",
                    {"type": "integer", "minimum": 0, "maximum": 30, "default": 0},
                ),
                _PAGE[1],
            ),
        )
    },
    f"{BASE}/events/{{event_id}}": {
        "parameters": [_path_id("event_id", "`evt_…`")],
        "get": _operation(
            "getEvent",
            LOG,
            "See one event",
            _answer(200, "The event.", _ref("RecordedEvent"), _EVENT_EXAMPLE),
            _NO_EVENT,
        ),
    },
    f"{BASE}/deliveries": {
        "get": _operation(
            "listDeliveries",
            LOG,
            "Read what is owed to whom, and how it stands",
            _answer(200, "A page of deliveries.", _page_of("Delivery"), {"data": [_DELIVERY_EXAMPLE], "next": None}),
            *_BAD_PAGE,
            invalid("state", "state must be one of pending, delivered, given_up, cancelled."),
            invalid("since", "since must be a time with its zone, such as 2026-01-31T10:00:00Z."),
            invalid("until", "until must be a time with its zone, such as 2026-01-31T10:00:00Z."),
            parameters=(
                _query("event_id", "Of the event."),
                _query("endpoint_id", "Of the endpoint."),
                _query("state", "How it stands.", _DELIVERY_FIELDS["state"]),
                _query("verification_id", "Of the journey."),
                _query("since", "Ended at this time or later.", {"type": "string", "format": "date-time"}),
                _query("until", "Ended before this time.", {"type": "string", "format": "date-time"}),
                *_PAGE,
            ),
        )
    },
    f"{BASE}/deliveries/{{delivery_id}}": {
        "parameters": [_path_id("delivery_id", "`dlv_…`")],
        "get": _operation(
            "getDelivery",
            LOG,
            "See one delivery with every attempt",
            _answer(
                200,
                "The delivery.",
                _ref("DeliveryWithAttempts"),
                {**_DELIVERY_EXAMPLE, "attempt_log": [_ATTEMPT_EXAMPLE]},
            ),
            _NO_DELIVERY,
        ),
    },
    f"{BASE}/deliveries/{{delivery_id}}/resend": {
        "parameters": [_path_id("delivery_id", "`dlv_…`")],
        "post": _operation(
            "resendDelivery",
            LOG,
            "Send it again: a new round of attempts with the same id and bytes",
            _answer(
                202,
                "It will be sent.",
                _ref("Delivery"),
                {**_DELIVERY_EXAMPLE, "state": "pending", "next_attempt_at": _AT, "finished_at": None},
            ),
            _NO_DELIVERY,
            _IN_FLIGHT,
            _BODY_EXPIRED,
        ),
    },
}

_BAD_NAME = (
    invalid("name", f"{NAME_CHARACTERS} in name."),
    too_long("name", 50),
)
_TEMPLATE_PATHS: dict[str, Schema] = {
    f"{BASE}/templates": {
        "get": _operation(
            "listTemplates",
            TEMPLATES,
            "List own and built-in templates",
            _answer(
                200, "All of them.", full_object({"data": _EVERY_TEMPLATE}, "The list."), {"data": [_TEMPLATE_EXAMPLE]}
            ),
        )
    },
    f"{BASE}/templates/{{name}}": {
        "parameters": [_path_id("name", "At most 50 letters, digits, '.', '-' and '_'.")],
        "put": _operation(
            "putTemplate",
            TEMPLATES,
            "Add or replace a template; links that are there keep their checks",
            _answer(200, "The template.", _ref("Template"), _TEMPLATE_EXAMPLE),
            *_BAD_NAME,
            invalid("checks", "Give one to four different checks."),
            *BODY,
            body=_CHECKS_ASKED,
        ),
        "delete": _operation("deleteTemplate", TEMPLATES, "Delete an own template", _GONE, *_BAD_NAME, NO_TEMPLATE),
    },
}


def _health(word: str, description: str, parts: Schema | None = None) -> Schema:
    named = {"type": "object", "additionalProperties": {"type": "string"}, "description": "`ok`, or what is wrong."}
    fields: Schema = {"status": {"const": word}} | ({"parts": named} if parts else {})
    example = {"status": word} | ({"parts": parts} if parts else {})
    schema = full_object(fields, "How the server is.")
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


def _plain(description: str, example: str) -> Schema:
    return {"description": description, "content": {"text/plain": {"schema": {"type": "string"}, "example": example}}}


_WELL = {"store": "ok", "dispatcher": "ok", "notifier": "ok", "sweeper": "ok", "replayer": "ok", "attempts": "ok"}
_ILL = {**_WELL, "store": "no commit within 3 s"}


_SERVER_PATHS: dict[str, Schema] = {
    "/healthz": {
        "get": {
            "operationId": "health",
            "tags": [SERVER],
            "summary": "Whether the process lives",
            "security": [],
            "responses": {
                "200": _health("ok", "It lives; whether it does its work, `/readyz` says."),
                "503": _health("stopping", "It was asked to end."),
            },
        }
    },
    "/readyz": {
        "get": {
            "operationId": "readiness",
            "tags": [SERVER],
            "summary": "Whether every part does its work: a commit reaches the disk, and every loop turns",
            "security": [],
            "responses": {
                "200": _health("ready", "Every part is well.", _WELL),
                "503": _health("not ready", "At least one part is not; `parts` says which and why.", _ILL),
            },
        }
    },
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "tags": [SERVER],
            "summary": "Numbers for Prometheus, in its text format",
            "description": "With `DASTAK_METRICS_TOKEN` set it takes `Authorization: Bearer …`; without, it answers "
            "callers on the same machine only.",
            "security": [],
            "responses": {
                "200": _plain("Every metric.", "dastak_attempts_in_flight 0.0\n"),
                "401": _plain("A token is set and was not sent.", "A token is needed.\n"),
                "403": _plain(
                    "No token is set, and the caller is not on this machine.",
                    "Set DASTAK_METRICS_TOKEN to read the metrics from here.\n",
                ),
            },
        }
    },
}

PATHS: dict[str, Schema] = {**_ENDPOINT_PATHS, **_LOG_PATHS, **_TEMPLATE_PATHS, **_SERVER_PATHS}
