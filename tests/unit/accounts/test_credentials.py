"""Merchants are known by their keys, and sign with the oldest one that is active."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.accounts.credentials import Accounts, MerchantNotFound, UnknownTimeZone
from dastak.accounts.merchant import ApiKey, Merchant

NOW = datetime(2026, 1, 10, tzinfo=UTC)


class MemoryMerchants:
    """A `MerchantStore` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Merchant] = {}
        self.noted: list[tuple[str, str, datetime]] = []
        self.is_broken = False

    async def add_merchant(self, merchant: Merchant) -> None:
        self.kept[merchant.id] = merchant

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        if merchant_id not in self.kept:
            return False
        self.kept[merchant_id] = replace(self.kept[merchant_id], contacts=contacts)
        return True

    async def save_keys(self, merchant: Merchant) -> bool:
        if self.kept[merchant.id].version != merchant.version:
            return False
        self.kept[merchant.id] = replace(merchant, version=merchant.version + 1)
        return True

    async def save_brand(self, merchant: Merchant) -> bool:
        return await self.save_keys(merchant)

    async def note_use(self, merchant_id: str, client_id: str, at: datetime) -> None:
        if self.is_broken:
            raise OSError("the disk is full")
        self.noted.append((merchant_id, client_id, at))

    async def merchant_now(self, merchant_id: str) -> Merchant | None:
        return self.kept.get(merchant_id)

    async def set_time_zone(self, merchant_id: str, time_zone: str) -> bool:
        if merchant_id not in self.kept:
            return False
        self.kept[merchant_id] = replace(self.kept[merchant_id], time_zone=time_zone)
        return True

    async def merchant(self, merchant_id: str) -> Merchant | None:
        return self.kept.get(merchant_id)

    async def merchant_by_client_id(self, client_id: str) -> Merchant | None:
        found = (m for m in self.kept.values() if any(key.client_id == client_id for key in m.keys))
        return next(found, None)

    async def merchants(self) -> Sequence[Merchant]:
        return list(self.kept.values())


@pytest.fixture
def store() -> MemoryMerchants:
    return MemoryMerchants()


