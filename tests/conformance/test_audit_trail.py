"""What every `AuditTrail` promises: entries in order, whoever comes together, and none that is ever changed."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from conformance.house import House, Ports, PostgresHouse, SqliteHouse
from conformance.values import NOW, SECOND, a_merchant
from dastak.accounts.audit import Entry, Head, HeadForged, Narrowing, checked, head_of, linked, verified
from dastak.accounts.deed import Deed

ALL = Narrowing()


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


def an_entry(number: int = 1, merchant_id: str = "mer_1", **details: str) -> Entry:
    actor, deed = f"mem_{number % 2}", Deed.SIGNED_IN if number % 3 else Deed.SIGNED_OUT
    return Entry(merchant_id, NOW + number * SECOND, actor, deed, f"ses_{number}", details)


async def tamper(house: House, sql: str) -> None:
    """As somebody could who has the database and no keys."""
    if isinstance(house, SqliteHouse):
        connection = sqlite3.connect(house.path)
        try:
            connection.executescript(sql)
        finally:
            connection.close()
        return
    assert isinstance(house, PostgresHouse)
    direct = await asyncpg.connect(house._url)
    try:
        await direct.execute(sql)
    finally:
        await direct.close()


SHUT = """
    CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'no'); END;
    CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'no'); END;"""


async def force(house: House, sql: str) -> None:
    """As the owner of the database can, past the triggers: then the chain must show it."""
    if isinstance(house, SqliteHouse):
        opened = "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain;"
        await tamper(house, f"{opened} {sql}; {SHUT}")
    else:
        table = "ALTER TABLE audit_entries"
        await tamper(house, f"{table} DISABLE TRIGGER USER; {sql}; {table} ENABLE TRIGGER USER")


async def test_entries_come_back_as_they_were_linked_oldest_or_newest_first(ports: Ports) -> None:
    entries = [an_entry(1, role="owner"), an_entry(2, text="ü \U0001f600 \"'\\"), an_entry(3)]
    for entry in entries:
        await ports.audit.note(entry)
    links = await ports.audit.links_after("mer_1", 0, 10)
    assert [(link.sequence, link.entry) for link in links] == list(enumerate(entries, 1))
    assert checked(links, Head()) == (await ports.audit.head("mer_1"), None)
    assert await ports.audit.links_after("mer_1", 1, 1) == [links[1]]
    assert await ports.audit.links("mer_1", ALL, None, 10) == links[::-1]
    assert await ports.audit.links("mer_1", ALL, 3, 1) == [links[1]]


async def test_each_merchant_has_a_chain_of_its_own(ports: Ports) -> None:
    await ports.audit.note(an_entry(1))
    await ports.audit.note(an_entry(2, "mer_2"))
    assert [link.sequence for link in await ports.audit.links_after("mer_2", 0, 10)] == [1]
    for merchant_id in ("mer_1", "mer_2"):
        assert (await verified(ports.audit, merchant_id))[1] is None
    assert await ports.audit.head("mer_none") == Head()


async def test_entries_that_come_together_follow_each_other(ports: Ports) -> None:
    await asyncio.gather(*(ports.audit.note(an_entry(number)) for number in range(40)))
    links = await ports.audit.links_after("mer_1", 0, 100)
    assert [link.sequence for link in links] == list(range(1, 41))
    assert {link.entry.subject for link in links} == {f"ses_{number}" for number in range(40)}
    reached, fault = await verified(ports.audit, "mer_1")
    assert (reached, fault) == (head_of(links[-1]), None)


async def test_they_are_narrowed_by_who_what_and_when(ports: Ports) -> None:
    for number in range(1, 13):
        await ports.audit.note(an_entry(number))

    async def found(narrowing: Narrowing, before: int | None = None) -> list[int]:
        return [link.sequence for link in await ports.audit.links("mer_1", narrowing, before, 100)]

    assert await found(Narrowing(actor="mem_1")) == [11, 9, 7, 5, 3, 1]
    assert await found(Narrowing(deed=Deed.SIGNED_OUT)) == [12, 9, 6, 3]
    assert await found(Narrowing(actor="mem_1", deed=Deed.SIGNED_OUT), before=9) == [3]
    since, until = NOW + 4 * SECOND, NOW + 7 * SECOND
    assert await found(Narrowing(since=since)) == [12, 11, 10, 9, 8, 7, 6, 5, 4]
    assert await found(Narrowing(until=until)) == [6, 5, 4, 3, 2, 1]
    assert await found(Narrowing(since=since, until=until)) == [6, 5, 4]
    assert await found(Narrowing(actor="mem_0", since=since, until=until)) == [6, 4]
    assert await found(Narrowing(since=NOW + timedelta(days=1))) == []
    assert await found(Narrowing(until=NOW)) == []
    assert await found(Narrowing(actor="' OR 1=1 --")) == []


async def test_what_keys_read_can_be_left_out(ports: Ports) -> None:
    for number in range(1, 10):
        entry = an_entry(number)
        await ports.audit.note(entry if number % 4 == 0 else replace(entry, deed=Deed.DATA_READ))

    async def found(narrowing: Narrowing, before: int | None = None) -> list[int]:
        return [link.sequence for link in await ports.audit.links("mer_1", narrowing, before, 100)]

    assert await found(Narrowing(is_without_reading=True)) == [8, 4]
    assert await found(Narrowing(is_without_reading=True), before=8) == [4]
    assert await found(Narrowing(since=NOW + 5 * SECOND, is_without_reading=True)) == [8]
    assert await found(ALL) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entries SET actor = 'mem_9'",
        "UPDATE audit_entries SET hash = previous WHERE sequence = 2",
        "DELETE FROM audit_entries WHERE sequence = 3",
        "DELETE FROM audit_heads",
    ],
)
async def test_the_database_itself_refuses_to_change_or_remove_an_entry(house: House, sql: str) -> None:
    for number in range(1, 4):
        await house.ports.audit.note(an_entry(number))
    with pytest.raises((sqlite3.IntegrityError, asyncpg.InsufficientPrivilegeError)):
        await tamper(house, sql)
    assert (await verified(house.ports.audit, "mer_1"))[1] is None


@pytest.mark.parametrize(
    ("sql", "sequence"),
    [
        ("UPDATE audit_entries SET actor = 'mem_9' WHERE sequence = 2", 2),
        ('UPDATE audit_entries SET details = \'{"a":"b"}\' WHERE sequence = 3', 3),
        ("UPDATE audit_entries SET hash = previous WHERE sequence = 1", 1),
        ("DELETE FROM audit_entries WHERE sequence = 2", 2),
        ("DELETE FROM audit_entries WHERE sequence = 3", 3),
        ("DELETE FROM audit_entries", 1),
    ],
)
async def test_whoever_gets_past_that_is_found_out_by_the_chain(house: House, sql: str, sequence: int) -> None:
    for number in range(1, 4):
        await house.ports.audit.note(an_entry(number))
    await force(house, sql)
    _, fault = await verified(house.ports.audit, "mer_1")
    assert fault is not None
    assert fault.sequence == sequence


async def test_who_writes_the_end_anew_cannot_write_the_head(house: House) -> None:
    """The last entry with another actor, and the right hash for it: without the keys the head still knows the old one."""
    for number in (1, 2):
        await house.ports.audit.note(an_entry(number))
    first, second = await house.ports.audit.links_after("mer_1", 0, 10)
    forged = linked(replace(second.entry, actor="mem_9"), head_of(first))
    as_bytes = f"X'{forged.hash.hex()}'" if isinstance(house, SqliteHouse) else f"'\\x{forged.hash.hex()}'"
    await force(house, f"UPDATE audit_entries SET actor = 'mem_9', hash = {as_bytes} WHERE sequence = 2")
    _, fault = await verified(house.ports.audit, "mer_1")
    assert fault is not None
    assert fault.problem == "it is not the entry that was kept as the newest"
    nonsense = "X'00'" if isinstance(house, SqliteHouse) else "'\\x00'"
    await tamper(house, f"UPDATE audit_heads SET sealed_head = {nonsense}")
    with pytest.raises(HeadForged):
        await house.ports.audit.head("mer_1")
    with pytest.raises(HeadForged):
        await house.ports.audit.note(an_entry(3))


async def test_all_of_it_survives_a_crash_and_goes_on_behind_it(house: House) -> None:
    await house.ports.audit.note(an_entry(1))
    await house.crash()
    await house.ports.audit.note(an_entry(2))
    reached, fault = await verified(house.ports.audit, "mer_1")
    assert (reached.sequence, fault) == (2, None)
