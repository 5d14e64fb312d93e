"""What every `InvitationStore` and `AuthenticatorStore` promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.test_member_store import a_member, a_session, signed_in
from conformance.values import LEASE, NOW, SECOND, a_merchant
from dastak.accounts.authenticator import Authenticator
from dastak.accounts.invitation import LIFE, MOST_INVITATIONS, Invitation, TooManyInvitations
from dastak.accounts.member import MemberEmailTaken, Role
from dastak.accounts.session import Mail, digest_of
from dastak.notices.notice import Purpose


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
        await ports.members.add_member(a_member(1, merchant_id=merchant_id))


def an_invitation(number: int = 1, merchant_id: str = "mer_1", email: str = "") -> Invitation:
    address = email or f"Meera.{number}@secret.example"
    at, token = NOW + number * SECOND, digest_of(f"token-{number}")
    return Invitation(f"inv_{number}", merchant_id, address, Role.COMPLIANCE, "mem_1", token, at)


def a_mail(number: int = 1) -> Mail:
    recipient, until = "meera@secret.example", NOW + LIFE
    return Mail(f"ntc_{number}", recipient, "Invitation", "open this-link", NOW, until, Purpose.MEMBER_INVITATION)


async def test_an_invitation_comes_back_by_its_token_with_its_mail_on_the_way(ports: Ports) -> None:
    await ports.invitations.add_invitation(an_invitation(), a_mail())
    assert await ports.invitations.invitation("mer_1", digest_of("token-1")) == an_invitation()
    assert await ports.invitations.invitation("mer_2", digest_of("token-1")) is None
    assert await ports.invitations.invitation("mer_1", digest_of("token-2")) is None
    (claimed,) = await ports.notices.claim_notices(NOW, NOW + LEASE, 10)
    assert (claimed.notice.purpose, claimed.notice.text) == (Purpose.MEMBER_INVITATION, "open this-link")


async def test_they_are_listed_newest_first_and_each_merchant_s_are_its_own(ports: Ports) -> None:
    for number, merchant_id in ((1, "mer_1"), (2, "mer_1"), (3, "mer_2")):
        await ports.invitations.add_invitation(an_invitation(number, merchant_id), a_mail(number))
    assert await ports.invitations.invitations("mer_1") == [an_invitation(2), an_invitation(1)]
    assert await ports.invitations.withdraw("mer_2", "inv_1") is None
    assert await ports.invitations.withdraw("mer_1", "inv_1") == an_invitation(1)
    assert await ports.invitations.withdraw("mer_1", "inv_1") is None
    assert await ports.invitations.invitations("mer_1") == [an_invitation(2)]


async def test_a_second_one_to_the_same_address_ends_the_first_and_what_is_over_goes(ports: Ports) -> None:
    await ports.invitations.add_invitation(an_invitation(1, email="m@x.example"), a_mail(1))
    await ports.invitations.add_invitation(an_invitation(2, email="M@X.example"), a_mail(2))
    assert [one.id for one in await ports.invitations.invitations("mer_1")] == ["inv_2"]
    later = replace(an_invitation(3), created_at=NOW + LIFE + timedelta(days=1))
    await ports.invitations.add_invitation(later, a_mail(3))
    assert [one.id for one in await ports.invitations.invitations("mer_1")] == ["inv_3"]


async def test_to_one_address_one_stays_open_however_many_are_sent_together(ports: Ports) -> None:
    sent = (an_invitation(number, email="m@x.example") for number in range(6))
    await asyncio.gather(*(ports.invitations.add_invitation(one, a_mail(n)) for n, one in enumerate(sent)))
    assert len(await ports.invitations.invitations("mer_1")) == 1


async def test_who_is_a_member_is_not_invited_and_there_are_not_too_many(ports: Ports) -> None:
    with pytest.raises(MemberEmailTaken):
        await ports.invitations.add_invitation(an_invitation(1, email=a_member().email.upper()), a_mail())
    for number in range(MOST_INVITATIONS):
        await ports.invitations.add_invitation(an_invitation(number), a_mail(number))
    with pytest.raises(TooManyInvitations):
        await ports.invitations.add_invitation(an_invitation(998), a_mail(998))
    assert await ports.invitations.invitation("mer_1", digest_of("token-998")) is None


async def test_an_invitation_makes_one_member_however_many_accept_it_together(ports: Ports) -> None:
    await ports.invitations.add_invitation(an_invitation(), a_mail())
    wanted = [replace(a_member(number, Role.COMPLIANCE), email=an_invitation().email) for number in range(10, 15)]
    made = await asyncio.gather(*(ports.invitations.accept(an_invitation(), member) for member in wanted))
    assert [one for one in made if one is not None] == [
        one for one in await ports.members.members("mer_1") if one.role is Role.COMPLIANCE
    ]
    assert len([one for one in made if one is not None]) == 1
    assert await ports.invitations.invitations("mer_1") == []


async def test_who_was_removed_is_the_same_member_again_with_the_new_name_and_role(ports: Ports) -> None:
    before = a_member(2, Role.DEVELOPER)
    await ports.members.add_member(before)
    await ports.members.save_member(replace(before, active=False))
    await ports.invitations.add_invitation(an_invitation(1, email=before.email.upper()), a_mail())
    wanted = replace(a_member(9, Role.VIEWER), name="New Name", email=before.email.upper())
    made = await ports.invitations.accept(an_invitation(), wanted)
    assert made == replace(wanted, id=before.id, since=before.since, version=3)
    assert await ports.members.member("mer_1", before.id) == made
    assert await ports.members.member_by_email("mer_1", before.email) == made


def an_authenticator(number: int = 1) -> Authenticator:
    return Authenticator("mer_1", f"mem_{number}", "JBSWY3DPEHPK3PXP", NOW, wrong=(NOW,), recovery=("d1", "d2"))


async def test_an_authenticator_comes_back_and_of_two_changes_to_what_was_read_once_one_counts(ports: Ports) -> None:
    assert await ports.authenticators.authenticator("mer_1", "mem_1") is None
    assert await ports.authenticators.save_authenticator(an_authenticator())
    assert not await ports.authenticators.save_authenticator(an_authenticator()), "there is one"
    kept = replace(an_authenticator(), version=1)
    assert await ports.authenticators.authenticator("mer_1", "mem_1") == kept
    assert await ports.authenticators.guarded_members("mer_1") == []
    changed = replace(kept, confirmed=True, last_step=7, recovery=("d2",), wrong=())
    saved = await asyncio.gather(*(ports.authenticators.save_authenticator(changed) for _ in range(5)))
    assert saved.count(True) == 1
    assert await ports.authenticators.authenticator("mer_1", "mem_1") == replace(changed, version=2)
    assert await ports.authenticators.guarded_members("mer_1") == ["mem_1"]
    assert await ports.authenticators.guarded_members("mer_2") == []
    assert await ports.authenticators.authenticator("mer_2", "mem_1") is None


async def test_an_authenticator_is_dropped_and_goes_with_its_member(ports: Ports) -> None:
    assert not await ports.authenticators.drop_authenticator("mer_1", "mem_1")
    await ports.authenticators.save_authenticator(an_authenticator())
    assert await ports.authenticators.drop_authenticator("mer_1", "mem_1")
    await ports.members.add_member(a_member(2, Role.VIEWER))
    await ports.authenticators.save_authenticator(an_authenticator(2))
    await ports.members.save_member(replace(a_member(2, Role.VIEWER), active=False))
    assert await ports.authenticators.authenticator("mer_1", "mem_2") is None


async def test_a_session_that_waits_for_the_second_step_is_completed_if_it_is_still_there(ports: Ports) -> None:
    halfway = replace(a_session(), halfway=True)
    await signed_in(ports, halfway)
    assert await ports.member_sign_ins.complete_session(halfway)
    found = await ports.member_sign_ins.session("mer_1", halfway.token_digest)
    assert found == (a_session(), a_member())
    await ports.member_sign_ins.end_session("mer_1", "mem_1", halfway.id)
    assert not await ports.member_sign_ins.complete_session(halfway)


async def test_nothing_of_it_lies_open_on_the_disk_and_all_of_it_survives_a_crash(house: House) -> None:
    await house.ports.invitations.add_invitation(an_invitation(), a_mail())
    await house.ports.authenticators.save_authenticator(an_authenticator())
    disk = (await house.on_disk()).lower()
    for secret in ("meera", "secret.example", "this-link", "jbswy3dp"):
        assert secret.encode() not in disk
    await house.crash()
    assert await house.ports.invitations.invitations("mer_1") == [an_invitation()]
    assert await house.ports.authenticators.authenticator("mer_1", "mem_1") == replace(an_authenticator(), version=1)
