"""A note is owed within its block alone, to one log, and one change takes it: the same again after a rollback."""

import asyncio
from datetime import UTC, datetime

from dastak.accounts.noting import Note, noting, owed, say

AT = datetime(2026, 1, 26, 12, tzinfo=UTC)


def a_note(subject: str = "") -> Note:
    return Note("mer_1", AT, "mem_1", "key.made", subject, way="test")


def test_outside_of_a_block_nothing_is_owed_and_nothing_can_be_said() -> None:
    assert owed("mer_1") is None
    say("jrn_1")
    with noting(a_note()):
        assert owed("mer_2") is None
        assert owed("mer_1") is not None
    assert owed("mer_1") is None


def test_one_change_takes_it_and_may_take_it_again() -> None:
    with noting(a_note()) as note:
        first, second = owed("mer_1"), owed("mer_1")
        assert first is not None
        assert second is not None
        entry = first.entry("ep_1")
        assert entry is not None
        assert (entry.actor, entry.deed, entry.subject, entry.details) == ("mem_1", "key.made", "ep_1", {"way": "test"})
        assert note.is_taken
        assert second.entry("ep_1") is None
        assert first.entry("ep_1") == entry, "after a rollback"


def test_what_the_act_says_counts_before_what_the_store_knows() -> None:
    with noting(a_note("dk_old")):
        say(new="dk_new")
        claim = owed("mer_1")
        assert claim is not None
        entry = claim.entry("mer_1", {"way": "store", "matched": "3"}, actor="mem_9")
        assert entry is not None
        assert (entry.subject, entry.actor) == ("dk_old", "mem_1")
        assert entry.details == {"way": "test", "matched": "3", "new": "dk_new"}


def test_where_the_change_makes_who_does_it_the_store_says_who() -> None:
    with noting(Note("mer_1", AT, "", "member.invitation_accepted")):
        claim = owed("mer_1")
        assert claim is not None
        entry = claim.entry("inv_1", actor="mem_9")
        assert entry is not None
        assert entry.actor == "mem_9"


def test_an_inner_act_owes_its_own() -> None:
    with noting(a_note()) as outer:
        with noting(a_note()) as inner:
            claim = owed("mer_1")
            assert claim is not None
            claim.entry("x")
        assert inner.is_taken
        assert not outer.is_taken
        assert owed("mer_1") is not None


async def test_acts_at_the_same_time_owe_each_their_own_and_work_left_behind_owes_nothing() -> None:
    over = asyncio.Event()
    left: list[asyncio.Task[bool]] = []

    async def late() -> bool:
        await over.wait()
        return owed("mer_1") is not None

    async def act(actor: str) -> str:
        with noting(Note("mer_1", AT, actor, "key.made")):
            await asyncio.sleep(0)
            left.append(asyncio.create_task(late()))
            claim = owed("mer_1")
            assert claim is not None
            entry = claim.entry("x")
            assert entry is not None
            return entry.actor

    assert list(await asyncio.gather(act("mem_1"), act("mem_2"))) == ["mem_1", "mem_2"]
    over.set()
    assert list(await asyncio.gather(*left)) == [False, False]
