"""Verification: what is accepted, what is refused and with which reason, and that nothing else ever escapes."""

import base64
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.message import Message
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dastak_sdk import (
    UNREADABLE_EVENT_TYPE,
    Event,
    PayloadError,
    Reason,
    Receiver,
    RequestError,
    SignatureError,
    WebhookError,
    encode_test_event,
    parse_event,
    sign,
    sign_standard,
    verify_body_signature,
)

NOW = 1_746_427_759.733
MILLISECONDS = "1746427759733"
SECONDS = "1746427759"
CLIENT = "cfsk_test_secret"
WHSEC = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER_WHSEC = "whsec_" + base64.b64encode(b"o" * 24).decode()
BODY = (Path(__file__).parent / "samples" / "VKYC_USER_LINK_GENERATED.json").read_bytes()


def receiver(*secrets: str, **options: Any) -> Receiver:
    return Receiver(secrets or (CLIENT, WHSEC), **({"clock": lambda: NOW} | options))


def header_scheme(body: bytes = BODY, timestamp: str = MILLISECONDS, secret: str = CLIENT) -> dict[str, str]:
    return {"x-webhook-timestamp": timestamp, "x-webhook-signature": sign(secret, timestamp, body)}


def standard_scheme(
    body: bytes = BODY, timestamp: str = SECONDS, secret: str = WHSEC, message_id: str = "msg_1"
) -> dict[str, str]:
    signature = sign_standard(secret, message_id, timestamp, body)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


def both_schemes(body: bytes = BODY) -> dict[str, str]:
    return header_scheme(body) | standard_scheme(body)


def reason(headers: Any, body: Any = BODY, *secrets: str, **options: Any) -> Reason:
    with pytest.raises(WebhookError) as caught:
        receiver(*secrets, **options).verify(headers, body)
    return caught.value.reason


# What is accepted.


def test_the_check_vector_of_the_header_scheme() -> None:
    body = b'{"event_type":"VKYC_USER_LINK_GENERATED","data":{}}'
    assert sign("cfsk_test_secret", "1746427759733", body) == "YZHmAc1225dH1AEQ1N1jRi6hhGPFowsOL8biPshf3cQ="
    assert sign("cfsk_test_secret", 1746427759733, body) == "YZHmAc1225dH1AEQ1N1jRi6hhGPFowsOL8biPshf3cQ="


@pytest.mark.parametrize("secrets", [(CLIENT,), (WHSEC,), (CLIENT, WHSEC), ("old", CLIENT), (OTHER_WHSEC, WHSEC)])
def test_a_request_with_both_signatures_is_accepted_by_whoever_has_one_of_the_secrets(secrets: tuple[str, ...]) -> None:
    event = receiver(*secrets).verify(both_schemes(), BODY)
    assert event.type == "VKYC_USER_LINK_GENERATED"
    assert event.id == "msg_1"
    assert event.id_signed == (WHSEC in secrets)


@pytest.mark.parametrize(
    "headers",
    [
        {name.title(): value for name, value in header_scheme().items()},
        {name.upper(): [value] for name, value in header_scheme().items()},
        {name.encode(): value.encode() for name, value in header_scheme().items()},
        list(header_scheme().items()),
        iter(header_scheme().items()),
        [*header_scheme().items(), *header_scheme().items()],
        MappingProxyType({name: f" {value}\t" for name, value in header_scheme().items()}),
    ],
    ids=["title case", "upper case and lists", "bytes", "pairs", "iterator", "repeated alike", "padded"],
)
def test_headers_are_found_in_whatever_frameworks_call_headers(headers: Any) -> None:
    assert receiver().verify(headers, BODY).type == "VKYC_USER_LINK_GENERATED"


def test_the_headers_of_the_standard_librarys_server_are_read() -> None:
    message = Message()
    for name, value in header_scheme().items():
        message[name] = value
    assert receiver().verify(message, BODY).raw == BODY


@pytest.mark.parametrize("body", [bytearray(BODY), memoryview(BODY)])
def test_other_byte_buffers_are_read_too(body: Any) -> None:
    assert receiver().verify(header_scheme(), body).raw == BODY


