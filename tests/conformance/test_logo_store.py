"""What every `LogoStore` promises."""

import os

import pytest

from conformance.house import House, Ports
from conformance.values import a_merchant
from dastak.accounts.logo import MOST_LOGOS, Logo, TooManyLogos


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def test_a_logo_comes_back_as_it_was_and_is_its_merchant_s_alone(house: House) -> None:
    body = os.urandom(20_000)
    await house.ports.logos.add_logo(Logo("mer_1", "lgo_1", body))
    await house.ports.logos.add_logo(Logo("mer_2", "lgo_1", b"other"))
    await house.crash()
    assert await house.ports.logos.logo("mer_1", "lgo_1") == body
    assert await house.ports.logos.logo("mer_2", "lgo_1") == b"other"
    assert await house.ports.logos.logo("mer_1", "lgo_2") is None


async def test_a_logo_is_dropped_and_that_twice_is_harmless(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.logos.add_logo(Logo(merchant_id, "lgo_1", b"x"))
    for _ in range(2):
        await ports.logos.drop_logo("mer_1", "lgo_1")
    assert await ports.logos.logo("mer_1", "lgo_1") is None
    assert await ports.logos.logo("mer_2", "lgo_1") == b"x"


async def test_logos_of_a_merchant_are_bounded(ports: Ports) -> None:
    for number in range(MOST_LOGOS):
        await ports.logos.add_logo(Logo("mer_1", f"lgo_{number}", b"x"))
    with pytest.raises(TooManyLogos):
        await ports.logos.add_logo(Logo("mer_1", "lgo_more", b"x"))
    await ports.logos.add_logo(Logo("mer_2", "lgo_more", b"x"))
