"""What a page shows of bodies until somebody opens them."""

import json

import pytest

from dastak.web.dashboard.deliveries.masking import (
    HIDDEN,
    PLAIN_FIELDS,
    masked_answer,
    masked_event,
    masked_headers,
    opened_event,
    text_of,
)
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES
from dastak_sdk.sample import sample_event
from unit.web.deliveries.rows import BODY


def test_personal_data_and_links_of_customers_are_hidden_and_the_rest_is_shown() -> None:
    data = json.loads(masked_event(BODY))["data"]
    assert data["name"] == data["phone"] == data["form_link"] == data["later"] == HIDDEN
    assert data["email"] is None
    assert (data["verification_id"], data["reference_id"]) == ("case-1", 7)
    assert data["verification_details"] == [{"reference_id": 9, "type": "UPIDETAILS_VALIDATION", "status": "SUCCESS"}]


@pytest.mark.parametrize("name", [*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES])
def test_no_event_of_the_catalogue_shows_a_name_a_number_an_address_or_a_link(name: str) -> None:
    personal = {"name": "Asha Rao", "phone": "9999999999", "email": "asha@asha.example", "user_id": "asha@asha.example"}
    body = sample_event(name, personal | {"a_field_of_a_later_release": "Asha Rao"})
    shown = masked_event(body)
    assert not [text for text in (*personal.values(), "https://") if text in shown]
    assert json.loads(shown).keys() == json.loads(body).keys()


def test_a_field_that_nobody_knows_is_hidden_whatever_it_holds() -> None:
    body = json.dumps({"data": {"later": {"name": "Asha", "status": "SUCCESS"}, "flag": True}})
    assert json.loads(masked_event(body.encode())) == {"data": {"later": HIDDEN, "flag": True}}
    assert masked_event(b"no json") == HIDDEN
    assert "name" not in PLAIN_FIELDS


def test_opened_it_is_all_there() -> None:
    assert json.loads(opened_event(BODY)) == json.loads(BODY)
    assert opened_event(b"no json") == "no json"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("database is away (error 500, order 12345)", "database is away (error 500, order 12345)"),
        ('no row for Asha "Ä" O\'Neil', f"no row for {HIDDEN}"),
        ("phone 9876543210 unknown", f"phone {HIDDEN} unknown"),
        ("phone +91 98765 43211 unknown", f"phone {HIDDEN} unknown"),
        ("mail to other@asha.example failed", f"mail to {HIDDEN} failed"),
        ("see https://kyc.example/f/xyz?x=1 now", f"see {HIDDEN} now"),
        ("case-1 is unknown", "case-1 is unknown"),
    ],
)
def test_an_answer_repeats_no_personal_data(answer: str, shown: str) -> None:
    assert masked_answer(answer, BODY) == shown


def test_what_lets_somebody_in_is_in_no_header() -> None:
    headers = [("Set-Cookie", "sid=1"), ("content-type", "text/plain")]
    assert masked_headers(headers) == [("Set-Cookie", HIDDEN), ("content-type", "text/plain")]


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"ok", "ok"), ("ä".encode(), "ä"), ("aä".encode()[:-1], "a"), (b"\xff\xfe\x00\x01", None), (b"a\x00b", None)],
)
def test_an_answer_is_text_even_when_it_was_cut_within_a_letter(body: bytes, text: str | None) -> None:
    assert text_of(body) == text
