"""`/verification/vkyc`: the contract's fields, null rules and refusals."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.issuing import CaseIssuer
from dastak_sdk import VideoKycData, parse_event
from unit.journeys.video_kyc.cases import AGENT, AUDITOR
from unit.journeys.video_kyc.house import MERCHANT, MORNING
from unit.journeys.video_kyc.memory import Merchants
from unit.web.calling import CASES, USER, VKYC, Calls

MADE = [
    *("verification_id", "reference_id", "status", "sub_status", "vkyc_link", "link_expiry"),
    *("user_reference_id", "user_id", "aadhaar_details", "security_questions"),
]
STANDING = [
    *("verification_id", "reference_id", "status", "sub_status", "vkyc_link", "link_expiry"),
    *("user_reference_id", "user_id", "recording_link", "meeting_schedule", "auditor_remarks", "agent_remarks"),
]
ADDRESS = {
    "country": "India",
    "dist": "Pune",
    "house": "",
    "pincode": 411001,
    "state": "Maharashtra",
    "street": "MG Road",
    "po": "Camp",
    "subdist": "Haveli",
    "vtc": "Pune",
}
DETAILS: dict[str, Any] = {
    "last_verified_at": "2025-05-06 15:04:05",
    "care_of": "S/O Ravi Gupta",
    "dob": "02-02-1995",
    "gender": "F",
    "name": "Asha Gupta",
    "photo_link": "https://merchant.example/photo.jpg",
    "split_address": ADDRESS,
}
QUESTIONS = [
    {"order": 1, "question": "Where were you born?", "answer": "Pune"},
    {"order": 2, "question": "Your mother's name?", "answer": ""},
]


@pytest.fixture
def calls() -> Calls:
    return Calls()


async def test_a_case_is_made_as_the_contract_has_it(calls: Calls) -> None:
    user = await calls.user(user_id="test11")
    answer = await calls.post(
        VKYC,
        {
            "verification_id": "test333",
            "user_template": "vkyc_user_template_v1",
            "agent_template": "vkyc_agent_template_v1",
            "user_reference_id": user["user_reference_id"],
            "notification_types": ["sms", "whatsapp"],
            "aadhaar_details": DETAILS,
            "security_questions": QUESTIONS,
        },
    )
    assert answer.status == 200
    assert list(answer.json) == MADE
    made = answer.json
    assert made == {
        "verification_id": "test333",
        "reference_id": made["reference_id"],
        "status": "RECEIVED",
        "sub_status": "LINK_GENERATED",
        "vkyc_link": made["vkyc_link"],
        "link_expiry": "2026-02-09T00:00:00.000Z",
        "user_reference_id": user["user_reference_id"],
        "user_id": "test11",
        "aadhaar_details": DETAILS,
        "security_questions": QUESTIONS,
    }
    assert type(made["reference_id"]) is int
    assert made["vkyc_link"].startswith("https://kyc.example.com/verification/")
    assert [message.channel for message in calls.house.cases.messages] == ["sms", "whatsapp"]


async def test_what_was_not_sent_is_null_and_the_template_s_questions_are_asked(calls: Calls) -> None:
    made = await calls.case()
    assert (made["aadhaar_details"], made["security_questions"]) == (None, None)
    (case,) = calls.house.cases.rows.values()
    assert len(case.questions) == 3
    assert not case.aadhaar.is_given


async def test_aadhaar_details_shorten_the_journey_and_keep_the_contract_s_fields_only(calls: Calls) -> None:
    strange = {**DETAILS, "aadhaar_number": "655675523712", "split_address": {**ADDRESS, "uid": "655675523712"}}
    made = await calls.case(aadhaar_details={**strange, "address_details": {**ADDRESS, "pincode": "411001"}})
    assert made["aadhaar_details"] == {**DETAILS, "address_details": {**ADDRESS, "pincode": "411001"}}
    (case,) = calls.house.cases.rows.values()
    assert case.aadhaar.is_given
    assert case.aadhaar_details == made["aadhaar_details"]
    assert "655675523712" not in str(case)


async def test_a_single_question_is_a_list_of_one_and_questions_come_in_their_order(calls: Calls) -> None:
    one = await calls.case("one", security_questions=QUESTIONS[0])
    two = await calls.case("two", security_questions=QUESTIONS[::-1])
    bare = await calls.case("bare", security_questions=[{"order": 1, "question": "Who are you?"}])
    assert one["security_questions"] == QUESTIONS[:1]
    assert two["security_questions"] == QUESTIONS
    assert bare["security_questions"] == [{"order": 1, "question": "Who are you?", "answer": ""}]


async def test_a_case_reads_the_same_by_either_id_and_as_its_last_event_says(calls: Calls) -> None:
    house = calls.house
    case = await house.decided("test333")
    case = await house.auditors.approve(MERCHANT, AUDITOR, case.id, "Looks Good")
    by_id = await calls.get(VKYC, verification_id="test333")
    by_number = await calls.get(VKYC, reference_id=case.reference_id)
    both = await calls.get(VKYC, verification_id="test333", reference_id=case.reference_id)
    assert by_id.status == 200
    assert list(by_id.json) == STANDING
    assert by_id.json == by_number.json == both.json
    told = parse_event(house.cases.events[-1].body).data
    assert isinstance(told, VideoKycData)
    assert by_id.json == {**told.to_json(), "link_expiry": f"{told.link_expiry}T00:00:00.000Z"}
    assert (by_id.json["auditor_remarks"], by_id.json["agent_remarks"]) == ("Looks Good", "Good to go")


async def test_nulls_are_the_contract_s_until_something_happened(calls: Calls) -> None:
    await calls.case()
    fresh = (await calls.get(VKYC, verification_id="test333")).json
    assert [fresh[name] for name in STANDING[8:]] == [None] * 4
    await calls.house.merchant.schedule(MERCHANT, "test333", MORNING + timedelta(hours=1))
    booked = (await calls.get(VKYC, verification_id="test333")).json
    assert booked["meeting_schedule"] == "2026-01-10T08:00:00Z"
    await calls.house.merchant.unschedule(MERCHANT, "test333")
    assert (await calls.get(VKYC, verification_id="test333")).json["meeting_schedule"] is None


async def test_the_recording_s_link_is_there_once_the_call_is_completed(calls: Calls) -> None:
    await calls.house.in_call("test333")
    assert (await calls.get(VKYC, verification_id="test333")).json["recording_link"] is None
    (case,) = calls.house.cases.rows.values()
    await calls.house.agents.reject(MERCHANT, AGENT, case.id, "Fraud suspected", None)
    found = (await calls.get(VKYC, verification_id="test333")).json
    assert found["recording_link"].startswith("https://kyc.example.com/recordings/")
    assert (found["sub_status"], found["agent_remarks"]) == ("AGENT_REJECTED", "Fraud suspected")


async def test_each_answer_has_a_fresh_link_to_the_recording_whatever_became_of_the_event_s(calls: Calls) -> None:
    house = calls.house
    await house.decided("test333")
    numbers = iter(range(100))
    here = replace(house.here, recording_link=lambda _case: f"https://kyc.example.com/recordings/{next(numbers)}")
    house.issuer = CaseIssuer(house.cases, house.users, Merchants(), here)
    house.merchant = CaseDesk(house.cases, house.booking, Merchants(), here)
    later = Calls(house)
    one = f"{CASES}/test333"
    answers = [await later.get(VKYC, verification_id="test333"), await later.get(one), await later.get(one)]
    links = [answer.json["recording_link"] for answer in answers]
    links.append((await later.get(CASES)).json["data"][0]["recording_link"])
    assert len(set(links)) == len(links)
    assert all(link.startswith("https://kyc.example.com/recordings/") for link in links)


async def test_a_verification_id_is_used_once(calls: Calls) -> None:
    await calls.case()
    again = await calls.post(VKYC, {"verification_id": "test333", "user_id": "test11"})
    assert (again.status, again.code) == (409, "verification_id_already_exists")


async def test_an_invitation_by_mail_needs_the_user_s_address(calls: Calls) -> None:
    asked = {"verification_id": "test333", "user_id": "test11", "notification_types": ["email"]}
    await calls.user(user_id="test11")
    refused = await calls.post(VKYC, asked)
    assert (refused.status, refused.code) == (400, "notification_types_value_invalid")
    await calls.call("PATCH", USER, {"user_id": "test11", "email": "asha@example.com"})
    assert (await calls.post(VKYC, asked)).status == 200
    assert [message.recipient for message in calls.house.cases.messages] == ["asha@example.com"]


def details(**fields: Any) -> dict[str, Any]:
    return {"aadhaar_details": {**DETAILS, **fields}}


def address(**fields: Any) -> dict[str, Any]:
    return details(split_address={**ADDRESS, **fields})


def question(**fields: Any) -> dict[str, Any]:
    return {"security_questions": [{**QUESTIONS[0], **fields}]}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"verification_id": None}, "verification_id_missing"),
        ({"verification_id": "a b"}, "verification_id_value_invalid"),
        ({"verification_id": "x" * 51}, "verification_id_length_exceeded"),
        ({"user_template": "other"}, "user_template_value_invalid"),
        ({"user_template": ["vkyc_user_template_v1"]}, "user_template_value_invalid"),
        ({"agent_template": "vkyc_user_template_v1"}, "agent_template_value_invalid"),
        ({"user_id": None}, "invalid_request"),
        ({"user_reference_id": True}, "user_reference_id_value_invalid"),
        ({"user_reference_id": 1.0}, "user_reference_id_value_invalid"),
        ({"user_reference_id": -1}, "user_reference_id_value_invalid"),
        ({"notification_types": ["post"]}, "notification_types_value_invalid"),
        ({"aadhaar_details": []}, "aadhaar_details_value_invalid"),
        ({"aadhaar_details": {}}, "aadhaar_details.last_verified_at_missing"),
        (details(last_verified_at="2025-02-30 15:04:05"), "aadhaar_details.last_verified_at_value_invalid"),
        (details(last_verified_at="06-05-2025"), "aadhaar_details.last_verified_at_value_invalid"),
        (details(care_of=None), "aadhaar_details.care_of_missing"),
        (details(care_of=7), "aadhaar_details.care_of_value_invalid"),
        (details(care_of="a" * 201), "aadhaar_details.care_of_length_exceeded"),
        (details(dob="1995-02-02"), "aadhaar_details.dob_value_invalid"),
        (details(dob="31-02-1995"), "aadhaar_details.dob_value_invalid"),
        (details(gender="X"), "aadhaar_details.gender_value_invalid"),
        (details(gender="Female"), "aadhaar_details.gender_length_exceeded"),
        (details(name=""), "aadhaar_details.name_missing"),
        (details(name="a\nb"), "aadhaar_details.name_value_invalid"),
        (details(photo_link="javascript:alert(1)"), "aadhaar_details.photo_link_value_invalid"),
        (details(photo_link="https://a b"), "aadhaar_details.photo_link_value_invalid"),
        (details(split_address="Pune"), "aadhaar_details.split_address_value_invalid"),
        (address(country=None), "aadhaar_details.split_address.country_missing"),
        (address(pincode=None), "aadhaar_details.split_address.pincode_missing"),
        (address(pincode=1), "aadhaar_details.split_address.pincode_value_invalid"),
        (address(pincode="41100x"), "aadhaar_details.split_address.pincode_value_invalid"),
        (address(vtc=1), "aadhaar_details.split_address.vtc_value_invalid"),
        (details(address_details={}), "aadhaar_details.address_details.country_missing"),
        ({"security_questions": "x"}, "security_questions_value_invalid"),
        ({"security_questions": [1]}, "security_questions_value_invalid"),
        ({"security_questions": [QUESTIONS[0]] * 2}, "security_questions_value_invalid"),
        ({"security_questions": [QUESTIONS[1]]}, "security_questions_value_invalid"),
        (
            {"security_questions": [{**QUESTIONS[0], "order": n} for n in range(1, 22)]},
            "security_questions_value_invalid",
        ),
        (question(order="1"), "security_questions_value_invalid"),
        (question(order=True), "security_questions_value_invalid"),
        (question(question=""), "security_questions_value_invalid"),
        (question(question=None), "security_questions_value_invalid"),
        (question(answer=7), "security_questions_value_invalid"),
        (question(answer="a" * 301), "security_questions_value_invalid"),
        (question(answer="\ud800"), "security_questions_value_invalid"),
    ],
)
async def test_what_cannot_be_a_case_is_refused_and_nothing_is_made(
    calls: Calls, fields: dict[str, Any], code: str
) -> None:
    await calls.user(user_id="test11")
    answer = await calls.post(VKYC, {"verification_id": "test333", "user_id": "test11", **fields})
    assert (answer.status, answer.code) == (400, code)
    assert not calls.house.cases.rows


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"verification_id": "", "reference_id": ""}, 400, "invalid_request"),
        ({"verification_id": "a b"}, 400, "verification_id_value_invalid"),
        ({"reference_id": "a"}, 400, "reference_id_value_invalid"),
        ({"verification_id": "nobody"}, 404, "Resource not found"),
        ({"verification_id": "test333", "reference_id": 999_999}, 404, "Resource not found"),
    ],
)
async def test_which_case_a_call_must_name(calls: Calls, query: dict[str, Any], status: int, code: str) -> None:
    await calls.case()
    answer = await calls.get(VKYC, **query)
    assert (answer.status, answer.code) == (status, code)


async def test_another_merchant_finds_neither_case_nor_user(calls: Calls) -> None:
    made = await calls.case()
    other = Calls(calls.house, "mer_2")
    for query in ({"verification_id": "test333"}, {"reference_id": made["reference_id"]}):
        assert (await other.get(VKYC, **query)).status == 404
    for whose in ({"user_id": "test11"}, {"user_reference_id": made["user_reference_id"]}):
        answer = await other.post(VKYC, {"verification_id": "mine", **whose})
        assert (answer.status, answer.code) == (404, "Resource not found")
