"""Deliveries in a file: what goes in comes out, signed afresh when it is sent again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak_sdk import Receiver
from dastak_sdk.recorded import FIRST_LINE, Recorded, UnreadableRecordError, read_recorded
from dastak_sdk.sample import sample_event

SECRET = "cfsk_test_secret"
WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
AT = "2026-01-31T10:00:00+00:00"

texts = st.text(st.characters(codec="utf-8"))
names = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1).map(str.lower)
fields = st.text(st.characters(codec="latin-1", exclude_characters="\0\r\n"))
"""What a header can hold on its way."""

recordings = st.builds(
    Recorded,
    at=st.just(AT),
    headers=st.lists(st.tuples(names, fields), max_size=5).map(tuple),
    body=st.binary() | texts.map(str.encode),
    status=st.none() | st.integers(100, 599),
)


@given(st.lists(recordings, max_size=5))
def test_what_is_written_is_read_again(kept: list[Recorded]) -> None:
    lowered = [Recorded(one.at, tuple((n.lower(), v) for n, v in one.headers), one.body, one.status) for one in kept]
    assert list(read_recorded([FIRST_LINE, *(one.line() for one in kept)])) == lowered


@pytest.mark.parametrize("secrets", [(SECRET,), (WHSEC,), (SECRET, WHSEC)])
def test_it_is_signed_afresh_and_keeps_its_id_bytes_and_other_headers(secrets: tuple[str, ...]) -> None:
    old = (
        ("host", "example.com"),
        ("webhook-id", "evt_1"),
        ("x-webhook-attempt", "3"),
        ("x-webhook-timestamp", "1"),
        ("x-webhook-signature", "old"),
    )
    one = Recorded(AT, old, sample_event("KYC_LINK_SUCCESS", {}))
    headers = one.resigned(secrets)
    assert [name for name, _ in headers] == list(dict.fromkeys(name for name, _ in headers))
    assert "host" not in dict(headers)
    for secret in secrets:
        event = Receiver(secret).verify(headers, one.body)
        assert (event.type, event.attempt) == ("KYC_LINK_SUCCESS", 3)
    assert dict(headers)["webhook-id"] == "evt_1"


def test_without_an_id_the_standard_scheme_gets_one() -> None:
    one = Recorded(AT, (), sample_event("KYC_LINK_SUCCESS", {}))
    assert (one.id, Receiver(WHSEC).verify(one.resigned([WHSEC]), one.body).id_signed) == ("", True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{}"], "Line 1"),
        ([json.dumps({"format": "dastak-deliveries", "version": 2})], "later release"),
        ([FIRST_LINE, "not json"], "Line 2"),
        ([FIRST_LINE, "", '{"at": "x"}'], "Line 3"),
        ([FIRST_LINE, '{"at": "x", "headers": [], "body_base64": "%"}'], "Line 2"),
        ([FIRST_LINE, "[]"], "Line 2"),
        ([], "is empty"),
        (["", "[]"], "Line 2"),
        ([FIRST_LINE, '{"at": "x", "headers": [["a b", "c"]], "body": ""}'], "can be sent"),
    ],
)
def test_another_file_says_which_line_is_wrong(lines: list[str], said: str) -> None:
    with pytest.raises(UnreadableRecordError, match=said):
        list(read_recorded(lines))


def test_the_type_of_what_is_no_event_is_empty() -> None:
    assert [Recorded(AT, (), body).type for body in (b"\xff", b"[]", b'{"event_type": "X"}')] == ["", "", "X"]
