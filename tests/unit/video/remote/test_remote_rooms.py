"""Which node is asked for what, and what comes of nodes that do not answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import BadOffer, NoPicture, RoomClosed, Seat
from dastak.video.remote.client import NodeAway
from dastak.video.remote.order import order
from dastak.video.remote.rooms import RemoteRooms, RemoteSettings
from dastak.video.remote.sealed import Said
from dastak.video.remote.wire import ELSEWHERE, FULL, Ask

SEAT = Seat("mer_1", "jrn_1", "call_1", Party.CUSTOMER)
QUICK = RemoteSettings(beat_every=timedelta(seconds=0.01), gone_after=timedelta(seconds=0.2))
URLS = order(SEAT.room, ["http://a:1", "http://b:1", "http://c:1"])


class FakeNode:
    """A node as the test wants it."""

    def __init__(self, url: str, claimed: dict[str, str]) -> None:
        self.url = url
        self.claimed = claimed
        self.is_away = self.is_failing = self.is_full = False
        self.refuses = ""
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.asked: list[Ask] = []
        self.at_once = self.most_at_once = 0

    async def ask(self, ask: Ask, said: Said) -> Said:
        self.asked.append(ask)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.hangs.wait()
        finally:
            self.at_once -= 1
        if self.is_away:
            raise NodeAway("away")
        if ask is Ask.BEATS:
            return {"known": [one for one in said["seats"] if self._has(f"{one[0]}.{one[2]}")]}
        room = f"{said['seat'][0]}.{said['seat'][2]}"
        if ask is Ask.JOIN and self.is_full:
            return {"error": FULL}
        if ask is Ask.JOIN:
            self.claimed.setdefault(room, self.url)
        if not self._has(room):
            return {"error": ELSEWHERE}
        return {"error": self.refuses} if self.refuses else {"sdp": self.url, "stats": None}

    def close(self) -> None: ...

    def _has(self, room: str) -> bool:
        return self.claimed.get(room) == self.url


class Fleet:
    """Three nodes that agree through their claims, and any number of web processes."""

    def __init__(self) -> None:
        self.claimed: dict[str, str] = {}
        self.nodes = [FakeNode(url, self.claimed) for url in URLS]
        self.gone: list[Seat] = []
        self.has_gone = asyncio.Event()

    @asynccontextmanager
    async def web(self) -> AsyncIterator[RemoteRooms]:
        rooms = RemoteRooms(self.nodes, self._broken, settings=QUICK)
        await rooms.start()
        try:
            yield rooms
        finally:
            await rooms.stop()

    async def _broken(self, seat: Seat) -> None:
        self.gone.append(seat)
        self.has_gone.set()


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not wanted():  # noqa: ASYNC110 - nodes of a test tell nobody
            await asyncio.sleep(0.005)


async def test_both_parties_come_to_the_same_node_whatever_their_web_processes_believe() -> None:
    fleet = Fleet()
    first, second, _ = fleet.nodes
    async with fleet.web() as one, fleet.web() as other:
        first.is_away = True
        assert await one.join(SEAT, "") == second.url
        first.is_away = False
        assert await other.join(SEAT, "") == second.url
        assert (await one.join(SEAT, ""), first.asked) == (second.url, [Ask.JOIN, Ask.JOIN])


async def test_a_node_that_failed_lately_is_asked_last_and_one_that_is_full_not_used() -> None:
    fleet = Fleet()
    first, second, third = fleet.nodes
    first.is_failing, second.is_full = True, True
    async with fleet.web() as rooms:
        assert await rooms.join(SEAT, "") == third.url
        assert first.asked == []


async def test_when_the_node_of_the_call_is_away_nobody_else_takes_it_and_the_page_may_ask_again() -> None:
    fleet = Fleet()
    async with fleet.web() as rooms:
        await rooms.join(SEAT, "")
        fleet.nodes[0].is_away = True
        with pytest.raises(ConnectionError):
            await rooms.join(SEAT, "")
        with pytest.raises(NoPicture):
            await rooms.still(SEAT)
        assert await rooms.stats(SEAT) is None
        await rooms.leave(SEAT)
        await rooms.close(SEAT)
    with pytest.raises(RoomClosed):
        await rooms.join(SEAT, "")


async def test_what_a_node_refuses_is_refused() -> None:
    fleet = Fleet()
    async with fleet.web() as rooms:
        for kind in (BadOffer, RoomClosed):
            fleet.nodes[0].refuses = kind.code
            with pytest.raises(kind):
                await rooms.join(SEAT, "")


async def test_beats_find_the_node_without_a_join_and_never_pile_up() -> None:
    fleet = Fleet()
    fleet.claimed[SEAT.room] = fleet.nodes[2].url
    async with fleet.web() as rooms:
        rooms.beat(SEAT)
        await until(lambda: all(node.asked == [Ask.BEATS] for node in fleet.nodes))
        rooms.beat(SEAT)
        await until(lambda: len(fleet.nodes[2].asked) == 2)
        assert len(fleet.nodes[0].asked) == 1
        fleet.nodes[2].hangs.clear()
        for _ in range(10):
            rooms.beat(SEAT)
            await asyncio.sleep(0.01)
        assert fleet.nodes[2].most_at_once == 1
        fleet.nodes[2].hangs.set()
    assert fleet.gone == []


async def test_a_room_whose_node_stays_away_is_gone_once() -> None:
    fleet = Fleet()
    async with fleet.web() as rooms:
        await rooms.join(SEAT, "")
        for node in fleet.nodes:
            node.is_away = True
        async with asyncio.timeout(5):
            while not fleet.has_gone.is_set():
                rooms.beat(SEAT)
                await asyncio.sleep(0.01)
        rooms.beat(SEAT)
        await asyncio.sleep(0.05)
    assert fleet.gone == [SEAT]


async def test_a_node_that_is_back_in_time_keeps_its_call() -> None:
    fleet = Fleet()
    async with fleet.web() as rooms:
        await rooms.join(SEAT, "")
        for is_away in (True, False, True, False):
            fleet.nodes[0].is_away = is_away
            for _ in range(10):
                rooms.beat(SEAT)
                await asyncio.sleep(0.01)
    assert fleet.gone == []
