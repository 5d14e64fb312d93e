"""Rooms over aiortc are in processes of their own: what happens when one dies, and what is left when calls end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.video.calls import AGENT, BACK_ENDS, CUSTOMER, QUICK, Calls, opened
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import NoPicture, RoomWatcher, Seat
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.spool.record import Packet
from dastak.video.spool.spool import Spool
from support.children import running, threads_and_files
from support.peer import a_peer

pytestmark = pytest.mark.slow

MODULE = "dastak.video.aiortc.worker"


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    """Over aiortc only."""
    async with opened(BACK_ENDS["aiortc"], tmp_path) as calls:
        yield calls


async def come_and_go(calls: Calls, number: int) -> None:
    seats = [Seat("mer_1", f"jrn_{number}", f"call_{number}", party) for party in Party]
    async with a_peer() as customer, a_peer() as agent:
        for seat, peer in zip(seats, (customer, agent), strict=True):
            await calls.join(seat, peer)
        await asyncio.gather(customer.sees_and_hears(5), agent.sees_and_hears(5))
        for seat in seats:
            calls.silence(seat)
        await calls.rooms.close(seats[0])


async def test_no_process_is_there_before_the_first_call_nor_after_the_end(calls: Calls) -> None:
    assert running(MODULE) == []
    async with calls.met():
        assert len(running(MODULE)) == 1
    await calls.rooms.stop()
    assert running(MODULE) == []


async def test_when_a_process_dies_its_parties_are_lost_and_may_come_again(calls: Calls) -> None:
    async with calls.met(), a_peer() as customer, a_peer() as agent:
        [pid] = running(MODULE)
        os.kill(pid, signal.SIGKILL)
        for seat in (CUSTOMER, AGENT):
            await calls.watcher.until(seat.party, "came", "lost", within=2)
            with pytest.raises(NoPicture):
                await calls.rooms.still(seat)
            assert await calls.rooms.stats(seat) is None
        await calls.join(CUSTOMER, customer)
        await calls.join(AGENT, agent)
        await asyncio.gather(customer.sees_and_hears(), agent.sees_and_hears())
        for seat in (CUSTOMER, AGENT):
            await calls.watcher.until(seat.party, "came", "lost", "came")
        await calls.rooms.close(CUSTOMER)
    packets = [one for one in calls.spool.records(CUSTOMER.room) if isinstance(one, Packet)]
    assert len({one.track.connection for one in packets}) == 4, "both processes' recordings are there"


async def test_a_process_that_hangs_is_no_reason_to_hang(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    async with calls.met():
        monkeypatch.setattr("dastak.video.aiortc.workers._ANSWER_SECONDS", 0.5)
        monkeypatch.setattr("dastak.video.aiortc.workers._STOP_SECONDS", 0.5)
        [pid] = running(MODULE)
        os.kill(pid, signal.SIGSTOP)
        assert await calls.rooms.stats(CUSTOMER) is None
        await calls.rooms.stop()
        assert running(MODULE) == []
        assert calls.watcher.of(Party.CUSTOMER) == ["came", "lost"]


async def test_signals_of_a_terminal_do_not_end_calls(calls: Calls) -> None:
    async with calls.met() as (customer, _):
        [pid] = running(MODULE)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, number)
        await customer.sees_and_hears()


async def test_calls_are_spread_over_processes_and_each_call_is_in_one(tmp_path: Path) -> None:
    def make(watcher: RoomWatcher, spool: Spool) -> AiortcRooms:
        return AiortcRooms(replace(QUICK, processes=2), watcher, spool, clock=lambda: datetime.now(UTC))

    async with opened(make, tmp_path) as calls:
        for number in range(4):
            await come_and_go(calls, number)
        assert len(running(MODULE)) == 2


async def test_a_process_with_rooms_has_no_settings_of_the_server(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASTAK_SECRET_KEY", "a secret")
    async with calls.met():
        [pid] = running(MODULE)
        assert b"DASTAK" not in Path(f"/proc/{pid}/environ").read_bytes()


async def test_many_who_come_and_go_leave_nothing_behind(calls: Calls) -> None:
    for number in range(2):
        await come_and_go(calls, number)
    [pid] = running(MODULE)
    before = threads_and_files(pid)
    for number in range(2, 6):
        await come_and_go(calls, number)
    after = threads_and_files(pid)
    assert after[0] <= before[0] + 2, "the pool that writes has a few threads"
    assert after[1] <= before[1] + 2
