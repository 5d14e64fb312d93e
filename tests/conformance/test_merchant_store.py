"""What every `MerchantStore` promises."""

from dataclasses import replace
from datetime import timedelta

from conformance.house import House, Ports
from conformance.values import NOW, a_merchant
from dastak.accounts.merchant import ApiKey


async def test_a_merchant_comes_back_as_it_was_by_id_and_by_each_client_id(ports: Ports) -> None:
    keys = (
        ApiKey("dk_b", "dks_1", NOW, revoked_at=NOW + timedelta(days=1)),
        ApiKey("dk_a", "dks_2", NOW + timedelta(seconds=1)),
    )
    merchant = replace(a_merchant(), keys=keys, name="Ünïcode & Söhne")
    await ports.merchants.add_merchant(merchant)
    for _ in range(2):  # from the disk, then perhaps from memory
        assert await ports.merchants.merchant("mer_1") == merchant
        assert await ports.merchants.merchant_by_client_id("dk_a") == merchant
        assert await ports.merchants.merchant_by_client_id("dk_b") == merchant


async def test_keys_come_oldest_first(ports: Ports) -> None:
    old, new = ApiKey("dk_z", "s1", NOW), ApiKey("dk_a", "s2", NOW + timedelta(microseconds=1))
    await ports.merchants.add_merchant(replace(a_merchant(), keys=(new, old)))
    merchant = await ports.merchants.merchant("mer_1")
    assert merchant is not None
    assert [key.client_id for key in merchant.keys] == ["dk_z", "dk_a"]


async def test_an_unknown_merchant_is_none_and_may_be_added_later(ports: Ports) -> None:
    assert await ports.merchants.merchant("mer_1") is None
    assert await ports.merchants.merchant_by_client_id("dk_mer_1") is None
    await ports.merchants.add_merchant(a_merchant())
    assert await ports.merchants.merchant("mer_1") is not None
    assert await ports.merchants.merchant_by_client_id("dk_mer_1") is not None


async def test_merchants_are_listed_oldest_first(ports: Ports) -> None:
    for days, merchant_id in ((2, "mer_a"), (1, "mer_b"), (3, "mer_c")):
        await ports.merchants.add_merchant(replace(a_merchant(merchant_id), created_at=NOW + timedelta(days=days)))
    assert [merchant.id for merchant in await ports.merchants.merchants()] == ["mer_b", "mer_a", "mer_c"]


async def test_contacts_come_back_are_replaced_and_are_nobody_else_s(house: House) -> None:
    merchants = house.ports.merchants
    await merchants.add_merchant(replace(a_merchant(), contacts=("ops@asha.example",)))
    await merchants.add_merchant(a_merchant("mer_2"))
    for contacts in (("ops@asha.example",), ("ä@asha.example", "b@asha.example"), ()):
        assert await merchants.set_contacts("mer_1", contacts)
        one, other = await merchants.merchant("mer_1"), await merchants.merchant("mer_2")
        assert one is not None
        assert other is not None
        assert (one.contacts, other.contacts) == (contacts, ())
    assert not await merchants.set_contacts("mer_3", ())


async def test_contacts_are_sealed_on_the_disk(house: House) -> None:
    await house.ports.merchants.add_merchant(replace(a_merchant(), contacts=("secret-ops@asha.example",)))
    assert b"secret-ops" not in await house.on_disk()


async def test_a_merchant_survives_a_crash(house: House) -> None:
    await house.ports.merchants.add_merchant(a_merchant())
    await house.crash()
    assert await house.ports.merchants.merchants() == [a_merchant()]
