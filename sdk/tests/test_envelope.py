"""Bodies: read, written, and read back the same."""

import json
import pickle
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak_sdk import (
    EVENT_TYPES,
    CheckStatus,
    CheckType,
    Event,
    EventType,
    FormStatus,
    KycLinkData,
    PayloadError,
    Reason,
    RequestError,
    VerificationDetail,
    VideoKycData,
    WebhookError,
    body_signature,
    encode_event,
    encode_test_event,
    parse_event,
)

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
NOON = datetime(2025, 5, 22, 12, 0, 0, 999_999, tzinfo=timezone.utc)
LINK = KycLinkData(
    name=None,
    phone="9999999999",
    email=None,
    verification_id="order-1",
    reference_id=235461,
    link_expiry="2025-06-21",
    form_link="https://kyc.example/verification/abc",
    form_status=FormStatus.RECEIVED,
    verification_details=(VerificationDetail(234, CheckType.AADHAAR, CheckStatus.SUCCESS),),
)
CALL = VideoKycData(
    verification_id="order-2",
    reference_id=1,
    user_reference_id=2,
    user_id="user-1",
    status="PRE_VIDEO_CALL",
    sub_status="USER_QUEUED",
    vkyc_link="https://kyc.example/verification/def",
    link_expiry="2025-06-21",
)


def ordered(value: object) -> str:
    """JSON text in which key order counts."""
    return json.dumps(value)


def envelope(**changes: object) -> bytes:
    """A small good body of an unknown type, with changes; a change to `...` removes the field."""
    whole = {"event_type": "NEW", "event_time": "2025-05-22T03:51:14Z", "version": "v1", "data": {}} | changes
    return json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()


def nested(depth: int) -> dict[str, Any]:
    """An object with so many arrays in each other."""
    inner: object = {}
    for _ in range(depth):
        inner = [inner]
    return {"inner": inner}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_of_the_contract_is_read_and_written_unchanged_to_the_key_order(path: Path) -> None:
    value = json.loads(path.read_text())
    event = parse_event(path.read_bytes())
    assert isinstance(event.data, KycLinkData if path.stem.startswith("KYC") else VideoKycData)
    assert event.type == EventType(path.stem)
    assert ordered(event.to_json()) == ordered(value)
    assert ordered(json.loads(event.to_bytes())) == ordered(value)
    assert event.raw == path.read_bytes()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_server_writes_each_event_with_the_keys_of_its_sample(path: Path) -> None:
    value = json.loads(path.read_text())
    event = parse_event(path.read_bytes())
    written = json.loads(encode_event(event.type, event.time, event.data, client_secret="secret"))
    assert list(written) == list(value)
    assert ordered(written["data"]) == ordered(value["data"])


def test_both_forms_of_the_time_mean_utc() -> None:
    moment = datetime(2024, 2, 15, 16, 53, 15, tzinfo=timezone.utc)
    assert parse_event(envelope(event_time="2024-02-15 16:53:15")).time == moment
    assert parse_event(envelope(event_time="2024-02-15T16:53:15Z")).time == moment
    assert parse_event(envelope(event_time="2024-02-15T16:53:15.250Z")).time == moment + timedelta(milliseconds=250)
    assert parse_event(envelope(event_time="2024-02-15T22:23:15+05:30")).time == moment


def test_the_time_is_written_in_utc_to_the_second_in_either_form() -> None:
    india = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    iso = json.loads(encode_event("KYC_LINK_SUCCESS", india, LINK, client_secret=None))
    space = json.loads(encode_event("KYC_LINK_SUCCESS", india, LINK, client_secret=None, time_form="space"))
    assert iso["event_time"] == "2025-05-22T12:00:00Z"
    assert space["event_time"] == "2025-05-22 12:00:00"


