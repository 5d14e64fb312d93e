"""Merchants make users, cases and access tokens."""

import asyncio
from datetime import date, timedelta

import pytest

from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.video_kyc import access_token
from dastak.journeys.video_kyc.errors import (
    CaseClosed,
    CaseNotFound,
    DuplicateUserId,
    TokenRefused,
    UnknownVkycTemplate,
    UserNotFound,
)
from dastak.journeys.video_kyc.issuing import NewCase, NewUser, UserPatch
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, DEFAULT_AGENT_TEMPLATE
from unit.journeys.video_kyc.house import MERCHANT, House


@pytest.fixture
def house() -> House:
    return House()


async def test_a_user_keeps_phone_and_ids_whatever_is_patched(house: House) -> None:
    user = await house.issuer.create_user(MERCHANT, NewUser("9876543210", "u-1", name="Asha"))
    changed = await house.issuer.change_user(MERCHANT, "u-1", None, UserPatch(email="a@example.com"))
    found = await house.issuer.find_user(MERCHANT, None, user.user_reference_id)
    assert (found.phone, found.name, found.email) == ("9876543210", "Asha", "a@example.com")
    assert changed.user_reference_id == user.user_reference_id


async def test_a_user_without_an_id_gets_one(house: House) -> None:
    user = await house.issuer.create_user(MERCHANT, NewUser("9876543210"))
    assert user.user_id.startswith("usr_")
    assert len(user.user_id) <= 50


async def test_a_user_id_is_used_once_and_is_nobody_else_s(house: House) -> None:
    user = await house.issuer.create_user(MERCHANT, NewUser("9876543210", "u-1"))
    with pytest.raises(DuplicateUserId):
        await house.issuer.create_user(MERCHANT, NewUser("9876543211", "u-1"))
    for user_id, number in (("u-1", user.user_reference_id + 1), ("u-2", None), (None, 999), (None, None)):
        with pytest.raises(UserNotFound):
            await house.issuer.find_user(MERCHANT, user_id, number)
    with pytest.raises(UserNotFound):
        await house.issuer.find_user("mer_2", "u-1", None)


async def test_a_case_is_made_with_its_first_event_and_its_invitations_for_thirty_days(house: House) -> None:
    case = await house.new_case("v-1", "sms", "email", "whatsapp")
    assert house.heard() == [("LINK_GENERATED", "LINK_GENERATED")]
    assert case.link_expiry == date(2026, 2, 9)
    assert case.vkyc_link == f"https://kyc.example.com/verification/{case.code}"
    assert [(one.channel, one.recipient) for one in house.cases.messages] == [
        ("sms", "9876543210"),
        ("email", "asha@example.com"),
        ("whatsapp", "9876543210"),
    ]
    assert all(case.vkyc_link in one.text for one in house.cases.messages)
    assert await house.issuer.find(MERCHANT, "v-1", case.reference_id) == case
    for verification_id, number in (("v-1", 999), (None, 999), ("v-2", None), (None, None)):
        with pytest.raises(CaseNotFound):
            await house.issuer.find(MERCHANT, verification_id, number)


async def test_a_verification_id_is_used_once(house: House) -> None:
    await house.new_case("v-1")
    with pytest.raises(DuplicateVerificationId):
        await house.issuer.create_case(MERCHANT, NewCase("v-1", "user-v-1"))


@pytest.mark.parametrize(
    "new", [NewCase("v-2", "user-v-1", user_template="x"), NewCase("v-2", "user-v-1", None, None, "x")]
)
async def test_a_template_must_exist(house: House, new: NewCase) -> None:
    await house.new_case("v-1")
    with pytest.raises(UnknownVkycTemplate):
        await house.issuer.create_case(MERCHANT, new)


async def test_without_questions_from_the_merchant_some_of_the_bank_are_asked_and_differ(house: House) -> None:
    await house.new_case("v-1")
    template = AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE]
    drawn = set()
    for number in range(20):
        case = await house.issuer.create_case(MERCHANT, NewCase(f"q-{number}", "user-v-1"))
        texts = tuple(one.question for one in case.questions)
        assert len(set(texts)) == template.questions_asked
        assert set(texts) <= set(template.question_bank)
        drawn.add(texts)
    assert len(drawn) > 1


async def test_an_access_token_opens_its_case_for_a_while(house: House) -> None:
    case = await house.new_case("v-1")
    other = await house.new_case("v-2")
    made = await house.issuer.access_token(MERCHANT, case.reference_id, case.phone)
    assert await house.issuer.access_token(MERCHANT, case.reference_id, case.user_id) == made
    assert (await house.customer.enter_with_token(case.code, made.token)).id == case.id
    with pytest.raises(TokenRefused):
        await house.customer.enter_with_token(other.code, made.token)
    house.clock.advance(access_token.LIFE)
    with pytest.raises(TokenRefused):
        await house.customer.enter_with_token(case.code, made.token)


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 54, "====", "a b", "A" * 4000])
async def test_what_is_no_token_of_ours_opens_nothing(house: House, token: str) -> None:
    case = await house.new_case("v-1")
    with pytest.raises(TokenRefused):
        await house.customer.enter_with_token(case.code, token)


async def test_a_token_is_for_the_user_of_the_case_and_for_an_open_case(house: House) -> None:
    case = await house.new_case("v-1")
    with pytest.raises(CaseNotFound):
        await house.issuer.access_token(MERCHANT, case.reference_id, "somebody")
    with pytest.raises(CaseNotFound):
        await house.issuer.access_token("mer_2", case.reference_id, case.phone)
    await house.merchant.cancel(MERCHANT, "v-1")
    with pytest.raises(CaseClosed):
        await house.issuer.access_token(MERCHANT, case.reference_id, case.phone)


async def test_of_two_patches_at_once_both_are_kept(house: House) -> None:
    await house.issuer.create_user(MERCHANT, NewUser("9876543210", "u-1"))
    await asyncio.gather(
        house.issuer.change_user(MERCHANT, "u-1", None, UserPatch(name="Asha")),
        house.issuer.change_user(MERCHANT, "u-1", None, UserPatch(address="Pune")),
    )
    user = await house.issuer.find_user(MERCHANT, "u-1", None)
    assert (user.name, user.address) == ("Asha", "Pune")
    assert user.created_at + timedelta(0) == house.clock()
