"""`/api/v1/video-kycs`: lists, the whole story, slots, and what merchants do to a case."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.journeys.video_kyc.cases import AGENT, AUDITOR
from unit.journeys.video_kyc.house import AADHAAR_OTP, DETAILS, GOOD_AADHAAR, MERCHANT, MORNING, PUNE, WORKING
from unit.web.calling import CASES, TOKEN, USER, VKYC, Answer, Calls

ONE = f"{CASES}/test333"
ACTS = [
    ("GET", "", None),
    ("GET", "/slots", None),
    ("PUT", "/schedule", {"at": "2026-01-10T08:00:00Z"}),
    ("DELETE", "/schedule", None),
    ("POST", "/cancel", None),
    ("POST", "/resend-notification", {"notification_types": ["sms"]}),
]


@pytest.fixture
def calls() -> Calls:
    return Calls()


def ids(answer: Answer) -> list[str]:
    return [row["verification_id"] for row in answer.json["data"]]


async def test_a_list_is_newest_first_and_its_pages_hold_every_case_once(calls: Calls) -> None:
    for number in range(7):
        await calls.case(f"v-{number}")
        calls.house.clock.advance(timedelta(seconds=number % 2))
    found: list[str] = []
    after: dict[str, object] = {}
    while True:
        page = await calls.get(CASES, limit=2, **after)
        assert page.status == 200
        found += ids(page)
        if page.json["next"] is None:
            break
        after = {"after": page.json["next"]}
    assert sorted(found) == [f"v-{number}" for number in range(7)]
    whole = ids(await calls.get(CASES))
    assert whole == found
    assert whole[0] == "v-6"


async def test_filters_narrow_and_may_name_several(calls: Calls) -> None:
    made = await calls.case("one")
    await calls.case("two")
    await calls.house.merchant.cancel(MERCHANT, "two")
    await calls.house.decided("three")
    (case,) = [row for row in calls.house.cases.rows.values() if row.verification_id == "three"]
    await calls.house.auditors.reject(MERCHANT, AUDITOR, case.id, "Fraud suspected", None)
    later = (MORNING + timedelta(seconds=1)).isoformat()
    for query, expected in (
        ({"status": "EXPIRED"}, {"two"}),
        ({"status": ["EXPIRED", "RECEIVED"]}, {"one", "two"}),
        ({"sub_status": "AUDITOR_REJECTED"}, {"three"}),
        ({"user_reference_id": made["user_reference_id"]}, {"one", "two"}),
        ({"phone": "9876543210"}, {"one", "two", "three"}),
        ({"phone": "98765432"}, set()),
        ({"agent_id": AGENT}, {"three"}),
        ({"auditor_id": AUDITOR, "reviewed_since": MORNING.isoformat()}, {"three"}),
        ({"reviewed_until": MORNING.isoformat()}, set()),
        ({"since": later}, set()),
        ({"until": later, "limit": 100}, {"one", "two", "three"}),
    ):
        assert set(ids(await calls.get(CASES, **query))) == expected, query


async def test_a_phone_is_found_also_where_a_query_has_eaten_its_plus(calls: Calls) -> None:
    await calls.user(user_id="plus", phone="+919876543210")
    assert (await calls.post(VKYC, {"verification_id": "one", "user_id": "plus"})).status == 200
    for phone, expected in (("+919876543210", ["one"]), (" 919876543210", ["one"]), ("919876543210", [])):
        assert ids(await calls.get(CASES, phone=phone)) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "DONE"}, "status_value_invalid"),
        ({"sub_status": "x"}, "sub_status_value_invalid"),
        ({"user_reference_id": "x"}, "user_reference_id_value_invalid"),
        ({"phone": "x"}, "phone_value_invalid"),
        ({"agent_id": "a b"}, "agent_id_value_invalid"),
        ({"auditor_id": "x" * 51}, "auditor_id_length_exceeded"),
        ({"since": "today"}, "since_value_invalid"),
        ({"until": "2026-01-10T08:00:00"}, "until_value_invalid"),
        ({"reviewed_since": "1"}, "reviewed_since_value_invalid"),
        ({"reviewed_until": "1"}, "reviewed_until_value_invalid"),
        ({"after": "x"}, "after_value_invalid"),
        ({"limit": 0}, "limit_value_invalid"),
        ({"limit": 101}, "limit_value_invalid"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(calls: Calls, query: dict[str, Any], code: str) -> None:
    answer = await calls.get(CASES, **query)
    assert (answer.status, answer.code) == (400, code)


async def test_a_whole_story_is_read_and_holds_no_secret(calls: Calls) -> None:
    house = calls.house
    case = await house.new_case("test333", "sms")
    await house.customer.send_otp(case.code)
    await house.customer.confirm_otp(case.code, "443322")
    await house.customer.consent(case.code, text="I agree.", client_ip="203.0.113.9")
    await house.customer.give_details(case.code, DETAILS)
    await house.customer.start_aadhaar(
        case.code, GOOD_AADHAAR, consent=True, consent_text="I agree.", client_ip="203.0.113.9"
    )
    await house.customer.finish_aadhaar(case.code, AADHAAR_OTP)
    await house.customer.check_ip(case.code, "203.0.113.9")
    await house.customer.report_location(case.code, *PUNE)
    await house.customer.report_device(case.code, WORKING)
    await house.customer.join_queue(case.code)
    waiting = (await calls.get(ONE)).json
    assert waiting["queue"] == {"priority": "ordinary", "since": MORNING.isoformat()}
    case = await house.agents.accept(MERCHANT, AGENT, case.id)
    await house.agents.join_call(MERCHANT, AGENT, case.id)
    case = await house.customer.join_call(case.code, case.calls[-1].id)
    case = await house.interviewed(case)
    await house.evidence.recorded(MERCHANT, case.id, case.calls[-1].id, "s3://recordings/1")
    await house.agents.write_notes(MERCHANT, AGENT, case.id, "calm")
    await house.agents.approve(MERCHANT, AGENT, case.id, "Good to go")
    await house.evidence.composed(MERCHANT, case.id, "s3://composed/1", "cd" * 32)
    case = await house.auditors.approve(MERCHANT, AUDITOR, case.id, "Looks Good")
    answer = await calls.get(ONE)
    assert answer.status == 200
    story = answer.json
    contract = (await calls.get(VKYC, verification_id="test333")).json
    assert {name: story[name] for name in contract} == {**contract, "link_expiry": "2026-02-09"}
    assert (story["journey_id"], story["name"], story["phone"]) == (case.id, "Asha Gupta", "•••••••210")
    assert story["aadhaar"] == {"given": False, "done_at": MORNING.isoformat(), "failed_tries": 0, "last4": "3712"}
    assert story["details"] == DETAILS
    assert story["prechecks"]["ip"]["country"] == "IN"
    assert (story["prechecks"]["location"]["latitude"], story["prechecks"]["location"]["longitude"]) == PUNE[:2]
    assert [call["end"] for call in story["calls"]] == ["decided"]
    assert story["calls"][0]["recorded"] is True
    assert [one["passed"] for one in story["questions"]] == [True]
    assert story["liveness"]["passed"] is True
    assert {still["kind"] for still in story["stills"]} == {"pan", "face"}
    assert (story["agent"]["operator_id"], story["auditor"]["operator_id"]) == (AGENT, AUDITOR)
    assert story["agent_notes"] == "calm"
    assert story["recording"]["sha256"] == "cd" * 32
    assert next(line["what"] for line in story["timeline"]) == "link_generated"
    assert {line["by"] for line in story["timeline"]} >= {"merchant", "customer", AGENT, AUDITOR}
    text = json.dumps(story)
    for secret in (
        "9876543210",
        "443322",
        GOOD_AADHAAR,
        "s3://",
        '"Pune"',
        case.liveness.seed if case.liveness else "",
    ):
        assert secret not in text


async def test_slots_are_offered_booked_moved_and_given_back(calls: Calls) -> None:
    await calls.case()
    offered = (await calls.get(f"{ONE}/slots")).json["data"]
    assert offered[0] == {"at": "2026-01-10T07:15:00+00:00", "places_left": 2}
    late = (await calls.get(f"{ONE}/slots", **{"from": "2026-01-12T06:00:00Z"})).json["data"]
    assert late[0]["at"] == "2026-01-12T06:00:00+00:00"
    booked = await calls.call("PUT", f"{ONE}/schedule", {"at": "2026-01-12T11:30:00+05:30"})
    assert booked.status == 200
    assert booked.json["schedule"]["at"] == "2026-01-12T06:00:00+00:00"
    assert (booked.json["sub_status"], booked.json["timeline"][-1]["by"]) == ("USER_MEETING_SCHEDULED", "merchant")
    moved = await calls.call("PUT", f"{ONE}/schedule", {"at": offered[0]["at"]})
    assert moved.json["meeting_schedule"] == "2026-01-10T07:15:00Z"
    for _ in range(2):
        free = await calls.call("DELETE", f"{ONE}/schedule")
        assert (free.status, free.json["schedule"], free.json["sub_status"]) == (200, None, "LINK_GENERATED")
    heard = [event for event, _ in calls.house.heard("test333")]
    assert heard == ["LINK_GENERATED", "CALL_SCHEDULED", "CALL_SCHEDULED"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "at_missing"),
        ({"at": None}, 400, "at_missing"),
        ({"at": "tomorrow"}, 400, "at_value_invalid"),
        ({"at": "2026-01-10T08:00:00"}, 400, "at_value_invalid"),
        ({"at": 1_768_032_000}, 400, "at_value_invalid"),
        ({"at": "9999-12-31T23:45:00Z"}, 400, "at_value_invalid"),
        ({"at": "0001-01-01T00:00:00+14:00"}, 400, "at_value_invalid"),
        ({"on": "2026-01-10T08:00:00Z"}, 400, "unknown_field"),
        ({"at": "2026-01-10T08:05:00Z"}, 409, "slot_unavailable"),
        ({"at": "2026-01-10T06:00:00Z"}, 409, "slot_unavailable"),
        ({"at": "2026-01-10T13:00:00Z"}, 409, "slot_unavailable"),
        ({"at": "2026-03-10T08:00:00Z"}, 409, "slot_unavailable"),
    ],
)
async def test_what_cannot_be_booked(calls: Calls, body: dict[str, Any], status: int, code: str) -> None:
    await calls.case()
    answer = await calls.call("PUT", f"{ONE}/schedule", body)
    assert (answer.status, answer.code) == (status, code)


async def test_the_last_place_is_booked_once(calls: Calls) -> None:
    calls.house.roster.agents = 1
    for name in ("one", "two"):
        await calls.case(name)
    at = {"at": "2026-01-10T08:00:00Z"}
    first, second = [await calls.call("PUT", f"{CASES}/{name}/schedule", at) for name in ("one", "two")]
    assert (first.status, second.status, second.code) == (200, 409, "slot_unavailable")


async def test_a_cancelled_case_is_over_and_stays_so(calls: Calls) -> None:
    await calls.case()
    for _ in range(2):
        answer = await calls.post(f"{ONE}/cancel")
        assert (answer.status, answer.json["sub_status"]) == (200, "VKYC_EXPIRED")
    assert calls.house.heard("test333")[-1] == ("LINK_EXPIRED", "VKYC_EXPIRED")
    for path, body in (("/schedule", {"at": "2026-01-10T08:00:00Z"}), ("/resend-notification", ACTS[-1][2])):
        answer = await calls.call("PUT" if path == "/schedule" else "POST", ONE + path, body)
        assert (answer.status, answer.code) == (409, "case_closed")
    assert (await calls.call("DELETE", f"{ONE}/schedule")).status == 200


async def test_a_decided_case_is_not_cancelled(calls: Calls) -> None:
    await calls.house.decided("test333")
    answer = await calls.post(f"{ONE}/cancel")
    assert (answer.status, answer.code) == (409, "step_closed")


async def test_the_invitation_goes_out_again_but_not_at_once(calls: Calls) -> None:
    await calls.case(notification_types=["whatsapp"])
    again = await calls.post(f"{ONE}/resend-notification")
    assert (again.status, again.json["timeline"][-1]["what"]) == (200, "notification_resent")
    soon = await calls.post(f"{ONE}/resend-notification", {"notification_types": ["sms"]})
    assert (soon.status, soon.code) == (429, "too_soon")
    calls.house.clock.advance(timedelta(minutes=1))
    assert (await calls.post(f"{ONE}/resend-notification", {"notification_types": ["sms"]})).status == 200
    assert [message.channel for message in calls.house.cases.messages] == ["whatsapp", "whatsapp", "sms"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "notification_types_value_invalid"),
        ({"notification_types": []}, "notification_types_value_invalid"),
        ({"notification_types": ["email"]}, "notification_types_value_invalid"),
        ({"notification_types": ["post"]}, "notification_types_value_invalid"),
        ({"channels": ["sms"]}, "unknown_field"),
    ],
)
async def test_a_customer_who_cannot_be_reached_so_is_sent_nothing(calls: Calls, body: object, code: str) -> None:
    await calls.case()
    answer = await calls.post(f"{ONE}/resend-notification", body)
    assert (answer.status, answer.code) == (400, code)
    assert not calls.house.cases.messages


@pytest.mark.parametrize(("method", "path", "body"), ACTS)
async def test_another_merchant_finds_nothing_whatever_it_does(
    calls: Calls, method: str, path: str, body: object
) -> None:
    await calls.case()
    other = Calls(calls.house, "mer_2")
    for answer in (await other.call(method, ONE + path, body), await calls.call(method, f"{CASES}/nobody{path}", body)):
        assert (answer.status, answer.code) == (404, "Resource not found")
    assert ids(await other.get(CASES)) == []
    assert (await calls.get(ONE)).json["sub_status"] == "LINK_GENERATED"


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *("phone", "user_id", "email", "name", "address", "verification_id", "user_reference_id", "user_template"),
    *("agent_template", "notification_types", "aadhaar_details", "security_questions", "app_id", "product"),
    *("metadata", "authenticated_user", "at"),
)
bodies = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=6)


@given(
    st.sampled_from(
        [
            *(("POST", path) for path in (USER, VKYC, TOKEN, f"{ONE}/cancel", f"{ONE}/resend-notification")),
            ("PATCH", USER),
            ("PUT", f"{ONE}/schedule"),
        ]
    ),
    bodies,
)
async def test_whatever_a_body_holds_it_is_never_our_fault(operation: tuple[str, str], body: dict[str, Any]) -> None:
    calls = Calls()
    await calls.case()
    answer = await calls.call(*operation, body)
    assert answer.status < 500, answer
    assert answer.status < 300 or set(answer.json) <= {"type", "code", "message", "error"}


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("status", "sub_status", "user_reference_id", "phone", "agent_id", "auditor_id", "since", "until"),
                *(
                    "reviewed_since",
                    "reviewed_until",
                    "after",
                    "limit",
                    "from",
                    "verification_id",
                    "reference_id",
                    "user_id",
                ),
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.datetimes().map(str),
        max_size=4,
    )
)
async def test_whatever_a_query_holds_it_is_never_our_fault(query: dict[str, object]) -> None:
    calls = Calls()
    await calls.case()
    for path in (CASES, f"{ONE}/slots", VKYC, USER):
        answer = await calls.get(path, **query)
        assert answer.status < 500, answer