def test_a_naive_time_an_unknown_form_and_the_other_products_data_are_refused_when_writing() -> None:
    with pytest.raises(ValueError, match="aware"):
        encode_event("KYC_LINK_SUCCESS", NOON.replace(tzinfo=None), LINK, client_secret=None)
    with pytest.raises(ValueError, match="time_form"):
        encode_event("KYC_LINK_SUCCESS", NOON, LINK, client_secret=None, time_form="x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="KycLinkData"):
        encode_event("KYC_LINK_SUCCESS", NOON, CALL, client_secret=None)


def test_a_body_is_one_line_of_compact_utf8_with_nulls_present() -> None:
    named = VideoKycData(**{**CALL.to_json(), "agent_remarks": "नमस्ते\nok"})
    body = encode_event(EventType.VKYC_USER_CALL_QUEUED, NOON, named, client_secret="s")
    assert b"\n" not in body
    assert b", " not in body
    assert "नमस्ते".encode() in body
    assert b'"recording_link":null' in body


def test_the_body_signature_is_left_out_without_a_secret_and_where_the_samples_have_none() -> None:
    assert "signature" in json.loads(encode_event("KYC_LINK_ACTION_PERFORMED", NOON, LINK, client_secret="s"))
    assert "signature" not in json.loads(encode_event("KYC_LINK_ACTION_PERFORMED", NOON, LINK, client_secret=None))
    assert "signature" not in json.loads(encode_event("KYC_LINK_SUCCESS", NOON, LINK, client_secret="s"))


def test_the_body_signature_joins_values_by_sorted_key_and_writes_nested_ones_as_java_does() -> None:
    joined = (
        "null"  # email
        "https://kyc.example/verification/abc"  # form_link
        "RECEIVED"  # form_status
        "2025-06-21"  # link_expiry
        "null"  # name
        "9999999999"  # phone
        "235461"  # reference_id
        "[{reference_id=234, type=OFFLINE_AADHAAR_VERIFICATION, status=SUCCESS}]"
        "order-1"  # verification_id
    )
    assert body_signature("s", LINK) == body_signature("s", {"x": joined})
    assert body_signature("s", LINK) == body_signature("s", LINK.to_json())


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (False, "false"), (None, "null"), (1e21, "1000000000000000000000"), (0.1, "0.1"), (7, "7")],
)
def test_the_body_signature_writes_plain_values_plainly(value: object, written: str) -> None:
    assert body_signature("s", {"a": value}) == body_signature("s", {"a": written})
    assert body_signature("s", {"a": [value, {}]}) == body_signature("s", {"a": f"[{written}, {{}}]"})


def test_the_body_signature_sorts_keys_as_java_does_by_utf16_units() -> None:
    # U+1D11E is a surrogate pair, D834 DD1E, and so comes before U+FF5E.
    assert body_signature("s", {"\uff5e": "2", "\U0001d11e": "1"}) == body_signature("s", {"x": "12"})


def test_fields_that_are_not_known_yet_are_kept_and_written_again() -> None:
    link: dict[str, Any] = LINK.to_json() | {"new": {"deep": [1]}}
    link["verification_details"][0]["score"] = 0.5
    whole = {"event_type": "KYC_LINK_SUCCESS", "event_time": "2025-05-22 03:51:14", "version": "v2", "data": link}
    whole |= {"trace": "t-1"}
    event = parse_event(json.dumps(whole).encode())
    assert isinstance(event.data, KycLinkData)
    assert event.extra == {"trace": "t-1"}
    assert event.data.extra == {"new": {"deep": [1]}}
    assert event.data.verification_details[0].extra == {"score": 0.5}
    assert ordered(event.to_json()) == ordered(whole)


def test_an_unknown_type_and_an_unknown_status_are_not_fatal() -> None:
    event = parse_event(envelope(event_type="VKYC_SOMETHING_NEW", data={"a": 1}))
    assert event.data == {"a": 1}
    assert event.to_json()["data"] == {"a": 1}
    changed = CALL.to_json() | {"status": "NEW_PHASE", "sub_status": "NEW_STEP"}
    known = parse_event(envelope(event_type="VKYC_USER_CALL_QUEUED", data=changed))
    assert isinstance(known.data, VideoKycData)
    assert known.data.sub_status == "NEW_STEP"


def test_a_missing_nullable_field_reads_as_null_and_a_missing_version_as_v1() -> None:
    data = {name: value for name, value in CALL.to_json().items() if value is not None}
    event = parse_event(envelope(event_type="VKYC_USER_CALL_QUEUED", data=data, version=...))
    assert event.data == CALL
    assert event.version == "v1"


def test_a_test_event_says_that_it_is_one() -> None:
    event = parse_event(encode_test_event(NOON))
    assert event.is_test
    assert not parse_event(envelope()).is_test


def test_the_dedupe_key_is_the_hash_of_the_bytes() -> None:
    first, second = parse_event(envelope()), parse_event(envelope())
    assert first.dedupe_key == second.dedupe_key
    assert first.dedupe_key != parse_event(envelope() + b" ").dedupe_key
    assert len(first.dedupe_key) == 64


