"""`/api/v1/operators` on a running server."""

import json
import uuid
from typing import Any

import pytest

from integration.api.asserting import assert_refused
from support.api import Api
from support.server import RunningServer

pytestmark = pytest.mark.slow

PATH = "/api/v1/operators"
WEEK = {"windows": [{"weekday": "mon", "from": "09:30", "to": "24:00"}], "days_off": ["2026-01-26"]}


def new(**fields: object) -> dict[str, Any]:
    """A body that makes an operator whom no other test knows."""
    email = f"meera.{uuid.uuid4().hex}@asha.example"
    return {"name": "Meera Nair", "email": email, "roles": ["agent"], **fields}


def made(api: Api, **fields: object) -> dict[str, Any]:
    answer = api.post(PATH, new(**fields))
    assert answer.status == 201, answer
    found: dict[str, Any] = answer.json
    return found


def test_an_operator_is_made_read_and_listed(api: Api, server: RunningServer) -> None:
    asked = new(roles=["auditor", "agent"])
    answer = api.post(PATH, asked)
    assert answer.status == 201
    operator = answer.json
    assert operator["id"].startswith("opr_")
    assert {name: operator[name] for name in ("name", "email", "active", "presence")} == {
        "name": asked["name"],
        "email": asked["email"],
        "active": True,
        "presence": None,
    }
    assert operator["roles"] == ["agent", "auditor"]
    assert operator["availability"] == {"time_zone": "Asia/Kolkata", "windows": [], "days_off": []}
    assert operator["sign_in_url"] == f"{server.url}/console/sign-in?merchant={server.merchant.id}"
    assert api.get(f"{PATH}/{operator['id']}").json == operator
    assert operator in api.get(PATH).json["data"]


def test_another_merchant_sees_none_of_it_and_may_use_the_address_itself(api: Api, other: Api) -> None:
    operator = made(api)
    path = f"{PATH}/{operator['id']}"
    for answer in (
        other.get(path),
        other.patch(path, {"name": "Mine"}),
        other.post(f"{path}/deactivate"),
        other.put(f"{path}/availability", WEEK),
    ):
        assert_refused(answer, 404, "Resource not found")
    assert operator["id"] not in {one["id"] for one in other.get(PATH).json["data"]}
    made(other, email=operator["email"])


def test_an_address_is_taken_in_any_spelling_even_of_one_who_was_deactivated(api: Api) -> None:
    operator = made(api)
    for email in (operator["email"], operator["email"].upper()):
        assert_refused(api.post(PATH, new(email=email)), 409, "operator_email_taken")
    api.post(f"{PATH}/{operator['id']}/deactivate")
    assert_refused(api.post(PATH, new(email=operator["email"])), 409, "operator_email_taken")