def test_hints_are_read_when_usable_and_never_fatal() -> None:
    good = receiver().verify(header_scheme() | {"x-webhook-attempt": "3", "x-dastak-sequence": "12"}, BODY)
    assert (good.attempt, good.sequence) == (3, 12)
    odd = receiver().verify(header_scheme() | {"x-webhook-attempt": "9" * 5000, "x-dastak-sequence": "-1"}, BODY)
    assert (odd.attempt, odd.sequence) == (None, None)
    twice = receiver().verify([*header_scheme().items(), ("x-webhook-attempt", "1"), ("x-webhook-attempt", "2")], BODY)
    assert twice.attempt is None


def test_the_trace_of_the_attempt_is_told_when_it_is_one() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert receiver().verify(header_scheme() | {"traceparent": trace}, BODY).traceparent == trace
    assert receiver().verify(header_scheme() | {"Traceparent": f"{trace}-x"}, BODY).traceparent is None
    assert receiver().verify(header_scheme(), BODY).traceparent is None


def test_several_standard_signatures_are_tried_and_other_versions_ignored() -> None:
    headers = standard_scheme()
    old = sign_standard(OTHER_WHSEC, "msg_1", SECONDS, BODY)
    headers["webhook-signature"] = f"v1a,abc  {old} nonsense {headers['webhook-signature']}"
    assert receiver(WHSEC).verify(headers, BODY).id_signed


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_a_timestamp_at_the_edge_of_the_tolerance_is_accepted(offset: int) -> None:
    headers = header_scheme(timestamp=str(1_746_427_759_733 + offset * 1000))
    assert receiver().verify(headers, BODY).raw == BODY


def test_the_tolerance_is_seconds_or_a_timedelta() -> None:
    headers = header_scheme(timestamp=str(1_746_427_759_733 - 20_000))
    assert receiver(tolerance=timedelta(seconds=30)).verify(headers, BODY).raw == BODY
    assert reason(headers, BODY, tolerance=10) is Reason.STALE_TIMESTAMP


def test_a_test_event_is_accepted_in_our_form_and_without_an_event_type() -> None:
    for body in (
        encode_test_event(datetime.fromtimestamp(NOW, timezone.utc)),
        b'{"data":{"test_object":{"test_key":"test_value"}}}',
    ):
        event = receiver().verify(header_scheme(body), body)
        assert event.is_test
        assert event.time == datetime(2025, 5, 5, 6, 49, 19, tzinfo=timezone.utc)


def test_a_broken_other_scheme_does_not_matter_once_one_verifies() -> None:
    headers = both_schemes() | {"webhook-signature": "v1,x", "webhook-timestamp": "never"}
    assert not receiver().verify(headers, BODY).id_signed
    headers = both_schemes() | {"x-webhook-signature": "?"}
    assert receiver().verify(headers, BODY).id_signed


# What is refused, and why.

