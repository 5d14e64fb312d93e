"""`/verification/oauth/token`: who gets a token, and that it opens that case alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dastak.journeys.video_kyc.errors import TokenRefused
from unit.journeys.video_kyc.house import MERCHANT, MORNING
from unit.web.calling import TOKEN, Calls

WHOLE: dict[str, Any] = {
    "app_id": "app-1",
    "product": "VKYC",
    "metadata": {"vkyc_request_id": 1},
    "authenticated_user": {"identifier_type": "userId", "identifier_value": "test11"},
}


def asked(made: dict[str, Any], identifier: object = "test11", type_: str = "userId") -> dict[str, Any]:
    whom = {"identifier_type": type_, "identifier_value": identifier}
    return {**WHOLE, "metadata": {"vkyc_request_id": made["reference_id"]}, "authenticated_user": whom}


@pytest.fixture
def calls() -> Calls:
    return Calls()


async def test_a_token_opens_its_case_and_no_other(calls: Calls) -> None:
    made, other = await calls.case("one"), await calls.case("two")
    answer = await calls.post(TOKEN, asked(made))
    assert answer.status == 200
    assert list(answer.json) == ["access_token", "expiry", "expires_at"]
    assert answer.json["expiry"] == answer.json["expires_at"] == "2026-01-10T12:45:00+05:30"
    assert datetime.fromisoformat(answer.json["expiry"]) == MORNING + timedelta(minutes=15)
    codes = [link["vkyc_link"].rpartition("/")[2] for link in (made, other)]
    assert (await calls.house.customer.enter_with_token(codes[0], answer.json["access_token"])).code == codes[0]
    with pytest.raises(TokenRefused):
        await calls.house.customer.enter_with_token(codes[1], answer.json["access_token"])


@pytest.mark.parametrize("as_text", [True, False])
async def test_numbers_may_be_texts_and_texts_numbers(calls: Calls, as_text: bool) -> None:
    made = await calls.case()
    body = asked(made, "9876543210" if as_text else 9876543210, "mobile")
    body["metadata"] = {"vkyc_request_id": str(made["reference_id"]) if as_text else made["reference_id"]}
    assert (await calls.post(TOKEN, body)).status == 200
    by_number = asked(made, made["user_reference_id"])
    assert (await calls.post(TOKEN, by_number)).status == 200


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"app_id": None}, "app_id_missing"),
        ({"app_id": "a" * 101}, "app_id_length_exceeded"),
        ({"app_id": "a\n"}, "app_id_value_invalid"),
        ({"product": None}, "product_missing"),
        ({"product": "KYC"}, "product_value_invalid"),
        ({"metadata": None}, "metadata.vkyc_request_id_missing"),
        ({"metadata": "1"}, "metadata_value_invalid"),
        ({"metadata": {"vkyc_request_id": "v-1"}}, "metadata.vkyc_request_id_value_invalid"),
        ({"authenticated_user": {}}, "authenticated_user.identifier_type_missing"),
        ({"authenticated_user": {"identifier_type": "pan"}}, "authenticated_user.identifier_type_value_invalid"),
        ({"authenticated_user": {"identifier_type": "mobile"}}, "authenticated_user.identifier_value_missing"),
        (
            {"authenticated_user": {"identifier_type": "mobile", "identifier_value": True}},
            "authenticated_user.identifier_value_value_invalid",
        ),
        (
            {"authenticated_user": {"identifier_type": "mobile", "identifier_value": "9" * 51}},
            "authenticated_user.identifier_value_length_exceeded",
        ),
    ],
)
async def test_what_cannot_be_a_request_is_refused(calls: Calls, fields: dict[str, Any], code: str) -> None:
    answer = await calls.post(TOKEN, {**WHOLE, **fields})
    assert (answer.status, answer.code) == (400, code)


async def test_nobody_else_gets_one(calls: Calls) -> None:
    made = await calls.case()
    for answer in (
        await calls.post(TOKEN, asked(made, "somebody")),
        await calls.post(TOKEN, asked({"reference_id": made["reference_id"] + 1})),
        await Calls(calls.house, "mer_2").post(TOKEN, asked(made)),
    ):
        assert (answer.status, answer.code) == (404, "Resource not found")


async def test_a_case_that_is_over_takes_no_token(calls: Calls) -> None:
    made = await calls.case()
    await calls.house.merchant.cancel(MERCHANT, "test333")
    answer = await calls.post(TOKEN, asked(made))
    assert (answer.status, answer.code) == (409, "case_closed")
