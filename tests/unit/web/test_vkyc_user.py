"""`/verification/user`: the contract's fields, rules and refusals."""

from typing import Any

import pytest

from unit.web.calling import USER, Calls

FIELDS = ["user_reference_id", "user_id", "phone", "email", "name", "address"]
WHOLE = {
    "phone": "9988776655",
    "user_id": "test.11-a_B",
    "email": "john@example.com",
    "name": "John D'Souza",
    "address": "12, MG Road\nPune",
}


@pytest.fixture
def calls() -> Calls:
    return Calls()


async def test_a_user_is_given_back_as_it_was_sent_in_the_contract_s_order(calls: Calls) -> None:
    made = await calls.post(USER, WHOLE)
    assert made.status == 200
    assert list(made.json) == FIELDS
    assert {name: made.json[name] for name in WHOLE} == WHOLE
    assert type(made.json["user_reference_id"]) is int
    for query in ({"user_id": WHOLE["user_id"]}, {"user_reference_id": made.json["user_reference_id"]}):
        assert (await calls.get(USER, **query)).json == made.json


async def test_only_the_phone_is_needed(calls: Calls) -> None:
    user = await calls.user()
    assert user["user_id"].startswith("usr_")
    assert [user[name] for name in ("email", "name", "address")] == [None, None, None]


async def test_a_patch_changes_what_it_names_and_never_the_phone(calls: Calls) -> None:
    user = await calls.user(**WHOLE)
    changed = await calls.call("PATCH", USER, {"user_id": user["user_id"], "email": "new@example.com", "name": None})
    assert changed.json == {**user, "email": "new@example.com"}
    by_number = {"user_reference_id": str(user["user_reference_id"]), "address": "Nagpur", "phone": user["phone"]}
    assert (await calls.call("PATCH", USER, by_number)).json == {**changed.json, "address": "Nagpur"}
    refused = await calls.call("PATCH", USER, {"user_id": user["user_id"], "name": "X", "phone": "9988776656"})
    assert (refused.status, refused.code) == (400, "phone_value_invalid")
    assert (await calls.get(USER, user_id=user["user_id"])).json["name"] == WHOLE["name"]


async def test_both_ids_must_mean_the_same_user(calls: Calls) -> None:
    one, two = await calls.user(user_id="one"), await calls.user(user_id="two")
    right = await calls.get(USER, user_id="one", user_reference_id=one["user_reference_id"])
    wrong = await calls.get(USER, user_id="one", user_reference_id=two["user_reference_id"])
    assert (right.status, wrong.status, wrong.code) == (200, 404, "Resource not found")


async def test_a_user_id_is_used_once(calls: Calls) -> None:
    await calls.user(user_id="one")
    again = await calls.post(USER, {"phone": "9988776655", "user_id": "one"})
    assert (again.status, again.code) == (409, "user_id_already_exists")


async def test_another_merchant_sees_no_user(calls: Calls) -> None:
    user = await calls.user(user_id="one")
    other = Calls(calls.house, "mer_2")
    for query in ({"user_id": "one"}, {"user_reference_id": user["user_reference_id"]}):
        assert (await other.get(USER, **query)).code == "Resource not found"
        assert (await other.call("PATCH", USER, {**query, "name": "Mine"})).code == "Resource not found"
    assert (await other.post(USER, {"phone": "9988776655", "user_id": "one"})).status == 200


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"phone": None}, "phone_missing"),
        ({"phone": 9988776655}, "phone_value_invalid"),
        ({"phone": "98"}, "phone_value_invalid"),
        ({"phone": "1" * 15}, "phone_length_exceeded"),
        ({"user_id": "a b"}, "user_id_value_invalid"),
        ({"user_id": 7}, "user_id_value_invalid"),
        ({"user_id": "x" * 51}, "user_id_length_exceeded"),
        ({"email": "nobody"}, "email_value_invalid"),
        ({"email": "a" * 260 + "@b.in"}, "email_length_exceeded"),
        ({"name": " Asha"}, "name_value_invalid"),
        ({"name": "Asha\n"}, "name_value_invalid"),
        ({"name": "\u202eAsha"}, "name_value_invalid"),
        ({"name": "\ud800"}, "name_value_invalid"),
        ({"name": ["Asha"]}, "name_value_invalid"),
        ({"name": "a" * 101}, "name_length_exceeded"),
        ({"address": "\x00"}, "address_value_invalid"),
        ({"address": {}}, "address_value_invalid"),
        ({"address": "a" * 501}, "address_length_exceeded"),
    ],
)
async def test_what_cannot_be_a_user_is_refused(calls: Calls, fields: dict[str, Any], code: str) -> None:
    answer = await calls.post(USER, {**WHOLE, **fields})
    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    ("ids", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"user_id": ""}, 400, "invalid_request"),
        ({"user_reference_id": "0"}, 400, "user_reference_id_value_invalid"),
        ({"user_reference_id": "x"}, 400, "user_reference_id_value_invalid"),
        ({"user_reference_id": "9" * 30}, 400, "user_reference_id_value_invalid"),
        ({"user_id": "a/b"}, 400, "user_id_value_invalid"),
        ({"user_id": "nobody"}, 404, "Resource not found"),
        ({"user_reference_id": 2**53 - 1}, 404, "Resource not found"),
    ],
)
async def test_whom_a_call_must_name(calls: Calls, ids: dict[str, Any], status: int, code: str) -> None:
    for answer in (await calls.get(USER, **ids), await calls.call("PATCH", USER, ids)):
        assert (answer.status, answer.code) == (status, code)