class Clock:
    """Says what it is set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(store: MemoryMerchants, clock: Clock) -> Accounts:
    return Accounts(
        store,
        now=clock,
        new_id=lambda prefix: f"{prefix}_1",
        new_client_id=lambda: "dk_1",
        new_client_secret=lambda: "dks_1",
    )


async def test_a_new_merchant_has_one_key_and_is_stored(accounts: Accounts, store: MemoryMerchants) -> None:
    merchant = await accounts.create("Asha Bank")
    assert merchant == Merchant("mer_1", "Asha Bank", (ApiKey("dk_1", "dks_1", NOW),), NOW)
    assert store.kept == {"mer_1": merchant}


async def test_contacts_are_kept_and_replaced(accounts: Accounts) -> None:
    merchant = await accounts.create("Asha Bank", ("ops@asha.example",))
    assert await accounts.contacts(merchant.id) == ("ops@asha.example",)
    await accounts.set_contacts(merchant.id, ("a@asha.example", "b@asha.example"))
    assert await accounts.contacts(merchant.id) == ("a@asha.example", "b@asha.example")
    with pytest.raises(MerchantNotFound, match="mer_other"):
        await accounts.set_contacts("mer_other", ())


async def test_the_right_pair_lets_its_merchant_in(accounts: Accounts) -> None:
    assert await accounts.authenticate("dk_1", "dks_1") is None
    merchant = await accounts.create("Asha Bank")
    assert await accounts.authenticate("dk_1", "dks_1") == merchant


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("dk_1", "dks_2"), ("dk_2", "dks_1"), ("", ""), ("dk_1", ""), ("dk_1", "dks_1 "), ("dk_2", "x" * 48)],
)
async def test_any_other_pair_lets_nobody_in(accounts: Accounts, client_id: str, secret: str) -> None:
    await accounts.create("Asha Bank")
    assert await accounts.authenticate(client_id, secret) is None


@given(secret=st.text(max_size=60))
async def test_no_other_secret_opens_not_even_one_outside_ascii(secret: str) -> None:
    store = MemoryMerchants()
    await store.add_merchant(Merchant("mer_1", "A", (ApiKey("dk_1", "dks_right", NOW),), NOW))
    accounts = Accounts(store, now=lambda: NOW, new_id=str, new_client_id=lambda: "", new_client_secret=lambda: "")
    assert (await accounts.authenticate("dk_1", secret) is None) == (secret != "dks_right")


async def test_a_key_opens_only_with_its_own_secret_and_not_when_revoked(
    accounts: Accounts, store: MemoryMerchants
) -> None:
    keys = (ApiKey("dk_a", "old", NOW, revoked_at=NOW), ApiKey("dk_b", "new", NOW + timedelta(days=1)))
    await store.add_merchant(replace(await accounts.create("Asha Bank"), keys=keys))
    assert await accounts.authenticate("dk_a", "old") is None
    assert await accounts.authenticate("dk_b", "old") is None
    assert await accounts.authenticate("dk_a", "new") is None
    assert await accounts.authenticate("dk_b", "new") is not None


async def test_the_oldest_active_key_signs_and_after_its_revocation_the_next_oldest(
    accounts: Accounts, store: MemoryMerchants
) -> None:
    first, second, third = (ApiKey(f"dk_{n}", f"s{n}", NOW + timedelta(days=n)) for n in range(3))
    merchant = await accounts.create("Asha Bank")
    signed_with = []
    for keys in (
        (first, second, third),
        (replace(first, revoked_at=NOW), second, third),
        (replace(first, revoked_at=NOW), replace(second, revoked_at=NOW), third),
    ):
        await store.add_merchant(replace(merchant, keys=keys))
        signed_with.append(await accounts.signing_secret("mer_1"))
    assert signed_with == ["s0", "s1", "s2"]


def test_with_every_key_revoked_the_newest_still_signs_so_that_nobody_s_deliveries_stand_still() -> None:
    keys = tuple(ApiKey(f"dk_{n}", f"s{n}", NOW, revoked_at=NOW) for n in range(2))
    assert Merchant("mer_1", "A", keys, NOW).signing_key(NOW).client_secret == "s1"


async def test_an_unknown_merchant_has_no_name_and_no_secret(accounts: Accounts) -> None:
    with pytest.raises(MerchantNotFound):
        await accounts.merchant_name("mer_none")
    with pytest.raises(MerchantNotFound):
        await accounts.signing_secret("mer_none")


async def test_a_known_merchant_has_a_name(accounts: Accounts) -> None:
    await accounts.create("Asha Bank")
    assert await accounts.merchant_name("mer_1") == "Asha Bank"


async def test_a_rotated_key_opens_until_its_end(accounts: Accounts, store: MemoryMerchants, clock: Clock) -> None:
    keys = (ApiKey("dk_a", "old", NOW, ends_at=NOW + timedelta(hours=1)), ApiKey("dk_b", "new", NOW))
    await store.add_merchant(replace(await accounts.create("Asha Bank"), keys=keys))
    for minutes, opens in ((0, True), (59, True), (60, False), (61, False)):
        clock.now = NOW + timedelta(minutes=minutes)
        assert (await accounts.authenticate("dk_a", "old") is not None) is opens
        assert await accounts.authenticate("dk_b", "new") is not None


async def test_the_use_of_a_key_is_noted_once_an_hour_and_not_when_it_was_refused(
    accounts: Accounts, store: MemoryMerchants, clock: Clock
) -> None:
    await accounts.create("Asha Bank")
    await accounts.authenticate("dk_1", "wrong")
    assert store.noted == []
    for minutes in (0, 0, 1, 59, 60, 61, 125):
        clock.now = NOW + timedelta(minutes=minutes)
        await accounts.authenticate("dk_1", "dks_1")
    assert store.noted == [("mer_1", "dk_1", NOW + timedelta(minutes=minutes)) for minutes in (0, 60, 125)]


async def test_a_store_that_cannot_write_still_lets_callers_in(accounts: Accounts, store: MemoryMerchants) -> None:
    await accounts.create("Asha Bank")
    store.is_broken = True
    assert await accounts.authenticate("dk_1", "dks_1") is not None


async def test_times_are_shown_in_india_unless_another_zone_is_set(accounts: Accounts) -> None:
    merchant = await accounts.create("Asha Bank")
    assert merchant.time_zone == "Asia/Kolkata"
    await accounts.set_time_zone(merchant.id, "Europe/Berlin")
    assert (await accounts.merchant(merchant.id)).time_zone == "Europe/Berlin"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Asia", "a\x00b"])
async def test_what_is_no_time_zone_is_refused_and_changes_nothing(accounts: Accounts, name: str) -> None:
    merchant = await accounts.create("Asha Bank")
    with pytest.raises(UnknownTimeZone):
        await accounts.set_time_zone(merchant.id, name)
    assert (await accounts.merchant(merchant.id)).time_zone == "Asia/Kolkata"


async def test_an_unknown_merchant_has_no_time_zone_to_set(accounts: Accounts) -> None:
    with pytest.raises(MerchantNotFound):
        await accounts.set_time_zone("mer_none", "Asia/Kolkata")
