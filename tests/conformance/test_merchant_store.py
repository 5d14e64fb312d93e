"""What every `MerchantStore` promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from conformance.house import House, Ports
from conformance.values import NOW, a_merchant
from dastak.accounts.merchant import ApiKey, Brand, OwnWords


async def test_a_merchant_comes_back_as_it_was_by_id_and_by_each_client_id(ports: Ports) -> None:
    keys = (
        ApiKey("dk_b", "dks_1", NOW, revoked_at=NOW + timedelta(days=1)),
        ApiKey("dk_a", "dks_2", NOW + timedelta(seconds=1), None, "Löan app", NOW, "dk_b", NOW + timedelta(days=2)),
    )
    merchant = replace(a_merchant(), keys=keys, name="Ünïcode & Söhne", signing_client_id="dk_a", version=3)
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


async def test_keys_are_added_changed_and_dropped_together_and_the_chosen_one_with_them(house: House) -> None:
    merchants = house.ports.merchants
    old, gone = ApiKey("dk_a", "dks_1", NOW), ApiKey("dk_b", "dks_2", NOW + timedelta(seconds=1))
    await merchants.add_merchant(replace(a_merchant(), keys=(old, gone)))
    await merchants.add_merchant(a_merchant("mer_2"))
    changed = replace(old, label="Old", ends_at=NOW + timedelta(days=1), successor="dk_c", revoked_at=NOW)
    new = ApiKey("dk_c", "dks_3", NOW + timedelta(seconds=2), label="New")
    assert await merchants.save_keys(replace(a_merchant(), keys=(changed, new), signing_client_id="dk_c"))
    wanted = replace(a_merchant(), keys=(changed, new), signing_client_id="dk_c", version=2)
    assert await merchants.merchant("mer_1") == await merchants.merchant_now("mer_1") == wanted
    assert await merchants.merchant_by_client_id("dk_c") == wanted
    assert await merchants.merchant("mer_2") == a_merchant("mer_2")
    await house.crash()
    assert await house.ports.merchants.merchant("mer_1") == wanted


async def test_of_two_who_change_keys_at_once_one_has_to_look_again(ports: Ports) -> None:
    await ports.merchants.add_merchant(a_merchant())
    one = replace(a_merchant(), keys=(*a_merchant().keys, ApiKey("dk_x", "dks_x", NOW + timedelta(days=1))))
    other = replace(a_merchant(), signing_client_id="dk_mer_1")
    assert sorted(await asyncio.gather(*(ports.merchants.save_keys(each) for each in (one, other)))) == [False, True]
    kept = await ports.merchants.merchant_now("mer_1")
    assert kept in (replace(one, version=2), replace(other, version=2))
    assert not await ports.merchants.save_keys(a_merchant("mer_none"))


async def test_what_was_just_saved_is_what_everybody_reads_then(ports: Ports) -> None:
    """Also those whose reading was under way meanwhile: what is old is not remembered."""
    await ports.merchants.add_merchant(a_merchant())
    for version in range(1, 30):
        saved, *_ = await asyncio.gather(
            ports.merchants.save_keys(replace(a_merchant(), version=version)),
            *(ports.merchants.merchant_now("mer_1") for _ in range(4)),
        )
        kept = await ports.merchants.merchant_now("mer_1")
        assert saved
        assert kept is not None
        assert kept.version == version + 1


async def test_the_use_of_a_key_is_noted_and_changes_nothing_else(ports: Ports) -> None:
    await ports.merchants.add_merchant(a_merchant())
    await ports.merchants.note_use("mer_1", "dk_mer_1", NOW)
    await ports.merchants.note_use("mer_2", "dk_mer_1", NOW + timedelta(days=1))
    (key,) = a_merchant().keys
    assert await ports.merchants.merchant_now("mer_1") == replace(a_merchant(), keys=(replace(key, last_used_at=NOW),))
    assert await ports.merchants.save_keys(a_merchant())
    kept = await ports.merchants.merchant_now("mer_1")
    assert kept is not None
    assert kept.keys[0].last_used_at == NOW


async def test_secrets_are_sealed_on_the_disk(house: House) -> None:
    await house.ports.merchants.add_merchant(a_merchant())
    assert b"dks_mer_1_secret" not in await house.on_disk()


async def test_a_merchant_s_time_zone_is_india_s_until_another_is_set_and_is_nobody_else_s(house: House) -> None:
    merchants = house.ports.merchants
    for merchant_id in ("mer_1", "mer_2"):
        await merchants.add_merchant(a_merchant(merchant_id))
    assert await merchants.set_time_zone("mer_1", "Europe/Berlin")
    assert not await merchants.set_time_zone("mer_3", "Europe/Berlin")
    await house.crash()
    zones = [merchant.time_zone for merchant in await house.ports.merchants.merchants()]
    assert zones == ["Europe/Berlin", "Asia/Kolkata"]


async def test_name_brand_and_words_are_saved_together_and_guarded_by_the_same_version_as_keys(house: House) -> None:
    merchants = house.ports.merchants
    await merchants.add_merchant(a_merchant())
    shown = replace(
        a_merchant(),
        name="Äsha Finance",
        brand=Brand("#0f4c48", "lgo_1", "Call 1800 — free"),
        words={"otp": OwnWords("Your code", "{code} «code»")},
    )
    assert await merchants.save_brand(shown)
    assert await merchants.merchant("mer_1") == replace(shown, version=2)
    assert not await merchants.save_brand(shown)
    assert not await merchants.save_keys(a_merchant())
    assert not await merchants.save_brand(a_merchant("mer_none"))
    await house.crash()
    assert await house.ports.merchants.merchant("mer_1") == replace(shown, version=2)
