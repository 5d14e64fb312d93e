"""What every `UserStore` promises."""

import asyncio
from dataclasses import replace

import pytest

from conformance.cases import a_user
from conformance.house import House, Ports
from conformance.values import a_merchant
from dastak.journeys.video_kyc.errors import DuplicateUserId


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def test_a_user_is_found_by_both_names_by_its_merchant_only(ports: Ports) -> None:
    user = a_user()
    await ports.vkyc_users.add_user(user)
    assert await ports.vkyc_users.user_by_id("mer_1", user.user_id) == user
    assert await ports.vkyc_users.user_by_reference_id("mer_1", user.user_reference_id) == user
    assert await ports.vkyc_users.user_by_id("mer_2", user.user_id) is None
    assert await ports.vkyc_users.user_by_reference_id("mer_2", user.user_reference_id) is None
    assert await ports.vkyc_users.user_by_id("mer_1", "nobody") is None


async def test_of_many_with_one_user_id_at_once_exactly_one_is_added(ports: Ports) -> None:
    users = [replace(a_user(number), user_id="same") for number in range(1, 11)]
    answers = await asyncio.gather(*(ports.vkyc_users.add_user(user) for user in users), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["DuplicateUserId"] * 9 + ["NoneType"]
    kept = await ports.vkyc_users.user_by_id("mer_1", "same")
    assert kept == users[answers.index(None)]
    await ports.vkyc_users.add_user(replace(a_user(1, "mer_2"), user_id="same"))


async def test_a_user_id_that_is_taken_is_refused(ports: Ports) -> None:
    await ports.vkyc_users.add_user(a_user())
    with pytest.raises(DuplicateUserId):
        await ports.vkyc_users.add_user(replace(a_user(2), user_id=a_user().user_id))


async def test_of_two_changes_of_one_version_one_is_kept(ports: Ports) -> None:
    await ports.vkyc_users.add_user(a_user())
    changed = [replace(a_user(), name=name, address="1 Road") for name in ("A", "B")]
    answers = await asyncio.gather(*(ports.vkyc_users.save_user(user) for user in changed))
    assert sorted(answers) == [False, True]
    kept = await ports.vkyc_users.user_by_id("mer_1", a_user().user_id)
    assert kept == replace(changed[answers.index(True)], version=1)
    assert not await ports.vkyc_users.save_user(a_user(9)), "there is none"


async def test_a_user_survives_a_crash_and_lies_sealed(house: House) -> None:
    await house.ports.vkyc_users.add_user(a_user())
    await house.crash()
    assert await house.ports.vkyc_users.user_by_id("mer_1", a_user().user_id) == a_user()
    disk = await house.on_disk()
    for secret in ("Asha Gupta", "9876543210", "secret.example"):
        assert secret.encode() not in disk
