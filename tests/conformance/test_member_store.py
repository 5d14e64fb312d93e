"""What every `MemberStore` promises, and a member's `SignInStore`; the rest of that one is in test_operator_store."""

import asyncio
from dataclasses import replace

import pytest

from conformance.house import House, Ports, PostgresHouse, SqliteHouse
from conformance.values import NOW, SECOND, a_merchant
from dastak.accounts.member import LastOwner, Member, MemberEmailTaken, Role
from dastak.accounts.session import Session, digest_of
from dastak.accounts.sign_in import SignIn, guess, send
from dastak.store.vault import Vault


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


def a_member(number: int = 1, role: Role = Role.OWNER, merchant_id: str = "mer_1") -> Member:
    at = NOW + number * SECOND
    return Member(f"mem_{number}", merchant_id, "Ravi Ünal", f"Ravi.{number}@secret.example", role, at, at)


def a_session(number: int = 1, member: Member | None = None) -> Session:
    whose = member or a_member()
    at = NOW + number * SECOND
    return Session(
        f"ses_{number}", whose.merchant_id, whose.id, digest_of(f"token-{number}"), at, at, f"Secretfox/{number}"
    )


async def signed_in(ports: Ports, session: Session) -> None:
    """A code was sent, and was right."""
    before = send(SignIn(session.merchant_id, f"place-{session.id}"), session.person_id, "d", NOW)
    assert await ports.member_sign_ins.save_sign_in(before, None, NOW)
    after, refused = guess(await ports.member_sign_ins.sign_in(session.merchant_id, before.place), "d", NOW)
    assert refused is None
    assert await ports.member_sign_ins.open_session(after, session)


async def test_a_member_comes_back_as_it_was_by_id_and_by_address_in_any_spelling(ports: Ports) -> None:
    await ports.members.add_member(a_member())
    assert await ports.members.member("mer_1", "mem_1") == a_member()
    for email in ("Ravi.1@secret.example", " RAVI.1@SECRET.EXAMPLE"):
        assert await ports.members.member_by_email("mer_1", email) == a_member()
    assert await ports.members.member("mer_2", "mem_1") is None
    assert await ports.members.member_by_email("mer_2", a_member().email) is None


async def test_members_are_listed_oldest_first_and_each_merchant_s_are_its_own(ports: Ports) -> None:
    other = a_member(3, Role.VIEWER, "mer_2")
    for member in (a_member(2), a_member(1), other):
        await ports.members.add_member(member)
    assert await ports.members.members("mer_1") == [a_member(1), a_member(2)]
    assert await ports.members.members("mer_2") == [other]


async def test_an_address_is_one_member_s_at_one_merchant_however_many_come_together(ports: Ports) -> None:
    async def add(number: int) -> bool:
        try:
            await ports.members.add_member(replace(a_member(number), email=f"{'mM'[number % 2]}@x.example"))
        except MemberEmailTaken:
            return False
        return True

    assert (await asyncio.gather(*(add(number) for number in range(6)))).count(True) == 1
    await ports.members.add_member(replace(a_member(7, merchant_id="mer_2"), email="m@x.example"))


async def test_of_two_changes_to_what_was_read_once_one_counts(ports: Ports) -> None:
    for number in (1, 2):
        await ports.members.add_member(a_member(number))
    first = replace(a_member(), name="Other", role=Role.VIEWER, updated_at=NOW)
    assert await ports.members.save_member(first)
    assert not await ports.members.save_member(replace(a_member(), name="Late"))
    assert not await ports.members.save_member(a_member(9))
    assert await ports.members.member("mer_1", "mem_1") == replace(first, version=2)


