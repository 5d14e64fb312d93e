"""The headers of an attempt: our receiver and every Standard Webhooks library verify them."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dastak.webhooks.endpoint import rotate
from dastak.webhooks.signing import attempt_headers
from dastak_sdk import KycLinkData, Receiver, SignatureError, encode_event, sign
from dastak_sdk.signature import digest64
from unit.webhooks.props import NOW, OLDER_SECRET, SECRET, an_endpoint

CLIENT_SECRET = "dks_1"
DATA = KycLinkData("Tëst", "9999999999", None, "v-1", 7, "2026-01-12", "https://x.example.com/1", "SUCCESS", ())
BODY = encode_event("KYC_LINK_SUCCESS", NOW, DATA, client_secret=None)


def headers(*secrets: str, now: datetime = NOW, attempt: int = 1, body: bytes = BODY) -> dict[str, str]:
    pairs = attempt_headers(
        event_id="evt_1",
        body=body,
        client_secret=CLIENT_SECRET,
        endpoint_secrets=secrets or (SECRET,),
        attempt=attempt,
        now=now,
        sequence=3,
        journey_id="jrn_1",
    )
    assert len(dict(pairs)) == len(pairs), "a header twice"
    return dict(pairs)


def receiver(*secrets: str) -> Receiver:
    return Receiver(secrets, clock=NOW.timestamp)


@pytest.mark.parametrize("secret", [CLIENT_SECRET, SECRET])
def test_our_receiver_verifies_either_scheme_and_reads_the_event(secret: str) -> None:
    event = receiver(secret).verify(headers(attempt=4), BODY)
    assert (event.type, event.data, event.raw) == ("KYC_LINK_SUCCESS", DATA, BODY)
    assert (event.id, event.attempt, event.sequence) == ("evt_1", 4, 3)
    assert event.id_signed == (secret == SECRET)


def test_a_standard_webhooks_library_verifies_an_attempt_made_now() -> None:
    now = datetime.now(UTC)
    assert Webhook(SECRET).verify(BODY, headers(now=now))


def test_during_a_rotation_old_and_new_secret_both_verify_and_a_third_does_not() -> None:
    now = datetime.now(UTC)
    before = replace(an_endpoint(), secrets=(replace(an_endpoint().secrets[0], secret=OLDER_SECRET),))
    endpoint = replace(before, secrets=rotate(before, SECRET, now, timedelta(hours=24)))
    sent = headers(*endpoint.signing_secrets(now), now=now)
    assert len(sent["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OLDER_SECRET):
        assert Webhook(secret).verify(BODY, sent)
        assert Receiver(secret).verify(sent, BODY).id_signed
    stranger = "whsec_" + base64.b64encode(b"s" * 24).decode()
    with pytest.raises(WebhookVerificationError):
        Webhook(stranger).verify(BODY, sent)
    with pytest.raises(SignatureError):
        Receiver(stranger).verify(sent, BODY)


def test_a_changed_body_verifies_nowhere() -> None:
    now = datetime.now(UTC)
    changed = BODY.replace(b"SUCCESS", b"EXPIRED")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(changed, headers(now=now))
    for secret in (SECRET, CLIENT_SECRET):
        with pytest.raises(SignatureError):
            receiver(secret).verify(headers(), changed)


def test_the_contract_s_signature_is_over_milliseconds_and_bytes_without_a_separator() -> None:
    sent = headers()
    assert sent["x-webhook-timestamp"] == str(int(NOW.timestamp() * 1000))
    assert len(sent["x-webhook-timestamp"]) == 13
    mac = hmac.new(CLIENT_SECRET.encode(), sent["x-webhook-timestamp"].encode() + BODY, hashlib.sha256).digest()
    assert (
        sent["x-webhook-signature"]
        == base64.b64encode(mac).decode()
        == sign(CLIENT_SECRET, sent["x-webhook-timestamp"], BODY)
    )


def test_every_attempt_has_a_fresh_time_and_signature_and_the_same_id() -> None:
    first, second = headers(), headers(now=NOW + timedelta(seconds=5), attempt=2)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {
        "x-webhook-attempt",
        "x-webhook-timestamp",
        "x-webhook-signature",
        "webhook-timestamp",
        "webhook-signature",
    }


def test_a_test_event_has_no_place_in_a_journey() -> None:
    pairs = attempt_headers(
        event_id="evt_1", body=b"{}", client_secret="s", endpoint_secrets=(SECRET,), attempt=1, now=NOW
    )
    assert not [name for name, _ in pairs if name.startswith("x-dastak")]


def test_the_names_of_the_headers_are_pinned() -> None:
    assert list(headers()) == [
        "content-type",
        "user-agent",
        "x-webhook-attempt",
        "x-webhook-timestamp",
        "x-webhook-signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "x-dastak-sequence",
        "x-dastak-journey",
    ]


@given(
    st.binary(max_size=200),
    st.datetimes(datetime(2001, 9, 9, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.lists(st.binary(min_size=24, max_size=64), min_size=1, max_size=3, unique=True),
)
def test_any_bytes_at_any_time_are_signed_once_per_secret(body: bytes, now: datetime, keys: list[bytes]) -> None:
    secrets = ["whsec_" + base64.b64encode(key).decode() for key in keys]
    sent = headers(*secrets, now=now, body=body)
    signed = f"evt_1.{sent['webhook-timestamp']}.".encode() + body
    expected = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    assert sent["webhook-signature"] == " ".join(f"v1,{mac}" for mac in expected)
    assert int(sent["x-webhook-timestamp"]) // 1000 == int(sent["webhook-timestamp"]) == int(now.timestamp())


@given(key=st.binary(min_size=1, max_size=200), parts=st.lists(st.binary(max_size=200), min_size=1, max_size=2))
def test_law_a_digest_is_the_hmac_of_its_parts_joined(key: bytes, parts: list[bytes]) -> None:
    expected = base64.b64encode(hmac.new(key, b"".join(parts), hashlib.sha256).digest()).decode()
    assert digest64(key, *parts) == expected
    assert digest64(key, *parts) == expected, "again, with the prepared key"