WRONG_LENGTH = base64.b64encode(b"x" * 31).decode()
WHOLE_TABLE: list[tuple[Reason, Any, Any, tuple[str, ...]]] = [
    (Reason.MISSING_HEADER, {}, BODY, ()),
    (Reason.MISSING_HEADER, {"x-webhook-signature": header_scheme()["x-webhook-signature"]}, BODY, ()),
    (Reason.MISSING_HEADER, {"webhook-signature": standard_scheme()["webhook-signature"]}, BODY, ()),
    (Reason.MISSING_HEADER, header_scheme() | {"x-webhook-timestamp": []}, BODY, ()),
    (Reason.BAD_HEADER, None, BODY, ()),
    (Reason.BAD_HEADER, 7, BODY, ()),
    (Reason.BAD_HEADER, [("a",)], BODY, ()),
    (Reason.BAD_HEADER, {7: "x"}, BODY, ()),
    (Reason.BAD_HEADER, [*header_scheme().items(), ("X-Webhook-Timestamp", "1")], BODY, ()),
    (Reason.BAD_HEADER, header_scheme() | {"x-webhook-signature": "é" * 44}, BODY, ()),
    (Reason.BAD_HEADER, header_scheme() | {"x-webhook-signature": "\ud800"}, BODY, ()),
    (Reason.BAD_HEADER, header_scheme() | {"x-webhook-signature": 7}, BODY, ()),
    (Reason.BAD_HEADER, header_scheme() | {"x-webhook-timestamp": ""}, BODY, ()),
    (Reason.BAD_HEADER, standard_scheme(message_id="a.b"), BODY, ()),
    (Reason.BAD_HEADER, standard_scheme(message_id="a" * 257), BODY, ()),
    (Reason.BAD_TIMESTAMP, header_scheme(timestamp="soon"), BODY, ()),
    (Reason.BAD_TIMESTAMP, header_scheme(timestamp="NaN"), BODY, ()),
    (Reason.BAD_TIMESTAMP, header_scheme(timestamp="-1"), BODY, ()),
    (Reason.BAD_TIMESTAMP, header_scheme(timestamp="1e12"), BODY, ()),
    (Reason.BAD_TIMESTAMP, header_scheme(timestamp="9" * 5000), BODY, ()),
    (Reason.BAD_TIMESTAMP, standard_scheme(timestamp="1746427759.7"), BODY, ()),
    (Reason.STALE_TIMESTAMP, header_scheme(timestamp=str(1_746_427_759_733 - 300_001)), BODY, ()),
    (Reason.STALE_TIMESTAMP, header_scheme(timestamp=SECONDS), BODY, ()),
    (Reason.STALE_TIMESTAMP, standard_scheme(timestamp="0"), BODY, ()),
    (Reason.FUTURE_TIMESTAMP, header_scheme(timestamp=str(1_746_427_759_733 + 300_001)), BODY, ()),
    (Reason.FUTURE_TIMESTAMP, standard_scheme(timestamp=MILLISECONDS), BODY, ()),
    (Reason.FUTURE_TIMESTAMP, standard_scheme(timestamp="9" * 16), BODY, ()),
    (Reason.BAD_SIGNATURE_FORMAT, header_scheme() | {"x-webhook-signature": "abc"}, BODY, ()),
    (Reason.BAD_SIGNATURE_FORMAT, header_scheme() | {"x-webhook-signature": "!" * 44}, BODY, ()),
    (Reason.BAD_SIGNATURE_FORMAT, header_scheme() | {"x-webhook-signature": WRONG_LENGTH}, BODY, ()),
    (Reason.BAD_SIGNATURE_FORMAT, standard_scheme() | {"webhook-signature": "v2,abc"}, BODY, ()),
    (Reason.BAD_SIGNATURE_FORMAT, standard_scheme() | {"webhook-signature": f"v1,{WRONG_LENGTH}"}, BODY, ()),
    (Reason.SIGNATURE_MISMATCH, header_scheme(), BODY + b" ", ()),
    (Reason.SIGNATURE_MISMATCH, header_scheme(), json.dumps(json.loads(BODY)).encode(), ()),
    (Reason.SIGNATURE_MISMATCH, header_scheme(), BODY, ("another secret",)),
    (Reason.SIGNATURE_MISMATCH, header_scheme(), b"", ()),
    (Reason.SIGNATURE_MISMATCH, header_scheme() | {"x-webhook-timestamp": "1746427759734"}, BODY, ()),
    (Reason.SIGNATURE_MISMATCH, standard_scheme() | {"webhook-id": "msg_2"}, BODY, ()),
    (Reason.SIGNATURE_MISMATCH, standard_scheme() | {"webhook-timestamp": "1746427760"}, BODY, ()),
    (Reason.SIGNATURE_MISMATCH, standard_scheme(), BODY, (OTHER_WHSEC,)),
    (Reason.NO_MATCHING_SECRET, standard_scheme(), BODY, (CLIENT,)),
    (Reason.NO_MATCHING_SECRET, header_scheme(), BODY, (WHSEC,)),
    (Reason.BODY_NOT_BYTES, header_scheme(), BODY.decode(), ()),
    (Reason.BODY_NOT_BYTES, header_scheme(), json.loads(BODY), ()),
    (Reason.BODY_NOT_BYTES, header_scheme(), None, ()),
    (Reason.BODY_TOO_LARGE, header_scheme(), b" " * (2 * 1024 * 1024 + 1), ()),
    (Reason.BAD_JSON, header_scheme(b"{"), b"{", ()),
    (Reason.BAD_JSON, header_scheme(b"[" * 200_000), b"[" * 200_000, ()),
    (Reason.BAD_ENVELOPE, header_scheme(b"{}"), b"{}", ()),
    (Reason.BAD_ENVELOPE, standard_scheme(b"[]"), b"[]", ()),
]


