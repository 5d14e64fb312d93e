"""Every span with its attributes, in one table: a contract with whoever has dashboards and searches on them.

In: nothing. Out: names for `spans` to use, and the table for the documentation, which a test compares with the spans
of a real server. No attribute may hold personal data, a secret, a link's code or a URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MERCHANT = "dastak.merchant.id"
JOURNEY = "dastak.journey.id"
EVENT = "dastak.event.id"
EVENT_TYPE = "dastak.event.type"
SEQUENCE = "dastak.event.sequence"
DELIVERY = "dastak.delivery.id"
ENDPOINT = "dastak.endpoint.id"
ATTEMPT = "dastak.attempt.number"
OUTCOME = "dastak.attempt.outcome"
STAGE = "dastak.attempt.stage"
RESOLVED = "dastak.attempt.resolved_ms"
CONNECTED = "dastak.attempt.connected_ms"
TLS = "dastak.attempt.tls_ms"
FIRST_BYTE = "dastak.attempt.first_byte_ms"
TOTAL = "dastak.attempt.total_ms"
METHOD = "http.request.method"
ROUTE = "http.route"
STATUS = "http.response.status_code"
ERROR = "error.type"
HOST = "server.address"

MEANINGS: Mapping[str, str] = {
    MERCHANT: "`mer_…`; of an API call once its caller is known",
    JOURNEY: "`jrn_…`",
    EVENT: "`evt_…`, the receiver's `webhook-id`",
    EVENT_TYPE: "such as `KYC_LINK_SUCCESS`",
    SEQUENCE: "the event's number in its journey",
    DELIVERY: "`dlv_…`",
    ENDPOINT: "`ep_…`",
    ATTEMPT: "from 1: `x-webhook-attempt`",
    OUTCOME: "`delivered`, `retry`, `given_up`, `gone`",
    STAGE: "where the attempt ended: `answered`, `refused`, `resolve`, `connect`, `tls`, `send`, `answer`",
    RESOLVED: "until the name was an address; only if that happened, as with those below",
    CONNECTED: "until TCP was connected",
    TLS: "until TLS was agreed",
    FIRST_BYTE: "until the first byte of the answer",
    TOTAL: "until the end",
    METHOD: "such as `POST`",
    ROUTE: "the path as in the table of routes, never with values in it",
    STATUS: "of the answer; absent when there was none",
    ERROR: "the status of a server error or of a webhook answer that is no success, else the stage; absent when well",
    HOST: "the endpoint's host name, nothing else of its URL",
}


@dataclass(frozen=True, slots=True)
class SpanKind:
    """One kind of span."""

    name: str
    """As the documentation writes it."""
    kind: str
    """OpenTelemetry's kind."""
    parent: str
    attributes: tuple[str, ...]


TABLE: tuple[SpanKind, ...] = (
    SpanKind(
        "`<method> <route>`, such as `POST /verification/form`",
        "server",
        "of an API call: your caller's span, if it sent a `traceparent`; of a customer's act: the API call that made "
        "the link",
        (METHOD, ROUTE, STATUS, MERCHANT, ERROR),
    ),
    SpanKind(
        "`event <type>`, such as `event KYC_LINK_SUCCESS`",
        "producer",
        "the call or act in which it was committed; when the clock did it, the API call that made the link",
        (MERCHANT, JOURNEY, EVENT, EVENT_TYPE, SEQUENCE),
    ),
    SpanKind(
        "`attempt <type>`, such as `attempt KYC_LINK_SUCCESS`",
        "client",
        "the event",
        (
            METHOD,
            HOST,
            STATUS,
            MERCHANT,
            JOURNEY,
            EVENT,
            EVENT_TYPE,
            DELIVERY,
            ENDPOINT,
            ATTEMPT,
            OUTCOME,
            STAGE,
            RESOLVED,
            CONNECTED,
            TLS,
            FIRST_BYTE,
            TOTAL,
            ERROR,
        ),
    ),
)
