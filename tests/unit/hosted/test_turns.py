"""Locks that leave nothing behind, and a short memory."""

import asyncio
from datetime import timedelta

from dastak.web.hosted.limiter import REMEMBERED, Guessers
from dastak.web.hosted.turns import MEMORY, Done, Turns
from unit.hosted.fake_desk import NOW


async def test_turns_of_one_key_never_overlap_and_leave_no_lock() -> None:
    turns, inside, seen = Turns(), 0, []

    async def take() -> None:
        nonlocal inside
        async with turns.of("a"):
            inside += 1
            seen.append(inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(take() for _ in range(5)))
    assert seen == [1] * 5
    assert not turns._locks


async def test_a_turn_that_breaks_is_given_back() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            async with turns.of("a"):
                raise RuntimeError
        except RuntimeError:
            pass
    assert not turns._locks


def test_what_was_done_is_remembered_for_a_minute() -> None:
    done = Done()
    done.note(NOW, "there", "a", "b")
    assert done.outcome(NOW + MEMORY - timedelta(seconds=1), "a", "b") == "there"
    assert done.outcome(NOW + MEMORY, "a", "b") is None
    assert done.outcome(NOW, "a\nb") is None


def test_guessers_are_forgotten_when_their_time_is_over_and_when_there_are_too_many() -> None:
    guessers = Guessers()
    guessers.note("203.0.113.1", NOW + timedelta(seconds=5))
    assert guessers.wait("203.0.113.1", NOW) == timedelta(seconds=5)
    assert guessers.wait("203.0.113.1", NOW + timedelta(seconds=5)) is None
    for number in range(REMEMBERED + 1):
        guessers.note(f"address {number}", NOW + timedelta(hours=1))
    assert guessers.wait("address 0", NOW) is None
    assert guessers.wait("address 1", NOW) is not None