@pytest.mark.parametrize(
    ("expected", "headers", "body", "secrets"), WHOLE_TABLE, ids=[f"{n}-{row[0]}" for n, row in enumerate(WHOLE_TABLE)]
)
def test_each_malformed_or_forged_request_has_its_reason(
    expected: Reason, headers: Any, body: Any, secrets: tuple[str, ...]
) -> None:
    assert reason(headers, body, *secrets) is expected


def test_the_table_covers_every_reason_and_each_has_a_status() -> None:
    assert {row[0] for row in WHOLE_TABLE} == set(Reason)
    assert {each.status for each in Reason} == {400, 401, 413}


def test_every_message_says_what_to_do_and_gives_no_secret_away() -> None:
    for _, headers, body, secrets in WHOLE_TABLE:
        with pytest.raises(WebhookError) as caught:
            receiver(*secrets).verify(headers, body)
        assert len(caught.value.message) > 40
        assert CLIENT not in str(caught.value)
        assert WHSEC[6:] not in str(caught.value)


def test_the_reasons_in_the_readme_are_the_reasons_in_the_code() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    for each in Reason:
        assert f"| `{each.value}` | {each.status} |" in readme


def test_errors_are_grouped_by_how_far_the_request_came() -> None:
    groups: dict[type[WebhookError], set[str]] = {RequestError: set(), SignatureError: set(), PayloadError: set()}
    for expected, headers, body, secrets in WHOLE_TABLE:
        with pytest.raises(WebhookError) as caught:
            receiver(*secrets).verify(headers, body)
        groups[type(caught.value)].add(expected.value)
    assert groups[PayloadError] == {"bad_json", "bad_envelope"}
    assert groups[SignatureError] == {
        "signature_mismatch",
        "stale_timestamp",
        "future_timestamp",
        "no_matching_secret",
    }


def test_when_both_schemes_fail_the_standard_ones_error_is_told() -> None:
    headers = header_scheme(secret="wrong") | standard_scheme(timestamp="0")
    assert reason(headers) is Reason.STALE_TIMESTAMP


def test_freshness_is_judged_after_the_signature() -> None:
    assert reason(header_scheme(timestamp="1", secret="wrong")) is Reason.SIGNATURE_MISMATCH


def test_a_body_is_not_parsed_before_it_is_verified() -> None:
    assert reason(header_scheme(b"{", secret="wrong"), b"{") is Reason.SIGNATURE_MISMATCH


