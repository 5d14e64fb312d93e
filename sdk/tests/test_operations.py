"""Events about webhooks: a group of their own, typed, and strangers to a receiver of the contract."""

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from dastak_sdk import (
    EVENT_TYPES,
    OPERATIONAL_EVENT_TYPES,
    EndpointData,
    KycLinkData,
    OperationalType,
    PayloadError,
    Receiver,
    encode_event,
    parse_event,
    sign_standard,
)

AT = datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DATA = EndpointData(
    endpoint_id="ep_1",
    url="https://merchant.example/hook",
    failing_since="2026-01-30T10:00:00Z",
    failures=57,
    last_failure_at="2026-01-31T09:58:00Z",
    last_reason="answered 500",
    disables_at="2026-02-04T10:00:00Z",
    disabled_reason=None,
    recovered_at=None,
)


def test_none_of_them_is_among_the_thirteen() -> None:
    assert list(OPERATIONAL_EVENT_TYPES) == [member.value for member in OperationalType]
    assert all(name.startswith("WEBHOOK_ENDPOINT_") for name in OPERATIONAL_EVENT_TYPES)
    assert not OPERATIONAL_EVENT_TYPES.keys() & EVENT_TYPES.keys()
    assert str(OperationalType.WEBHOOK_ENDPOINT_FAILING) == "WEBHOOK_ENDPOINT_FAILING"


@pytest.mark.parametrize("name", OPERATIONAL_EVENT_TYPES)
def test_they_are_read_as_they_were_written_and_carry_no_body_signature(name: str) -> None:
    body = encode_event(name, AT, DATA, client_secret="secret")
    event = parse_event(body)
    assert (event.type, event.data, event.time, event.signature) == (name, DATA, AT, None)
    assert event.to_bytes() == body
    assert list(json.loads(body)) == ["event_type", "event_time", "version", "data"]


def test_a_receiver_verifies_them_like_any_event() -> None:
    body = encode_event(OperationalType.WEBHOOK_ENDPOINT_DISABLED, AT, DATA, client_secret=None)
    seconds = int(AT.timestamp())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign_standard(SECRET, "evt_1", seconds, body),
    }
    event = Receiver(SECRET, clock=AT.timestamp).verify(headers, body)
    assert isinstance(event.data, EndpointData)
    assert event.id_signed


def test_fields_that_a_later_version_adds_are_kept() -> None:
    value = json.loads(encode_event("WEBHOOK_ENDPOINT_FAILING", AT, DATA, client_secret=None))
    value["data"]["more"] = 1
    data = parse_event(json.dumps(value).encode()).data
    assert data == replace(DATA, extra={"more": 1})


def test_a_missing_promise_and_a_foreign_payload_are_refused() -> None:
    value = json.loads(encode_event("WEBHOOK_ENDPOINT_FAILING", AT, DATA, client_secret=None))
    del value["data"]["failures"]
    with pytest.raises(PayloadError, match="failures"):
        parse_event(json.dumps(value).encode())
    link = KycLinkData(None, "9", None, "v", 1, "2026-01-31", "https://a.example", "RECEIVED", ())
    with pytest.raises(TypeError, match="EndpointData"):
        encode_event("WEBHOOK_ENDPOINT_FAILING", AT, link, client_secret=None)
