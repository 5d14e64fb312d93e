"""Reading bodies: the contract's code for everything that can be wrong, and nothing else ever."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.calendar import is_allowed_expiry, today_in_india
from dastak.web.api.fields import (
    BODY_LIMIT,
    choices,
    identifier,
    json_body,
    known_fields,
    line,
    moment,
    one_of,
    optional_number,
    optional_text,
    section,
    text,
    whole_number,
)
from dastak.web.api.kyc_link import new_link
from dastak.web.api.problem import Problem
from unit.web.requests import a_request

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
LETTERS = re.compile(r"[a-z]+")
GOOD = {"phone": "9999999999", "template_name": "Full_kyc", "verification_id": "v-1"}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def problem_of(body: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        new_link(body, NOW)
    return caught.value.status, caught.value.code


async def test_a_body_is_joined_from_its_pieces() -> None:
    assert await json_body(a_request([b'{"a"', b": 1", b"}"])) == {"a": 1}


@pytest.mark.parametrize("empty", [b"", b"  \r\n"])
async def test_an_empty_body_is_an_empty_object_so_that_the_missing_field_is_named(empty: bytes) -> None:
    assert await json_body(a_request([empty])) == {}


async def test_a_caller_who_goes_away_in_the_middle_is_at_fault_and_not_we() -> None:
    with pytest.raises(Problem) as caught:
        await json_body(a_request([b'{"phone": "99'], ends=False))
    assert (caught.value.status, caught.value.code) == (400, "invalid_request")


@given(value=st.binary(max_size=40))
async def test_any_bytes_are_an_object_or_a_problem(value: bytes) -> None:
    try:
        body = await json_body(a_request([value]))
    except Problem as problem:
        outcome: object = problem.status
    else:
        outcome = type(body)
    assert outcome in {400, dict}


@pytest.mark.parametrize("raw", [b"[]", b'"a"', b"1", b"null", b"{", b'{"a":1}{', b"\xff{}", b"[" * 60_000])
async def test_what_is_not_a_json_object_is_an_invalid_request(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        await json_body(a_request([raw]))
    assert (caught.value.status, caught.value.code) == (400, "invalid_request")


async def test_a_body_beyond_the_limit_is_refused_without_reading_on() -> None:
    pieces = iter([b" " * BODY_LIMIT, b" ", *([b"x"] * 10)])
    with pytest.raises(Problem) as caught:
        await json_body(a_request(pieces))
    assert caught.value.status == 413


@pytest.mark.parametrize("value", [None, ""])
def test_null_empty_and_absent_are_the_same(value: str | None) -> None:
    for body in ({"f": value}, {}):
        assert optional_text(body, "f", limit=5, rule="r", pattern=LETTERS) is None
        with pytest.raises(Problem) as caught:
            text(body, "f", limit=5, rule="r", pattern=LETTERS)
        assert caught.value.code == "f_missing"


@given(anything)
def test_any_json_value_is_a_good_text_or_a_400(value: Any) -> None:
    try:
        found = optional_text({"f": value}, "f", limit=5, rule="r", pattern=LETTERS)
    except Problem as problem:
        outcome: object = (problem.status, problem.code.startswith("f_"))
    else:
        outcome = (400, True) if found is None or LETTERS.fullmatch(found) else found
    assert outcome == (400, True)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a" * 51, "verification_id_length_exceeded"),
        ("a b", "verification_id_value_invalid"),
        ("a\n", "verification_id_value_invalid"),
        ("ä", "verification_id_value_invalid"),
        (7, "verification_id_value_invalid"),
        (["a"], "verification_id_value_invalid"),
        ("", "verification_id_missing"),
    ],
)
def test_an_identifier_that_cannot_be_one_has_the_contract_s_code(value: object, code: str) -> None:
    with pytest.raises(Problem) as caught:
        identifier({"verification_id": value}, "verification_id")
    assert (caught.value.status, caught.value.code) == (400, code)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,50}", fullmatch=True))
def test_every_identifier_of_the_contract_s_alphabet_is_taken_as_it_is(value: str) -> None:
    assert identifier({"f": value}, "f") == value


def test_choices_come_in_their_order_and_once() -> None:
    assert choices({"f": ["sms", "email", "sms"]}, "f", ("email", "sms")) == ("sms", "email")
    assert choices({"f": None}, "f", ("email",)) == choices({}, "f", ("email",)) == ()


@given(anything)
def test_any_json_value_is_a_list_of_choices_or_a_400(value: Any) -> None:
    try:
        found = choices({"f": value}, "f", ("a", "b"))
    except Problem as problem:
        assert problem.code == "f_value_invalid"  # noqa: PT017 - either branch is right
    else:
        assert set(found) <= {"a", "b"}


@given(st.text(max_size=25), st.integers(0, 9), st.integers(10, 10**6))
def test_a_number_in_a_query_is_within_its_bounds_or_a_400(value: str, least: int, most: int) -> None:
    try:
        number = whole_number(value, "f", least, most)
    except Problem as problem:
        assert problem.code == "f_value_invalid"  # noqa: PT017 - either branch is right
    else:
        assert least <= number <= most


def test_a_request_with_every_field_is_read_as_it_was_meant() -> None:
    new = new_link(
        {
            **GOOD,
            "name": "Āsha G. Rao-2",
            "email": "a@example.com",
            "link_expiry": "2026-01-12",
            "notification_types": ["sms", "email"],
        },
        NOW,
    )
    assert (new.name, new.email, str(new.link_expiry)) == ("Āsha G. Rao-2", "a@example.com", "2026-01-12")
    assert new.notification_types == ("sms", "email")


@pytest.mark.parametrize("field", GOOD)
def test_each_required_field_is_named_when_it_is_missing(field: str) -> None:
    assert problem_of({name: value for name, value in GOOD.items() if name != field}) == (400, f"{field}_missing")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12345"),
        ("phone", "98765 43210"),
        ("phone", 9876543210),
        ("name", "Asha <b>"),
        ("name", " Asha"),
        ("name", "Asha\u202e"),
        ("email", "nobody"),
        ("email", "a@b@example.com"),
        ("email", "a@example.com\r\nBcc: b@example.com"),
        ("email", ["a@example.com"]),
        ("notification_types", ["pigeon"]),
        ("notification_types", "sms"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_refused_by_name(field: str, value: object) -> None:
    assert problem_of({**GOOD, field: value}) == (400, f"{field}_value_invalid")


@pytest.mark.parametrize("value", ["2026-02-30", "12-01-2026", "2026-01-09", "2026-02-10", 20260112, "tomorrow", {}])
def test_a_bad_last_day_has_the_contract_s_own_code(value: object) -> None:
    assert problem_of({**GOOD, "link_expiry": value}) == (400, "REQUEST_INVALID")


@given(st.integers(-400, 400))
def test_exactly_the_allowed_days_are_taken(ahead: int) -> None:
    day = today_in_india(NOW) + timedelta(days=ahead)
    try:
        new = new_link({**GOOD, "link_expiry": day.isoformat()}, NOW)
    except Problem:
        assert not is_allowed_expiry(day, NOW)
    else:
        assert new.link_expiry == day


def test_an_invitation_by_mail_needs_an_address() -> None:
    assert problem_of({**GOOD, "notification_types": ["email"]}) == (400, "email_missing")


@given(st.dictionaries(st.sampled_from([*GOOD, "name", "email", "link_expiry", "notification_types"]), anything))
def test_whatever_json_a_merchant_sends_it_is_a_link_or_a_400_that_names_a_field(body: dict[str, Any]) -> None:
    try:
        new_link({**GOOD, **body}, NOW)
    except Problem as problem:
        assert problem.status == 400  # noqa: PT017 - either branch is right


LONE_SURROGATE = json.loads('"\\ud800"')
"""Valid JSON, and no text: it cannot be written as UTF-8."""


@pytest.mark.parametrize("field", ["phone", "template_name", "verification_id", "name", "email"])
def test_half_a_character_is_refused_wherever_it_stands(field: str) -> None:
    value = f"{LONE_SURROGATE}@example.com" if field == "email" else LONE_SURROGATE
    assert problem_of({**GOOD, field: value}) == (400, f"{field}_value_invalid")


def refusal(read: Callable[[], Any]) -> Problem | None:
    try:
        read()
    except Problem as problem:
        return problem
    return None


READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "line": lambda body: line(body, "f", limit=5),
    "moment": lambda body: moment(body, "f"),
    "number": lambda body: optional_number(body, "f", 1, 99),
    "one of": lambda body: one_of(body, "f", ("a", "b")),
    "section": lambda body: section(body, "f"),
    "choices": lambda body: choices(body, "f", ("a", "b")),
}


@pytest.mark.parametrize("reader", READERS)
@given(value=anything | st.sampled_from(["a", "7", 7, "2026-01-10T09:30:00Z", " a", "a\u202eb"]))
def test_any_json_value_is_read_or_a_400_that_names_the_field(reader: str, value: Any) -> None:
    refused = refusal(lambda: READERS[reader]({"f": value}))
    assert refused is None or (refused.status, refused.code.startswith("f_")) == (400, True)


@pytest.mark.parametrize("value", [7, "7", "07"])
def test_a_number_may_be_its_digits(value: object) -> None:
    assert optional_number({"f": value}, "f", 1, 99) == 7


@pytest.mark.parametrize("value", [0, 100, "0", "-7", "7.0", 7.0, True, "\u0667", "9" * 19])
def test_what_is_no_number_in_its_bounds(value: object) -> None:
    with pytest.raises(Problem, match="whole number from 1 to 99"):
        optional_number({"f": value}, "f", 1, 99)


def test_a_section_has_whole_names_and_so_have_sections_in_it() -> None:
    outer = section({"a": {"b": {"c": 1}}}, "a")
    assert outer is not None
    assert section(outer, "a.b") == {"a.b.c": 1}


@pytest.mark.parametrize("zone", ["Z", "+05:30", "%2B05:30", " 05:30"])
def test_a_moment_has_a_zone_also_where_a_query_has_eaten_the_plus(zone: str) -> None:
    at = moment({"f": f"2026-01-10T09:30:00{zone.replace('%2B', '+')}"}, "f")
    assert at is not None
    assert at.utcoffset() == (timedelta(0) if zone == "Z" else timedelta(hours=5, minutes=30))


async def test_a_field_that_nobody_knows_is_named_with_those_that_are_known() -> None:
    with pytest.raises(Problem, match="may have: a, b") as caught:
        await known_fields(a_request([b'{"a": 1, "c": 2}']), ("a", "b"))
    assert caught.value.code == "unknown_field"
