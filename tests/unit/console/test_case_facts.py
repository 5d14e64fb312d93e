"""A case's facts in words: masked, whole, and never in the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.checks import AadhaarStep, DeviceFacts, IpFacts, Location, Prechecks
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.video.compose.captions import captions_of
from dastak.web.console.case_facts import case_groups, first_name, precheck_lines, span_words
from dastak.web.console.interview_words import CHALLENGES, challenge_words, fact_lines, missing_words
from unit.journeys.video_kyc.cases import NOW, a_case

GIVEN = {
    "last_verified_at": "2025-05-06 15:04:05",
    "name": "Asha Gupta",
    "dob": "02-02-1995",
    "gender": "F",
    "care_of": "Ravi Gupta",
    "photo_link": "https://bank.example/photo.jpg",
    "split_address": {"house": "12", "street": "MG Road", "dist": "Pune", "state": "Maharashtra", "pincode": 411001},
}


def test_aadhaar_details_of_the_company_are_shown_without_the_photo_s_address() -> None:
    case = replace(a_case(given=True), aadhaar_details=GIVEN)
    group = next(one for one in case_groups(case) if one.title == "Aadhaar")
    assert group.note == "From the company, which verified it at 2025-05-06 15:04:05."
    assert dict(group.lines) == {
        "Name": "Asha Gupta",
        "Date of birth": "02-02-1995",
        "Gender": "Female",
        "Care of": "Ravi Gupta",
        "Address": "12, MG Road, Pune, Maharashtra, 411001",
    }


@given(
    st.dictionaries(
        st.sampled_from([*GIVEN, "address_details"]), st.none() | st.text() | st.integers() | st.lists(st.text())
    )
)
def test_whatever_the_company_sent_as_aadhaar_details_is_no_trouble(given: dict[str, object]) -> None:
    case = replace(a_case(given=True), aadhaar_details=given)
    assert all(isinstance(value, str) for group in case_groups(case) for _, value in group.lines)


def test_a_case_of_which_nothing_is_known_has_a_name_and_a_phone() -> None:
    case = replace(a_case(), name=None)
    (group,) = case_groups(case)
    assert dict(group.lines) == {"Name": "not given", "Phone": "•••••••210", "Reference": "10449"}
    assert first_name(case) == "Customer"
    assert precheck_lines(case, NOW) == ()


def test_prechecks_say_how_old_they_are() -> None:
    found = Prechecks(IpFacts("203.0.113.9", "", NOW), Location(-8.5, 115.25, 3999.6, NOW), DeviceFacts(NOW))
    lines = dict(precheck_lines(replace(a_case(), prechecks=found), NOW + timedelta(minutes=125)))
    assert lines == {
        "Location": "-8.500000, 115.250000, within 4000 m, 2 h 5 min ago",
        "Network address": "country unknown, no proxy, 2 h 5 min ago",
        "Device": "camera and microphone work",
    }


def test_a_place_outside_india_that_the_device_says_in_the_call_stands_before_the_one_that_was_checked() -> None:
    checked, now = Location(18.5, 73.8, 20, NOW), Location(25.2, 55.3, 30, NOW + timedelta(minutes=9))
    found = Prechecks(location=checked, abroad=now)
    lines = precheck_lines(replace(a_case(), prechecks=found), NOW + timedelta(minutes=10))
    assert lines == (
        ("Location now, outside India", "25.200000, 55.300000, within 30 m, 1 min ago"),
        ("Location before", "18.500000, 73.800000, within 20 m, 10 min ago"),
    )
    assert captions_of(replace(a_case(), prechecks=found), "call_1").place == "25.20000° N 55.30000° E (±30 m)"


def test_details_of_a_newer_template_are_shown_by_their_names() -> None:
    case = replace(a_case(), details={"gender": "Female", "blood_group": "A+"}, aadhaar=AadhaarStep())
    group = next(one for one in case_groups(case) if one.title == "Said by the customer")
    assert group.lines == (("Gender", "Female"), ("Blood group", "A+"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "less than 1 min"), (59, "less than 1 min"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 0 min")],
)
def test_spans_are_said_in_few_words(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words


def test_every_challenge_of_every_template_has_words() -> None:
    for template in AGENT_TEMPLATES.values():
        assert set(template.challenges) <= set(CHALLENGES)
    assert challenge_words("hop_on_one_leg") == "Hop on one leg"


def test_what_is_missing_is_said_in_words() -> None:
    assert list(missing_words(("question_2", "liveness", "pan_still", "new_thing"))) == [
        "Judge question 2",
        "Confirm liveness: the code and each challenge",
        "Take a picture of the PAN card",
        "New thing",
    ]
    assert fact_lines({"pan": "ABCPV1234D", "glare": "no"}) == (("PAN", "ABCPV1234D"), ("Glare", "no"))
