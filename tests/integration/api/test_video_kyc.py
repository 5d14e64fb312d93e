"""The API of Video KYC on running servers, over both stores: the contract's calls, and what merchants have beyond it."""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.api.asserting import assert_refused
from support.api import Answer, Api, new_verification_id
from support.customer import Customer
from support.postgres import PrivatePostgres
from support.receiver import HookReceiver
from support.server import RunningServer

pytestmark = pytest.mark.slow

USER, VKYC, TOKEN, CASES = "/verification/user", "/verification/vkyc", "/verification/oauth/token", "/api/v1/video-kycs"
ALL_WEEK = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]
DETAILS = {
    "last_verified_at": "2025-05-06 15:04:05",
    "care_of": "S/O Ravi Gupta",
    "dob": "02-02-1995",
    "gender": "M",
    "name": "Vinay Gupta",
    "photo_link": "https://bank.example/photo.jpg",
    "split_address": {
        "country": "India",
        "dist": "Pune",
        "house": "12",
        "pincode": 411001,
        "state": "Maharashtra",
        "street": "MG Road",
        "po": "Camp",
    },
}
QUESTIONS = [{"order": 1, "question": "Where were you born?", "answer": "Pune"}]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(
    request: pytest.FixtureRequest, postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    url = postgres.database() if request.param == "postgres" else None
    home = tmp_path_factory.mktemp("video-kyc")
    chosen: dict[str, Any] = {"database_url": url} if url else {}
    with RunningServer(home, merchants=("Asha Bank", "Other Bank"), **chosen) as running:
        with running.api() as api:
            made = api.post("/api/v1/operators", {"name": "Meera", "email": "m@bank.example", "roles": ["agent"]}).json
            api.put(f"/api/v1/operators/{made['id']}/availability", {"windows": ALL_WEEK})
        yield running
        running.assert_no_failures()
    if url:
        postgres.drop(url)


def new_user(api: Api, **fields: object) -> dict[str, Any]:
    answer = api.post(USER, {"phone": "9988776655", "user_id": f"u-{uuid.uuid4().hex[:12]}", **fields})
    assert answer.status == 200, answer
    user: dict[str, Any] = answer.json
    return user


def new_case(api: Api, **fields: object) -> dict[str, Any]:
    user_id = fields.pop("user_id", None) or new_user(api)["user_id"]
    answer = api.post(VKYC, {"verification_id": new_verification_id(), "user_id": user_id, **fields})
    assert answer.status == 200, answer
    case: dict[str, Any] = answer.json
    return case


def test_user_case_and_token_have_the_fields_of_the_contract(api: Api, server: RunningServer) -> None:
    user = new_user(api, name="John Doe", email="john@example.com", address="12, MG Road\nPune")
    assert list(user) == ["user_reference_id", "user_id", "phone", "email", "name", "address"]
    assert api.get(USER, user_reference_id=user["user_reference_id"]).json == user
    patched = api.patch(USER, {"user_reference_id": user["user_reference_id"], "email": "jd@example.com"}).json
    assert patched == {**user, "email": "jd@example.com"} == api.get(USER, user_id=user["user_id"]).json
    case = new_case(
        api,
        user_id=user["user_id"],
        user_reference_id=user["user_reference_id"],
        user_template="vkyc_user_template_v1",
        agent_template="vkyc_agent_template_v1",
        notification_types=["sms", "email", "whatsapp"],
        aadhaar_details=DETAILS,
        security_questions=QUESTIONS,
    )
    assert (case["status"], case["sub_status"]) == ("RECEIVED", "LINK_GENERATED")
    assert case["vkyc_link"].startswith(f"{server.url}/verification/")
    assert (case["aadhaar_details"], case["security_questions"]) == (DETAILS, QUESTIONS)
    standing = api.get(VKYC, verification_id=case["verification_id"]).json
    shared = ("verification_id", "reference_id", "vkyc_link", "link_expiry", "user_reference_id", "user_id")
    assert {name: standing[name] for name in shared} == {name: case[name] for name in shared}
    assert api.get(VKYC, reference_id=case["reference_id"]).json == standing
    asked = {
        "app_id": "app",
        "product": "VKYC",
        "metadata": {"vkyc_request_id": str(case["reference_id"])},
        "authenticated_user": {"identifier_type": "mobile", "identifier_value": 9988776655},
    }
    assert list(api.post(TOKEN, asked).json) == ["access_token", "expiry", "expires_at"]
    for channel in ("sms", "email", "whatsapp"):
        server.wait_for_log(purpose="link", channel=channel, outcome="sent")


def token_for(case: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "app_id": "app",
        "product": "VKYC",
        "metadata": {"vkyc_request_id": case["reference_id"]},
        "authenticated_user": {"identifier_type": "userId", "identifier_value": case["user_id"]},
    }


def test_a_token_opens_the_customer_s_page_of_its_case_without_a_code(api: Api) -> None:
    case, another = new_case(api), new_case(api)
    token = api.post(TOKEN, token_for(case)).json["access_token"]
    with Customer(case["vkyc_link"]) as customer:
        inside = customer.open(f"?token={token}")
        assert f"{customer.path}/consent" in inside.forms
        assert token not in inside.url
    for link, wrong in ((another["vkyc_link"], token), (case["vkyc_link"], token[:-3])):
        with Customer(link) as customer:
            assert f"{customer.path}/otp" in customer.open(f"?token={wrong}").forms


def test_what_is_said_of_people_is_not_in_the_log(api: Api, server: RunningServer) -> None:
    user = new_user(api, name="Vimala Zutshi", address="Rajpur Road", email="vimala@example.com")
    case = new_case(api, user_id=user["user_id"], aadhaar_details=DETAILS, security_questions=QUESTIONS)
    api.post(USER, {"phone": "98989x9898", "name": "Vimala Zutshi"})
    api.get(f"{CASES}/{case['verification_id']}")
    api.post(f"{CASES}/{case['verification_id']}/cancel")
    log = "\n".join(server.lines())
    for word in ("Vimala", "Rajpur", "vimala@", "Vinay Gupta", "Where were you born", "98989x9898"):
        assert word not in log


def test_the_event_of_a_new_case_is_delivered_as_the_case_reads(api: Api) -> None:
    with HookReceiver() as receiver:
        endpoint = api.add_endpoint(receiver.url("/new"), event_types=["VKYC_USER_LINK_GENERATED"])
        case = new_case(api)
        (hook,) = receiver.wait_for(1, path="/new")
        standing = api.get(VKYC, verification_id=case["verification_id"]).json
        assert {**hook.json["data"], "link_expiry": standing["link_expiry"]} == standing
        api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")


def test_a_case_is_scheduled_moved_given_back_and_cancelled_with_its_story(api: Api) -> None:
    case = new_case(api)
    one = f"{CASES}/{case['verification_id']}"
    slots = api.get(f"{one}/slots").json["data"]
    assert slots[0]["places_left"] == 1
    for slot in slots[2:4]:
        booked = api.put(f"{one}/schedule", {"at": slot["at"]})
        assert (booked.status, booked.json["schedule"]["at"]) == (200, slot["at"])
    assert slots[3] not in api.get(f"{one}/slots").json["data"]
    assert api.delete(f"{one}/schedule").json["meeting_schedule"] is None
    assert slots[3] in api.get(f"{one}/slots").json["data"]
    assert api.post(f"{one}/cancel").json["status"] == "EXPIRED"
    story = api.get(one).json
    assert [line["what"] for line in story["timeline"]] == [
        "link_generated",
        "booked",
        "booked",
        "unbooked",
        "cancelled",
    ]
    assert {line["by"] for line in story["timeline"]} == {"merchant"}
    assert_refused(api.put(f"{one}/schedule", {"at": slots[5]["at"]}), 409, "case_closed")
    kinds = [event["type"] for event in api.events(verification_id=case["verification_id"])]
    assert kinds == ["VKYC_USER_LINK_GENERATED", *["VKYC_USER_CALL_SCHEDULED"] * 2, "VKYC_USER_LINK_EXPIRED"]


def test_of_ten_cases_that_want_the_last_place_one_gets_it(api: Api, server: RunningServer) -> None:
    cases = [new_case(api)["verification_id"] for _ in range(10)]
    at, answers, together = (
        api.get(f"{CASES}/{cases[0]}/slots").json["data"][20]["at"],
        list[Answer](),
        threading.Barrier(10),
    )

    def book(verification_id: str) -> None:
        with server.api() as mine:
            together.wait()
            answers.append(mine.put(f"{CASES}/{verification_id}/schedule", {"at": at}))

    threads = [threading.Thread(target=book, args=(one,)) for one in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 9
    for answer in answers:
        if answer.status == 409:
            assert_refused(answer, 409, "slot_unavailable")


def test_pages_and_filters_hold_every_case_once(api: Api) -> None:
    user = new_user(api, phone="+919000000001")
    made = [new_case(api, user_id=user["user_id"])["verification_id"] for _ in range(7)]
    api.post(f"{CASES}/{made[3]}/cancel")

    def found(**filters: object) -> list[str]:
        rows = api._pages(CASES, {"user_reference_id": user["user_reference_id"], "limit": 2, **filters})
        return [row["verification_id"] for row in rows]

    assert found() == made[::-1]
    assert found(phone="+919000000001") == made[::-1]
    assert found(phone="919000000001") == []
    assert found(status="EXPIRED") == found(sub_status="VKYC_EXPIRED") == [made[3]]
    assert len(found(status="RECEIVED")) == 6
    middle = api.get(f"{CASES}/{made[4]}").json["created_at"]
    assert (found(since=middle), found(until=middle)) == (made[:3:-1], made[3::-1])


def test_the_same_request_under_one_key_makes_one_case_and_another_is_refused(api: Api) -> None:
    user = new_user(api)
    asked = json.dumps({"verification_id": new_verification_id(), "user_id": user["user_id"]}).encode()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (api.raw("POST", VKYC, asked, key) for _ in range(2))
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.json == again.json
    assert_refused(api.raw("POST", VKYC, asked + b" ", key), 409, "idempotency_key_reused")
    assert_refused(api.raw("POST", VKYC, asked), 409, "verification_id_already_exists")


def test_a_verification_id_is_one_journey_s_of_either_kind(api: Api, other: Api) -> None:
    link = api.create_link()["verification_id"]
    user = new_user(api)["user_id"]
    assert_refused(api.post(VKYC, {"verification_id": link, "user_id": user}), 409, "verification_id_already_exists")
    case = new_case(api, user_id=user)["verification_id"]
    again = {"phone": "9999999999", "template_name": "Full_kyc", "verification_id": case}
    assert_refused(api.post("/verification/form", again), 409, "verification_id_already_exists")
    new_case(other, verification_id=case)


def test_another_merchant_finds_nothing_on_its_whole_walk(api: Api, other: Api) -> None:
    case = new_case(api)
    one, case_id = f"{CASES}/{case['verification_id']}", case["verification_id"]
    user = {"user_id": case["user_id"], "user_reference_id": case["user_reference_id"]}
    for answer in (
        other.get(USER, user_id=user["user_id"]),
        other.get(USER, user_reference_id=user["user_reference_id"]),
        other.patch(USER, {**user, "name": "Mine"}),
        other.post(VKYC, {"verification_id": new_verification_id(), **user}),
        other.get(VKYC, verification_id=case_id),
        other.get(VKYC, reference_id=case["reference_id"]),
        other.post(TOKEN, token_for(case)),
        other.get(one),
        other.get(f"{one}/slots"),
        other.put(f"{one}/schedule", {"at": "2030-01-01T10:00:00Z"}),
        other.delete(f"{one}/schedule"),
        other.post(f"{one}/cancel"),
        other.post(f"{one}/resend-notification", {"notification_types": ["sms"]}),
    ):
        assert_refused(answer, 404, "Resource not found")
    assert case_id not in [row["verification_id"] for row in other._pages(CASES, {})]
    assert other.get(CASES, user_reference_id=user["user_reference_id"]).json["data"] == []
    assert api.get(one).json["sub_status"] == "LINK_GENERATED"
    assert api.get(USER, user_id=user["user_id"]).json["name"] is None


def test_the_invitation_is_sent_again_once_a_minute(api: Api) -> None:
    one = f"{CASES}/{new_case(api)['verification_id']}/resend-notification"
    assert api.post(one, {"notification_types": ["sms"]}).status == 200
    again = api.post(one, {"notification_types": ["sms"]})
    assert_refused(again, 429, "too_soon")
    assert 1 <= int(again.headers["Retry-After"]) <= 60
    assert_refused(api.post(one), 400, "notification_types_value_invalid")


@pytest.mark.parametrize("name", ["%00", "%E0%A4%95", "a" * 3000, "..%2f", "%ff"])
def test_an_id_that_nobody_can_have_is_not_found(api: Api, name: str) -> None:
    for answer in (api.get(f"{CASES}/{name}"), api.get(f"{CASES}/{name}/slots"), api.post(f"{CASES}/{name}/cancel")):
        assert answer.status == 404, answer


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
anything = st.recursive(
    leaves | st.sampled_from(["VKYC", "sms", "userId", "2026-01-31T10:00:00Z", "9999-12-31T23:59:59-14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *("phone", "user_id", "email", "name", "address", "verification_id", "user_reference_id", "user_template"),
    *("agent_template", "notification_types", "aadhaar_details", "security_questions", "app_id", "product"),
    *("metadata", "authenticated_user", "at"),
)
WRITES = [
    *(("POST", path) for path in (USER, VKYC, TOKEN, f"{CASES}/%s/resend-notification", f"{CASES}/%s/cancel")),
    *(("PATCH", USER), ("PUT", f"{CASES}/%s/schedule")),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WRITES), st.dictionaries(st.sampled_from(FIELDS), anything, max_size=6), st.data())
def test_whatever_a_body_or_a_query_holds_it_is_never_our_fault(
    api: Api, operation: tuple[str, str], body: dict[str, Any], data: st.DataObject
) -> None:
    method, path = operation
    if "%s" in path:
        path = path.replace("%s", new_case(api)["verification_id"])
    answer = api.call(method, path, body)
    assert answer.status < 500, answer
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    names = ("status", "phone", "since", "until", "after", "limit", "agent_id", "user_reference_id", "reference_id")
    query = data.draw(st.dictionaries(st.sampled_from(names), text, max_size=3))
    for asked in (CASES, VKYC, USER):
        assert api.get(asked, **query).status < 500, (asked, query)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_times_at_the_ends_of_the_calendar_are_times_like_any_other(api: Api, at: str) -> None:
    for name in ("since", "until", "reviewed_since", "reviewed_until"):
        assert api.get(f"{CASES}?{name}={at}").status == 200
    case = new_case(api)
    assert_refused(api.get(f"{CASES}/{case['verification_id']}/slots?from={at}"), 400, "from_value_invalid")
