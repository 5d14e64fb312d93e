"""Attempts and deliveries as the store gives them."""

from datetime import UTC, datetime, timedelta

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import AttemptRow, DeliveryRow
from dastak.webhooks.post import Stage
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import Outcome

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENT_ID = "evt_1"
SECRETS = ("whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0", "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0")
CLIENT_SECRET = "dks_the-secret-that-signs-1234"
BODY = (
    '{"event_type":"KYC_LINK_SUCCESS","version":"v1","data":{"name":"Asha \\"Ä\\" O\'Neil","phone":"9876543210",'
    '"email":null,"verification_id":"case-1","reference_id":7,"form_link":"https://kyc.example/f/abc",'
    '"verification_details":[{"reference_id":9,"type":"UPIDETAILS_VALIDATION","status":"SUCCESS"}],"later":["x@y.in"]}}'
).encode()


def an_attempt(
    number: int = 1,
    after: timedelta = timedelta(0),
    status: int | None = 200,
    times: tuple[int, int, int, int, int] = (1_000, 3_000, 9_000, 40_000, 41_000),
    stage: Stage = Stage.ANSWERED,
    answer: bytes = b"ok",
) -> AttemptRow:
    """One, signed as the dispatcher signs."""
    headers = attempt_headers(
        event_id=EVENT_ID,
        body=BODY,
        client_secret=CLIENT_SECRET,
        endpoint_secrets=SECRETS,
        attempt=number,
        now=AT + after,
        sequence=3,
        journey_id="jrn_1",
    )
    is_good = status is not None and 200 <= status < 300
    resolved, connected, tls, first_byte, total = times
    return AttemptRow(
        number=number,
        started_at=AT + after,
        ended_at=AT + after + timedelta(microseconds=total),
        outcome=Outcome.DELIVERED if is_good else Outcome.RETRY,
        reason=f"answered {status}",
        stage=stage,
        status=status,
        address="203.0.113.5",
        request_headers=headers,
        answer_headers=(("content-type", "text/plain"), ("set-cookie", "sid=1")),
        answer_body=answer,
        answer_truncated=False,
        resolved_us=resolved,
        connected_us=connected,
        tls_us=tls,
        first_byte_us=first_byte,
        total_us=total,
    )


def a_delivery(state: DeliveryState = DeliveryState.DELIVERED, attempts: int = 1) -> DeliveryRow:
    return DeliveryRow(
        position=5,
        id="dlv_1",
        event_id=EVENT_ID,
        event_type="KYC_LINK_SUCCESS",
        journey_id="jrn_1",
        verification_id="case 1&2",
        sequence=3,
        endpoint_id="ep_1",
        state=state,
        attempts=attempts,
        next_attempt_at=None,
        last_status=200,
        last_reason="answered 200",
        created_at=AT,
        finished_at=None,
    )