def test_an_event_can_be_compared_and_pickled_and_a_payload_is_hashable() -> None:
    event = parse_event(SAMPLES[0].read_bytes())
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - our own pickle
    assert len({LINK, LINK}) == 1
    assert "raw" not in repr(event)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.BAD_JSON),
        (b"\xff\xfe", Reason.BAD_JSON),
        (b"\xef\xbb\xbf{}", Reason.BAD_JSON),
        (b"[" * 100_000, Reason.BAD_JSON),
        (b'{"a":' * 100_000, Reason.BAD_JSON),
        (b"[" * 90 + b"]" * 90, Reason.BAD_ENVELOPE),
        (envelope(data=nested(90)), Reason.BAD_JSON),
        (envelope(more=nested(90)), Reason.BAD_JSON),
        (envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"more": nested(90)}), Reason.BAD_JSON),
        (b'{"data":{"a":NaN}}', Reason.BAD_JSON),
        (b'{"data":{"a":-Infinity}}', Reason.BAD_JSON),
        (b'{"data":{"a":1e999}}', Reason.BAD_JSON),
        (b'{"data":{"a":' + b"9" * 5000 + b"}}", Reason.BAD_JSON),
        (b'{"data":{"a":"\\ud800"}}', Reason.BAD_JSON),
        (b"{} {}", Reason.BAD_JSON),
        (b"null", Reason.BAD_ENVELOPE),
        (b"[]", Reason.BAD_ENVELOPE),
        (b"{}", Reason.BAD_ENVELOPE),
        (envelope(data=None), Reason.BAD_ENVELOPE),
        (envelope(data=[]), Reason.BAD_ENVELOPE),
        (envelope(data=...), Reason.BAD_ENVELOPE),
        (envelope(event_type=...), Reason.BAD_ENVELOPE),
        (envelope(event_type=7), Reason.BAD_ENVELOPE),
        (envelope(event_time="yesterday"), Reason.BAD_ENVELOPE),
        (envelope(event_time="2025-02-30 00:00:00"), Reason.BAD_ENVELOPE),
        (envelope(event_time="0001-01-01T00:00:00+23:59"), Reason.BAD_ENVELOPE),
        (envelope(event_time="٢٠٢٥-05-22 03:51:14"), Reason.BAD_ENVELOPE),
        (envelope(event_time=1747886400), Reason.BAD_ENVELOPE),
        (envelope(version=1), Reason.BAD_ENVELOPE),
        (envelope(signature=1), Reason.BAD_ENVELOPE),
        (envelope(event_type="KYC_LINK_SUCCESS"), Reason.BAD_ENVELOPE),
        (envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"phone": 9}), Reason.BAD_ENVELOPE),
        (envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"reference_id": True}), Reason.BAD_ENVELOPE),
        (envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"reference_id": 1.0}), Reason.BAD_ENVELOPE),
        (
            envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"verification_details": {}}),
            Reason.BAD_ENVELOPE,
        ),
        (
            envelope(event_type="KYC_LINK_SUCCESS", data=LINK.to_json() | {"verification_details": [0]}),
            Reason.BAD_ENVELOPE,
        ),
        (envelope(event_type="VKYC_USER_CALL_QUEUED", data=CALL.to_json() | {"user_id": None}), Reason.BAD_ENVELOPE),
    ],
)
def test_a_body_that_is_not_an_event_is_named_and_nothing_else_escapes(body: bytes, reason: Reason) -> None:
    with pytest.raises(PayloadError) as caught:
        parse_event(body)
    assert caught.value.reason is reason
    assert str(caught.value).startswith(reason.value)


def test_nesting_within_the_limit_is_read() -> None:
    assert parse_event(envelope(data={"deep": nested(50), "wide": [[]] * 500})).type == "NEW"


def test_text_instead_of_bytes_is_refused_with_its_own_reason() -> None:
    with pytest.raises(RequestError) as caught:
        parse_event(envelope().decode())  # type: ignore[arg-type]
    assert caught.value.reason is Reason.BODY_NOT_BYTES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.text(), st.datetimes(timezones=st.just(timezone.utc)), st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_written_is_read_back(type_: str, time: datetime, data: dict[str, Any]) -> None:
    if type_ in EVENT_TYPES:
        return
    try:
        body = encode_event(type_, time, data, client_secret=None)
    except ValueError:  # half a surrogate pair
        return
    event = parse_event(body)
    assert event.data == data
    assert event.time == time.replace(microsecond=0)
    assert event.to_bytes() == body


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_an_event_or_a_webhook_error(body: bytes) -> None:
    with suppress(WebhookError):
        assert isinstance(parse_event(body), Event)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_sample_with_one_value_exchanged_gives_an_event_or_a_webhook_error(path: Path, data: st.DataObject) -> None:
    value = json.loads(path.read_text())
    target = data.draw(st.sampled_from([value, value["data"]]))
    target[data.draw(st.sampled_from(list(target)))] = data.draw(json_values)
    try:
        event = parse_event(json.dumps(value).encode())
    except WebhookError:
        return
    assert isinstance(event.to_json(), dict)