@pytest.mark.parametrize("loss", [{"role": Role.VIEWER}, {"active": False}])
async def test_the_last_owner_cannot_be_demoted_nor_disabled(ports: Ports, loss: dict[str, object]) -> None:
    for member in (a_member(1), a_member(2, Role.VIEWER), a_member(3, merchant_id="mer_2")):
        await ports.members.add_member(member)
    with pytest.raises(LastOwner):
        await ports.members.save_member(replace(a_member(), **loss))  # type: ignore[arg-type]
    assert await ports.members.member("mer_1", "mem_1") == a_member()
    assert await ports.members.save_member(replace(a_member(2, Role.VIEWER), active=False)), "who owns nothing may go"


async def test_of_owners_who_are_demoted_together_one_stays(ports: Ports) -> None:
    for number in range(1, 6):
        await ports.members.add_member(a_member(number))

    async def demote(number: int) -> bool:
        try:
            return await ports.members.save_member(replace(a_member(number), role=Role.VIEWER))
        except LastOwner:
            return False

    assert (await asyncio.gather(*(demote(number) for number in range(1, 6)))).count(True) == 4
    assert [one.role for one in await ports.members.members("mer_1")].count(Role.OWNER) == 1


async def test_who_is_disabled_is_signed_out_at_once_and_cannot_come_back(ports: Ports) -> None:
    for number in (1, 2):
        await ports.members.add_member(a_member(number))
        await signed_in(ports, a_session(number, a_member(number)))
    assert await ports.members.save_member(replace(a_member(), active=False))
    assert await ports.member_sign_ins.session("mer_1", digest_of("token-1")) is None
    assert await ports.member_sign_ins.session("mer_1", digest_of("token-2")) is not None
    kept = send(SignIn("mer_1", "here"), "mem_1", "d", NOW)
    await ports.member_sign_ins.save_sign_in(kept, None, NOW)
    after, _ = guess(await ports.member_sign_ins.sign_in("mer_1", "here"), "d", NOW)
    assert not await ports.member_sign_ins.open_session(after, a_session(3))


async def test_a_session_is_found_by_its_token_with_the_member_as_they_are_now(ports: Ports) -> None:
    for number in (1, 2):
        await ports.members.add_member(a_member(number))
    halfway = replace(a_session(2), halfway=True)
    await signed_in(ports, a_session())
    await signed_in(ports, halfway)
    demoted = replace(a_member(), role=Role.COMPLIANCE)
    assert await ports.members.save_member(demoted)
    now = replace(demoted, version=2)
    assert await ports.member_sign_ins.session("mer_1", digest_of("token-1")) == (a_session(), now)
    assert await ports.member_sign_ins.session("mer_1", digest_of("token-2")) == (halfway, now)
    assert await ports.member_sign_ins.session("mer_2", digest_of("token-1")) is None
    assert await ports.sign_ins.session("mer_1", digest_of("token-1")) is None, "no operator's session"


async def test_nothing_personal_and_no_token_lies_open_on_the_disk(house: House) -> None:
    await house.ports.members.add_member(a_member())
    await signed_in(house.ports, a_session())
    disk = (await house.on_disk()).lower()
    for secret in ("ravi", "secret.example", "token-1", "secretfox"):
        assert secret.encode() not in disk


async def test_all_of_it_survives_a_crash(house: House) -> None:
    await house.ports.members.add_member(a_member())
    await signed_in(house.ports, a_session())
    await house.crash()
    assert await house.ports.members.members("mer_1") == [a_member()]
    assert await house.ports.member_sign_ins.session("mer_1", digest_of("token-1")) == (a_session(), a_member())


async def test_after_a_key_is_rotated_members_are_found_and_their_addresses_are_still_taken(house: House) -> None:
    assert isinstance(house, SqliteHouse | PostgresHouse)
    await house.ports.members.add_member(a_member())
    house._vault = Vault([bytes(32), bytes(range(32))])
    await house.crash()
    assert await house.ports.members.member_by_email("mer_1", a_member().email) == a_member()
    with pytest.raises(MemberEmailTaken):
        await house.ports.members.add_member(replace(a_member(2), email=a_member().email))
