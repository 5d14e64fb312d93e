"""What every `OperatorStore`, `PresenceStore` and `SignInStore` promises."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from conformance.house import House, Ports, PostgresHouse, SqliteHouse
from conformance.values import LEASE, NOW, SECOND, a_merchant
from dastak.accounts.availability import Availability, Window
from dastak.accounts.operator import EmailTaken, Operator, Presence, Role
from dastak.accounts.session import IDLE, Mail, Session, digest_of
from dastak.accounts.sign_in import LIFE, SignIn, guess, send
from dastak.notices.notice import Channel, Purpose
from dastak.store.vault import Vault

DAY = timedelta(days=1)
WEEK = Availability((Window(0, 540, 1080), Window(6, 0, 1440)), (date(2026, 1, 26),))


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


def an_operator(number: int = 1, merchant_id: str = "mer_1") -> Operator:
    return Operator(
        id=f"opr_{number}",
        merchant_id=merchant_id,
        name="Meera Ünal",
        email=f"Meera.{number}@secret.example",
        roles=(Role.AGENT, Role.AUDITOR),
        created_at=NOW + number * SECOND,
        updated_at=NOW + number * SECOND,
        availability=WEEK,
    )


def a_mail(number: int = 1) -> Mail:
    return Mail(f"ntc_{number}", "meera@secret.example", "Code", "Your code is 424242", NOW, NOW + LIFE)


def a_session(number: int = 1, operator: Operator | None = None) -> Session:
    whose = operator or an_operator()
    at = NOW + number * SECOND
    token = digest_of(f"token-{number}")
    return Session(f"ses_{number}", whose.merchant_id, whose.id, token, at, at, f"Secretfox/{number} ä")


async def signed_in(ports: Ports, session: Session) -> None:
    """A code was sent, and was right."""
    place = f"place-{session.id}"
    assert await ports.sign_ins.save_sign_in(
        send(SignIn(session.merchant_id, place), session.person_id, "d", NOW), None, NOW
    )
    kept = await ports.sign_ins.sign_in(session.merchant_id, place)
    after, refused = guess(kept, "d", NOW)
    assert refused is None
    assert await ports.sign_ins.open_session(after, session)


async def test_an_operator_comes_back_as_it_was_by_id_and_by_address_in_any_spelling(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    assert await ports.operators.operator("mer_1", "opr_1") == an_operator()
    for email in ("Meera.1@secret.example", " MEERA.1@SECRET.EXAMPLE"):
        assert await ports.operators.operator_by_email("mer_1", email) == an_operator()
    assert await ports.operators.operator_by_email("mer_1", "meera@secret.example") is None
    assert await ports.operators.operator("mer_2", "opr_1") is None
    assert await ports.operators.operator_by_email("mer_2", an_operator().email) is None


async def test_operators_are_listed_oldest_first_and_each_merchant_s_are_its_own(ports: Ports) -> None:
    for operator in (an_operator(2), an_operator(1), an_operator(3, "mer_2")):
        await ports.operators.add_operator(operator)
    assert await ports.operators.operators("mer_1") == [an_operator(1), an_operator(2)]
    assert await ports.operators.operators("mer_2") == [an_operator(3, "mer_2")]


async def test_an_address_is_one_operator_s_at_one_merchant_however_many_come_together(ports: Ports) -> None:
    async def add(number: int) -> bool:
        try:
            await ports.operators.add_operator(replace(an_operator(number), email=f"{'mM'[number % 2]}@x.example"))
        except EmailTaken:
            return False
        return True

    added = await asyncio.gather(*(add(number) for number in range(6)))
    assert added.count(True) == 1
    await ports.operators.add_operator(replace(an_operator(7, "mer_2"), email="m@x.example"))


async def test_of_two_changes_to_what_was_read_once_one_counts(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    first = replace(an_operator(), name="Other", roles=(Role.AUDITOR,), availability=Availability(), updated_at=NOW)
    assert await ports.operators.save_operator(first)
    assert not await ports.operators.save_operator(replace(an_operator(), name="Late"))
    assert not await ports.operators.save_operator(an_operator(2))
    assert await ports.operators.operator("mer_1", "opr_1") == replace(first, version=2)


async def test_a_code_and_its_mail_are_kept_together_or_not_at_all(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    first = send(SignIn("mer_1", "here"), "opr_1", "d1", NOW)
    assert await ports.sign_ins.save_sign_in(first, a_mail(), NOW)
    assert not await ports.sign_ins.save_sign_in(first, a_mail(2), NOW), "somebody was faster"
    assert await ports.sign_ins.sign_in("mer_1", "here") == replace(first, version=1)
    assert await ports.sign_ins.sign_in("mer_2", "here") is None
    (claimed,) = await ports.notices.claim_notices(NOW, NOW + LEASE, 10)
    notice = claimed.notice
    assert (notice.id, notice.merchant_id, notice.journey_id) == ("ntc_1", "mer_1", "opr_1")
    assert (notice.channel, notice.purpose) == (Channel.EMAIL, Purpose.OPERATOR_CODE)
    assert (notice.recipient, notice.text) == ("meera@secret.example", "Your code is 424242")
    assert notice.expires_at == NOW + LIFE


async def test_a_code_is_used_once_however_many_come_together(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await ports.sign_ins.save_sign_in(send(SignIn("mer_1", "here"), "opr_1", "d", NOW), None, NOW)
    after, _ = guess(await ports.sign_ins.sign_in("mer_1", "here"), "d", NOW)
    opened = await asyncio.gather(*(ports.sign_ins.open_session(after, a_session(number)) for number in range(5)))
    assert opened.count(True) == 1
    assert len(await ports.sign_ins.sessions("mer_1", "opr_1")) == 1


async def test_old_sign_ins_are_forgotten_when_another_is_kept_and_only_the_merchant_s(ports: Ports) -> None:
    for merchant in ("mer_1", "mer_2"):
        await ports.sign_ins.save_sign_in(send(SignIn(merchant, "old"), "", "d", NOW), None, NOW)
    later = NOW + DAY
    assert await ports.sign_ins.save_sign_in(send(SignIn("mer_1", "new"), "", "d", later), None, later)
    assert await ports.sign_ins.sign_in("mer_1", "old") is None
    assert await ports.sign_ins.sign_in("mer_1", "new") is not None
    assert await ports.sign_ins.sign_in("mer_2", "old") is not None


async def test_a_sign_in_that_was_forgotten_meanwhile_can_be_kept_again(ports: Ports) -> None:
    await ports.sign_ins.save_sign_in(send(SignIn("mer_1", "here"), "", "d", NOW), None, NOW)
    kept = await ports.sign_ins.sign_in("mer_1", "here")
    assert kept is not None
    later = NOW + 2 * DAY
    assert await ports.sign_ins.save_sign_in(send(kept, "", "d2", later), None, later)
    again = await ports.sign_ins.sign_in("mer_1", "here")
    assert again is not None
    assert again.digest == "d2"


async def test_a_session_is_found_by_its_token_with_the_operator_as_they_are_now(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await signed_in(ports, a_session())
    assert await ports.operators.save_operator(replace(an_operator(), roles=(Role.AUDITOR,)))
    found = await ports.sign_ins.session("mer_1", digest_of("token-1"))
    assert found == (a_session(), replace(an_operator(), roles=(Role.AUDITOR,), version=2))
    assert await ports.sign_ins.session("mer_2", digest_of("token-1")) is None
    assert await ports.sign_ins.session("mer_1", digest_of("token-2")) is None


async def test_use_is_noted_and_never_goes_back(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await signed_in(ports, a_session())
    for at in (NOW + DAY, NOW + SECOND):
        await ports.sign_ins.note_use(a_session(), at)
    assert await ports.sign_ins.sessions("mer_1", "opr_1") == [replace(a_session(), seen_at=NOW + DAY)]


async def test_sessions_are_listed_newest_first_and_ended_by_their_operator_alone(ports: Ports) -> None:
    for number in (1, 2):
        await ports.operators.add_operator(an_operator(number))
    for number in (1, 2):
        await signed_in(ports, a_session(number))
    assert await ports.sign_ins.sessions("mer_1", "opr_1") == [a_session(2), a_session(1)]
    assert not await ports.sign_ins.end_session("mer_1", "opr_2", "ses_1")
    assert not await ports.sign_ins.end_session("mer_2", "opr_1", "ses_1")
    assert await ports.sign_ins.end_session("mer_1", "opr_1", "ses_1")
    assert not await ports.sign_ins.end_session("mer_1", "opr_1", "ses_1")
    assert await ports.sign_ins.sessions("mer_1", "opr_1") == [a_session(2)]


async def test_a_new_session_sweeps_out_those_that_were_idle_for_too_long(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await signed_in(ports, a_session(1))
    later = replace(a_session(2), created_at=NOW + IDLE + SECOND, seen_at=NOW + IDLE + SECOND)
    await signed_in(ports, later)
    assert await ports.sign_ins.sessions("mer_1", "opr_1") == [later]


async def test_who_is_deactivated_is_signed_out_and_offline_at_once_and_cannot_come_back(ports: Ports) -> None:
    for number in (1, 2):
        await ports.operators.add_operator(an_operator(number))
        await signed_in(ports, a_session(number, an_operator(number)))
        await ports.presence.put_presence(Presence("mer_1", f"opr_{number}", NOW, NOW))
    await ports.sign_ins.save_sign_in(send(SignIn("mer_1", "here"), "opr_1", "d", NOW), None, NOW)
    assert await ports.operators.save_operator(replace(an_operator(), active=False))
    assert await ports.sign_ins.session("mer_1", digest_of("token-1")) is None
    after, _ = guess(await ports.sign_ins.sign_in("mer_1", "here"), "d", NOW)
    assert not await ports.sign_ins.open_session(after, a_session(3))
    assert [one.operator_id for one in await ports.presence.presences("mer_1")] == ["opr_2"]
    assert await ports.sign_ins.session("mer_1", digest_of("token-2")) is not None


async def test_presence_begins_is_heard_of_and_ends(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    assert not await ports.presence.heard("mer_1", "opr_1", NOW)
    stay = Presence("mer_1", "opr_1", NOW, NOW)
    await ports.presence.put_presence(stay)
    checked = replace(stay, device_checked_at=NOW + SECOND, last_heard=NOW + SECOND)
    await ports.presence.put_presence(checked)
    heard = replace(checked, last_heard=NOW + 20 * SECOND)
    for at in (NOW + 20 * SECOND, NOW + 2 * SECOND):
        assert await ports.presence.heard("mer_1", "opr_1", at) == heard
    assert await ports.presence.presence("mer_1", "opr_1") == heard
    assert await ports.presence.presences("mer_1") == [heard]
    assert await ports.presence.presences("mer_2") == []
    for at in (NOW + 9 * SECOND, NOW + 3 * SECOND):
        await ports.presence.acted("mer_1", "opr_1", at)
    assert await ports.presence.presence("mer_1", "opr_1") == replace(heard, last_act=NOW + 9 * SECOND)
    await ports.presence.put_presence(replace(heard, last_act=NOW + 30 * SECOND))
    assert await ports.presence.presence("mer_1", "opr_1") == replace(heard, last_act=NOW + 30 * SECOND)
    for _ in range(2):
        await ports.presence.end_presence("mer_1", "opr_1")
    assert await ports.presence.presence("mer_1", "opr_1") is None
    await ports.presence.acted("mer_1", "opr_1", NOW)
    assert await ports.presence.presence("mer_1", "opr_1") is None


async def test_nothing_personal_and_no_token_lies_open_on_the_disk(house: House) -> None:
    await house.ports.operators.add_operator(an_operator())
    await signed_in(house.ports, a_session())
    await house.ports.sign_ins.save_sign_in(send(SignIn("mer_1", "here"), "opr_1", "d", NOW), a_mail(), NOW)
    disk = await house.on_disk()
    for secret in ("Meera", "secret.example", "token-1", "Secretfox", "424242"):
        assert secret.encode() not in disk
        assert secret.lower().encode() not in disk.lower()


async def test_all_of_it_survives_a_crash(house: House) -> None:
    await house.ports.operators.add_operator(an_operator())
    await signed_in(house.ports, a_session())
    await house.crash()
    assert await house.ports.operators.operators("mer_1") == [an_operator()]
    assert await house.ports.sign_ins.session("mer_1", digest_of("token-1")) == (a_session(), an_operator())


async def test_after_a_key_is_rotated_operators_are_found_and_their_addresses_are_still_taken(house: House) -> None:
    assert isinstance(house, SqliteHouse | PostgresHouse)
    await house.ports.operators.add_operator(an_operator())
    house._vault = Vault([bytes(32), bytes(range(32))])
    await house.crash()
    assert await house.ports.operators.operator_by_email("mer_1", an_operator().email) == an_operator()
    with pytest.raises(EmailTaken):
        await house.ports.operators.add_operator(replace(an_operator(2), email=an_operator().email))
