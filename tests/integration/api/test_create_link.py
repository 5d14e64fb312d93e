"""POST /verification/form: what is accepted, what is refused and with which code (contract.md §2.7, §3.1)."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dastak.journeys.calendar import today_in_india
from dastak.web.api.kyc_link import new_link
from dastak.web.api.problem import Problem
from integration.api.asserting import assert_refused
from support.api import Answer, Api, new_verification_id
from support.server import RunningServer

PATH = "/verification/form"
MISSING = object()
TEMPLATE_CODE = "Bad request, please check API documentation"


def body(**fields: Any) -> dict[str, Any]:
    whole = {
        "phone": "9999999999",
        "template_name": "Full_kyc",
        "verification_id": new_verification_id(),
        "name": "Asha Rao",
        "email": "asha@example.com",
    } | fields
    return {name: value for name, value in whole.items() if value is not MISSING}


def today() -> date:
    return today_in_india(datetime.now(UTC))


def test_the_answer_has_the_fields_of_the_contract_in_its_order(api: Api, server: RunningServer) -> None:
    asked = body(notification_types=["sms", "email", "whatsapp"])
    answer = api.post(PATH, asked)
    assert answer.status == 200
    assert list(answer.json) == [
        "name",
        "phone",
        "email",
        "verification_id",
        "reference_id",
        "form_link",
        "form_status",
    ]
    assert {name: answer.json[name] for name in ("name", "phone", "email", "verification_id")} == {
        name: asked[name] for name in ("name", "phone", "email", "verification_id")
    }
    assert answer.json["form_status"] == "RECEIVED"
    assert isinstance(answer.json["reference_id"], int)
    assert answer.json["reference_id"] > 0
    assert answer.json["form_link"].startswith(f"{server.url}/verification/")


def test_the_invitation_is_sent_once_on_every_channel_asked_for(other: Api, server: RunningServer) -> None:
    link = other.post(PATH, body(notification_types=["sms", "sms", "email"])).json
    merchant = server.merchants[1].id
    for channel in ("sms", "email"):
        server.wait_for_log(purpose="link", channel=channel, outcome="sent", merchant_id=merchant)
    assert sum(link["form_link"] in line for line in server.lines()) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verification_id", "a"),
        ("verification_id", "A.b-c_9" + "x" * 43),
        ("name", "Asha"),
        ("name", "A. B-c 9"),
        ("name", "आशा राव"),
        ("name", "é" * 100),
        ("name", None),
        ("name", ""),
        ("name", MISSING),
        ("email", None),
        ("email", "a+b@xn--p1ai.example.in"),
        ("phone", "+919999999999"),
        ("phone", "99999999"),
        ("link_expiry", None),
        ("link_expiry", ""),
        ("notification_types", None),
        ("notification_types", []),
        ("something_else", {"ignored": [1, None]}),
    ],
)
def test_a_link_is_made_with(api: Api, field: str, value: Any) -> None:
    if field == "verification_id":
        value = f"{value[: 50 - 13]}{new_verification_id()[-13:]}"
    answer = api.post(PATH, body(**{field: value}))
    assert answer.status == 200, answer
    if field in answer.json:
        assert answer.json[field] == (value if value not in ("", MISSING) else None)


def each(field: str, code: str, *values: Any) -> list[tuple[str, Any, str]]:
    return [(field, value, code) for value in values]


NOT_TEXT: tuple[Any, ...] = (7, 1.5, True, [], {}, ["a"])
NO_IDENTIFIERS = ("a b", "a/b", "ü", "a\n", "\x00", "a'--", "a\ud800", "\uff11")
NO_NAMES = (" ", "-", "<b>", "a_b", "a@b", "a\x00b", "a\nb", "a\ud800", "😀", "a" * 99 + "!")
NO_EMAILS = (
    "a",
    "a@b",
    "a@@b.in",
    "a b@c.in",
    "a@b.in\r\nBcc: c@d.in",
    "<a@b.in>",
    "\x00@b.in",
    "\ud800@b.in",
    "@b.in",
    "a@b.c",
)
NO_PHONES = ("1234567", "99999 99999", "abcdefgh", "+", "99999999\n", "९९९९९९९९९९", "\x00" * 8)
NO_CHANNELS: tuple[Any, ...] = ("sms", ["post"], ["SMS"], [1], [None], {}, 7, [["sms"]])
NO_DATES: tuple[Any, ...] = (
    *("tomorrow", "2025-02-30", "01-01-2030", "2026/01/01", "20260101", "2026-1-5", "9999-12-31", "0001-01-01"),
    *("\ud800", "2026-01-01T00:00:00", "२०२६-०१-०१", 20260101, [], {}),
)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        *each("phone", "phone_missing", MISSING, None, ""),
        *each("phone", "phone_value_invalid", *NOT_TEXT, *NO_PHONES),
        *each("phone", "phone_length_exceeded", "1" * 15),
        *each("template_name", "template_name_missing", MISSING, None, ""),
        *each("template_name", "template_name_value_invalid", *NOT_TEXT, "no such"),
        *each("template_name", "template_name_length_exceeded", "x" * 51),
        *each("template_name", TEMPLATE_CODE, "No_such", "full_kyc"),
        *each("verification_id", "verification_id_missing", MISSING, None, ""),
        *each("verification_id", "verification_id_value_invalid", *NOT_TEXT, *NO_IDENTIFIERS),
        *each("verification_id", "verification_id_length_exceeded", "x" * 51, "x" * 5000),
        *each("name", "name_value_invalid", *NOT_TEXT, *NO_NAMES),
        *each("name", "name_length_exceeded", "a" * 101),
        *each("email", "email_value_invalid", *NOT_TEXT, *NO_EMAILS),
        *each("email", "email_length_exceeded", "a" * 250 + "@b.in"),
        *each("notification_types", "notification_types_value_invalid", *NO_CHANNELS),
        *each("link_expiry", "REQUEST_INVALID", *NO_DATES),
    ],
)
def test_a_link_is_refused_with(api: Api, field: str, value: Any, code: str) -> None:
    assert_refused(api.post(PATH, body(**{field: value})), 400, code)


def test_inviting_by_email_needs_an_email(api: Api) -> None:
    assert_refused(api.post(PATH, body(email=MISSING, notification_types=["email"])), 400, "email_missing")


def test_the_first_field_that_is_wrong_is_named(api: Api) -> None:
    assert_refused(api.post(PATH, {}), 400, "phone_missing")
    assert_refused(api.post(PATH), 400, "phone_missing")
    assert_refused(api.post(PATH, {"phone": "9999999999"}), 400, "template_name_missing")


def test_a_name_is_judged_at_once_however_it_is_built(api: Api) -> None:
    """A pattern that can match a letter in two ways would take ages over these."""
    for letters in ("क" * 99, "a" * 99, "a." * 49):
        assert_refused(api.post(PATH, body(name=letters + "!")), 400, "name_value_invalid")


@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (0, True), (1, True), (30, True), (31, False)])
def test_the_last_day_may_be_today_in_india_to_thirty_days_on(api: Api, days: int, accepted: bool) -> None:
    expiry = (today() + timedelta(days=days)).isoformat()
    answer = api.post(PATH, body(link_expiry=expiry))
    if accepted:
        assert answer.status == 200
        assert api.link(answer.json["verification_id"])["link_expiry"] == expiry
    else:
        assert_refused(answer, 400, "REQUEST_INVALID")


def test_without_a_last_day_it_is_thirty_days_on(api: Api) -> None:
    link = api.create_link()
    assert api.link(link["verification_id"])["link_expiry"] == (today() + timedelta(days=30)).isoformat()


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        ("2026-01-31T18:29:59.999999+00:00", "2026-01-31", "2026-03-02"),
        ("2026-01-31T18:30:00+00:00", "2026-02-01", "2026-03-03"),
        ("2028-02-28T18:30:00+00:00", "2028-02-29", "2028-03-30"),
    ],
)
def test_the_day_turns_at_midnight_in_india(now: str, first: str, last: str) -> None:
    at = datetime.fromisoformat(now)
    for accepted in (first, last):
        assert new_link(body(link_expiry=accepted), at).link_expiry == date.fromisoformat(accepted)
    for outside in (
        date.fromisoformat(first) - timedelta(days=1),
        date.fromisoformat(last) + timedelta(days=1),
    ):
        with pytest.raises(Problem, match="valid expiry date"):
            new_link(body(link_expiry=outside.isoformat()), at)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-client-id": None}, 400, "x-client-id_missing"),
        ({"x-client-id": ""}, 400, "x-client-id_missing"),
        ({"x-client-secret": None}, 400, "x-client-secret_missing"),
        ({"x-client-id": None, "x-client-secret": None}, 400, "x-client-id_missing"),
        ({"x-client-id": "dk_nobody"}, 401, "authentication_failed"),
        ({"x-client-secret": "wrong"}, 401, "authentication_failed"),
        ({"x-client-id": "x" * 5000}, 401, "authentication_failed"),
        ({"x-client-secret": "x" * 5000}, 401, "authentication_failed"),
        ({"x-client-id": "\xe9\xff"}, 401, "authentication_failed"),
        ({"x-client-secret": "\xe9\xff"}, 401, "authentication_failed"),
        ({"x-client-id": "' OR 1=1 --"}, 401, "authentication_failed"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("GET", PATH), ("GET", "/api/v1/events")])
def test_a_caller_is_turned_away(
    api: Api, headers: dict[str, str | None], status: int, code: str, method: str, path: str
) -> None:
    assert_refused(api.raw(method, path, b"{}" if method == "POST" else None, headers), status, code)


def test_the_secret_of_another_merchant_does_not_fit(api: Api, server: RunningServer) -> None:
    headers = {"x-client-secret": server.merchants[1].client_secret}
    assert_refused(api.raw("GET", PATH, None, headers), 401, "authentication_failed")


def test_headers_of_the_providers_client_are_ignored(api: Api) -> None:
    extra = {"x-api-version": "1999-99-99", "x-sdk-platform": "nodejssdk-4.0.1", "x-cf-signature": "c2ln"}
    created = api.raw("POST", PATH, json.dumps(body()).encode(), extra)
    assert created.status == 200
    assert api.raw("GET", f"{PATH}?referenceID={created.json['reference_id']}", None, extra).status == 200


def test_a_content_type_is_not_needed(api: Api) -> None:
    assert api.raw("POST", PATH, json.dumps(body()).encode(), {"content-type": "text/plain"}).status == 200


def test_a_verification_id_can_be_used_once_per_merchant(api: Api, other: Api) -> None:
    asked = body()
    assert api.post(PATH, asked).status == 200
    assert_refused(api.post(PATH, asked), 409, "verification_id_already_exists")
    assert_refused(
        api.post(PATH, body(verification_id=asked["verification_id"])), 409, "verification_id_already_exists"
    )
    assert other.post(PATH, asked).status == 200
    assert api.post(PATH, body(verification_id=asked["verification_id"].upper())).status == 200


def test_of_twenty_requests_at_one_moment_one_makes_the_link(server: RunningServer) -> None:
    asked, answers, together = body(), list[Answer](), threading.Barrier(20)

    def ask() -> None:
        with server.api() as api:
            together.wait()
            answers.append(api.post(PATH, asked))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 19
    for answer in answers:
        if answer.status == 409:
            assert_refused(answer, 409, "verification_id_already_exists")


def test_reference_ids_and_links_are_never_repeated(api: Api) -> None:
    links = [api.create_link() for _ in range(50)]
    assert len({link["reference_id"] for link in links}) == 50
    assert len({link["form_link"] for link in links}) == 50
