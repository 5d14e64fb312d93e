"""The block to copy holds the bytes and no secret; that it works is tested with a real shell (`test_deliveries.py`)."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from dastak.web.dashboard.deliveries.curl import as_curl, as_curl_without_body, quoted
from unit.web.deliveries.rows import BODY, CLIENT_SECRET, EVENT_ID, SECRETS, an_attempt

URL = "https://merchant.example.com/hooks?a=1&b='2'"


@given(st.text())
def test_any_text_is_one_word_of_a_shell(text: str) -> None:
    assert shlex.split(quoted(text)) == [text]


def test_it_holds_the_body_and_the_headers_but_no_signature_of_the_past_and_no_secret() -> None:
    headers = an_attempt(2).request_headers
    block = as_curl(URL, EVENT_ID, 2, headers, BODY)
    assert f"body={quoted(BODY.decode())}" in block
    assert "-H 'x-webhook-attempt: 2'" in block
    assert f"-H 'webhook-id: {EVENT_ID}'" in block
    past = dict(headers)["x-webhook-signature"], dict(headers)["webhook-signature"]
    assert not [text for text in (*past, CLIENT_SECRET, *SECRETS) if text in block]


def test_without_the_body_it_is_fetched_by_whoever_has_a_key() -> None:
    block = as_curl_without_body(URL, EVENT_ID, 1, an_attempt().request_headers, "https://kyc.example.com")
    assert "https://kyc.example.com/api/v1/events/evt_1" in block
    assert "9876543210" not in block