def test_a_base64_text_with_other_trailing_bits_is_not_the_signature() -> None:
    headers = header_scheme()
    signature = headers["x-webhook-signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = signature[:42] + alphabet[alphabet.index(signature[42]) ^ 1] + "="
    assert base64.b64decode(twin) == base64.b64decode(signature)
    assert reason(headers | {"x-webhook-signature": twin}) is Reason.SIGNATURE_MISMATCH


def test_the_body_signature_never_stands_in_for_a_header() -> None:
    body = signed_body()
    assert verify_body_signature(CLIENT, body).type == "VKYC_USER_LINK_GENERATED"
    assert reason({}, body) is Reason.MISSING_HEADER
    assert reason(
        {"x-webhook-signature": json.loads(body)["signature"], "x-webhook-timestamp": MILLISECONDS}, body
    ) is (Reason.SIGNATURE_MISMATCH)


def test_an_attacker_who_drops_the_standard_headers_cannot_give_the_event_another_dedupe_key() -> None:
    whole = receiver().verify(both_schemes(), BODY)
    stripped = receiver().verify(header_scheme() | {"webhook-id": "msg_forged"}, BODY)
    assert (stripped.id, stripped.id_signed) == ("msg_forged", False)
    assert stripped.dedupe_key == whole.dedupe_key


def test_a_clock_that_gives_nonsense_accepts_nothing() -> None:
    assert reason(header_scheme(), clock=lambda: float("nan")) is Reason.STALE_TIMESTAMP


# The legacy signature inside the body.


def signed_body() -> bytes:
    from dastak_sdk import encode_event

    event = parse_event(BODY)
    return encode_event(event.type, event.time, event.data, client_secret=CLIENT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BODY, Reason.SIGNATURE_MISMATCH),
        (signed_body().replace(b"test333", b"test334"), Reason.SIGNATURE_MISMATCH),
        (encode_test_event(datetime.now(timezone.utc)), Reason.MISSING_HEADER),
        (BODY.replace(b"wBBgeTO", b"wBBgeT"), Reason.BAD_SIGNATURE_FORMAT),
        (b"{", Reason.BAD_JSON),
        ("{}", Reason.BODY_NOT_BYTES),
    ],
)
def test_a_wrong_body_signature_is_refused(body: Any, expected: Reason) -> None:
    with pytest.raises(WebhookError) as caught:
        verify_body_signature(CLIENT, body)
    assert caught.value.reason is expected


# Programmers' errors.


@pytest.mark.parametrize(
    "secrets", [(), "", " ", [""], "whsec_", "whsec_!!", "whsec_é", "whsec_\ud800", "whsec_YQ", [CLIENT, ""]]
)
def test_a_receiver_without_a_usable_secret_cannot_be_made(secrets: Any) -> None:
    with pytest.raises(ValueError, match=r"secret|whsec_"):
        Receiver(secrets)


@pytest.mark.parametrize("secret", [f"{CLIENT}\n", f" {CLIENT}", f"{CLIENT}\r\n"])
def test_white_space_around_a_secret_is_told_when_it_is_given(secret: str) -> None:
    """As it comes from a file; else every signature would be wrong, and nothing would say why."""
    with pytest.raises(ValueError, match="strip it"):
        Receiver(secret)


@pytest.mark.parametrize("secret", [None, b"bytes", bytearray(b"bytes")])
def test_a_missing_variable_is_told_as_one(secret: Any) -> None:
    with pytest.raises(TypeError, match=r"not (NoneType|bytes|bytearray)\. Is the environment variable"):
        Receiver(secret)