def test_name_and_roles_change_each_by_itself(api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    assert api.patch(path, {"name": "Meera K. Nair"}).json["roles"] == ["agent"]
    changed = api.patch(path, {"roles": ["auditor"]}).json
    assert (changed["name"], changed["roles"]) == ("Meera K. Nair", ["auditor"])
    assert api.patch(path, {}).json["name"] == "Meera K. Nair"
    assert changed["updated_at"] > changed["created_at"]


def test_deactivated_and_activated_again_twice_is_harmless(api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    for act, active in (("deactivate", False), ("deactivate", False), ("activate", True), ("activate", True)):
        answer = api.post(f"{path}/{act}")
        assert (answer.status, answer.json["active"]) == (200, active)


def test_availability_is_replaced_as_a_whole_and_windows_that_touch_become_one(api: Api) -> None:
    path = f"{PATH}/{made(api)['id']}"
    assert api.put(f"{path}/availability", WEEK).json["availability"] == {"time_zone": "Asia/Kolkata", **WEEK}
    two = [{"weekday": "tue", "from": "12:00", "to": "18:00"}, {"weekday": "tue", "from": "09:00", "to": "12:00"}]
    week = api.put(f"{path}/availability", {"windows": two}).json["availability"]
    assert week["windows"] == [{"weekday": "tue", "from": "09:00", "to": "18:00"}]
    assert week["days_off"] == []
    assert api.get(path).json["availability"] == week


def test_the_same_request_under_one_key_makes_one_operator(api: Api) -> None:
    asked = json.dumps(new()).encode()
    headers = {"Idempotency-Key": uuid.uuid4().hex, "content-type": "application/json"}
    first, again = (api.raw("POST", PATH, asked, headers) for _ in range(2))
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json == again.json


BAD: list[tuple[dict[str, object], str]] = [
    ({"name": None}, "name_missing"),
    ({"name": " Meera"}, "name_value_invalid"),
    ({"name": "Meera\nNair"}, "name_value_invalid"),
    ({"name": "a\u202eb"}, "name_value_invalid"),
    ({"name": "\ud800"}, "name_value_invalid"),
    ({"name": "a" * 101}, "name_length_exceeded"),
    ({"email": ""}, "email_missing"),
    ({"email": "meera"}, "email_value_invalid"),
    ({"email": "a@b.example\r\nBcc: x@y.example"}, "email_value_invalid"),
    ({"email": "=?utf-8?q?x?=@b.example"}, "email_value_invalid"),
    ({"email": "a@b.example, c@d.example"}, "email_value_invalid"),
    ({"email": f"a@{'b' * 260}.example"}, "email_length_exceeded"),
    ({"roles": None}, "roles_missing"),
    ({"roles": []}, "roles_value_invalid"),
    ({"roles": ["admin"]}, "roles_value_invalid"),
    ({"roles": "agent"}, "roles_value_invalid"),
    ({"role": ["agent"]}, "unknown_field"),
]


@pytest.mark.parametrize(("fields", "code"), BAD)
def test_what_cannot_be_an_operator_is_refused(api: Api, fields: dict[str, object], code: str) -> None:
    assert_refused(api.post(PATH, new(**fields)), 400, code)


BAD_WEEKS: list[tuple[dict[str, object], str]] = [
    ({"windows": "mon"}, "windows"),
    ({"windows": ["mon"]}, "windows"),
    ({"windows": [{"weekday": "mon", "from": "10:00"}]}, "windows"),
    ({"windows": [{"weekday": "Monday", "from": "10:00", "to": "11:00"}]}, "windows"),
    ({"windows": [{"weekday": ["mon"], "from": "10:00", "to": "11:00"}]}, "windows"),
    ({"windows": [{"weekday": "mon", "from": 10, "to": "11:00"}]}, "windows"),
    ({"windows": [{"weekday": "mon", "from": "10:00", "to": "10:00"}]}, "windows"),
    ({"windows": [{"weekday": "mon", "from": "22:00", "to": "06:00"}]}, "windows"),
    ({"windows": [{"weekday": "mon", "from": "10:00", "to": "24:15"}]}, "windows"),
    ({"days_off": "2026-01-26"}, "days_off"),
    ({"days_off": ["26.01.2026"]}, "days_off"),
    ({"days_off": ["2026-02-30"]}, "days_off"),
    ({"days_off": ["2026-W01-1"]}, "days_off"),
    ({"days_off": [20260126]}, "days_off"),
    ({"days_off": ["2026-01-26T10:00:00"]}, "days_off"),
]


@pytest.mark.parametrize(("week", "field"), BAD_WEEKS)
def test_what_cannot_be_a_week_is_refused(api: Api, week: dict[str, object], field: str) -> None:
    answer = api.put(f"{PATH}/opr_unknown/availability", week)
    assert_refused(answer, 400, f"{field}_value_invalid")


def test_an_operator_that_never_was_is_not_found(api: Api) -> None:
    for identifier in ("opr_unknown", "%E0%A4%95", "%00", "a" * 3000):
        path = f"{PATH}/{identifier}"
        assert_refused(api.get(path), 404, "Resource not found")
        assert_refused(api.patch(path, {"name": "x"}), 404, "Resource not found")