@pytest.mark.parametrize(("limit", "error"), [("2MB", TypeError), (None, TypeError), (0, ValueError), (-1, ValueError)])
def test_a_limit_of_the_body_that_is_none_is_refused(limit: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_body_bytes"):
        Receiver(CLIENT, max_body_bytes=limit)


@pytest.mark.parametrize("secrets", [None, 7, [None], [b"bytes"]])
def test_a_secret_that_is_not_text_is_a_type_error(secrets: Any) -> None:
    with pytest.raises(TypeError):
        Receiver(secrets)


@pytest.mark.parametrize("tolerance", [0, -1, float("nan"), float("inf"), timedelta(0)])
def test_a_tolerance_without_a_limit_is_refused(tolerance: Any) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        Receiver(CLIENT, tolerance=tolerance)


@pytest.mark.parametrize("tolerance", [None, "300", True])
def test_a_tolerance_that_is_no_duration_is_a_type_error(tolerance: Any) -> None:
    with pytest.raises(TypeError, match="tolerance"):
        Receiver(CLIENT, tolerance=tolerance)


def test_a_receiver_does_not_show_its_secrets() -> None:
    assert CLIENT not in repr(receiver())
    assert not hasattr(receiver(), "__dict__")


# Against the public library of Standard Webhooks.


@given(st.binary(min_size=1, max_size=32), st.text(alphabet="abc_XYZ019-", min_size=1, max_size=40), st.text())
def test_the_standardwebhooks_library_signs_as_we_do(key: bytes, message_id: str, text: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    theirs = Webhook(secret).sign(message_id, datetime.fromtimestamp(int(SECONDS), timezone.utc), text)
    assert theirs == sign_standard(secret, message_id, SECONDS, text.encode())


def test_the_standardwebhooks_library_accepts_our_signature_and_refuses_a_changed_body() -> None:
    now = str(int(datetime.now(timezone.utc).timestamp()))
    headers = standard_scheme(timestamp=now)
    assert Webhook(WHSEC).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(WHSEC).verify(BODY + b" ", headers)


def test_we_accept_what_the_standardwebhooks_library_signs() -> None:
    now = datetime.now(timezone.utc)
    signature = Webhook(WHSEC).sign("msg_9", now, BODY.decode())
    headers = {
        "webhook-id": "msg_9",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    event = Receiver(WHSEC).verify(headers, BODY)
    assert (event.id, event.id_signed) == ("msg_9", True)


# Nothing else ever escapes.

names = st.sampled_from([*both_schemes(), "X-Webhook-Attempt", "x-dastak-sequence", "host"]) | st.text()
values = (
    st.text()
    | st.binary()
    | st.none()
    | st.integers()
    | st.lists(st.text(), max_size=3)
    | st.sampled_from([*both_schemes().values()])
)
odd_headers = (
    st.dictionaries(names, values, max_size=8)
    | st.lists(st.tuples(names, values), max_size=8)
    | st.lists(st.tuples(names, values, values), min_size=1, max_size=2)
    | st.none()
    | st.integers()
    | st.text()
)


@given(odd_headers, st.binary() | st.text() | st.none())
def test_any_headers_with_any_body_give_a_webhook_error(headers: Any, body: Any) -> None:
    with pytest.raises(WebhookError):
        receiver().verify(headers, body)


@given(st.binary())
@example(b"1")
def test_any_signed_bytes_give_an_event_or_a_payload_error(body: bytes) -> None:
    for headers in (header_scheme(body), standard_scheme(body)):
        with suppress(PayloadError):
            assert isinstance(receiver().verify(headers, body), Event)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 7))
def test_one_flipped_bit_anywhere_in_the_body_is_noticed(position: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1 << bit
    assert reason(both_schemes(), bytes(changed)) is Reason.SIGNATURE_MISMATCH


class Hostile:
    """Headers that fail in their own way."""

    def items(self) -> Any:
        raise RuntimeError("no headers today")


def test_headers_that_raise_end_in_the_family_too() -> None:
    assert reason(Hostile()) is Reason.BAD_HEADER


# What is kept although it cannot be read.


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"event_type":"KYC_LINK_SUCCESS"}', b"[" * 5000])
def test_what_is_authentic_and_unreadable_is_received_with_its_bytes_and_its_problem(body: bytes) -> None:
    with pytest.raises(PayloadError) as refusal:
        receiver().verify(header_scheme(body), body)
    event = receiver().receive(header_scheme(body) | {"x-dastak-sequence": "4"}, body)
    assert (event.type, event.raw, event.problem) == (UNREADABLE_EVENT_TYPE, body, str(refusal.value))
    assert event.time == datetime.fromtimestamp(NOW, timezone.utc)
    assert event.sequence == 4
    assert not event.is_known
    assert not event.is_test
    assert event.dedupe_key == sha256(body).hexdigest()


@given(st.binary(max_size=100))
def test_whatever_is_authentic_is_received_and_nothing_else(body: bytes) -> None:
    assert receiver().receive(header_scheme(body), body).raw == body
    for headers in (header_scheme(body, secret="another"), {}):
        with pytest.raises((SignatureError, RequestError)):
            receiver().receive(headers, body)


def test_what_can_be_read_is_received_as_it_is_verified() -> None:
    assert receiver().receive(both_schemes(), BODY) == receiver().verify(both_schemes(), BODY)
    assert receiver().receive(both_schemes(), BODY).is_known
