"""A node's door over real HTTP: who has not the key, and what was said before, is refused, and learns nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest
from starlette.applications import Starlette

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.errors import CaseNotFound, RecordedElsewhere
from dastak.journeys.video_kyc.rooms import IceServer, Picture, RoomClosed, Seat, SeatStats
from dastak.video.remote.client import Node, NodeAway
from dastak.video.remote.node import LONGEST_REQUEST, NodeDoor
from dastak.video.remote.sealed import NO_RUN, RUN_BYTES, Reader, open_answer, seal_request
from dastak.video.remote.wire import AWAY, ELSEWHERE, FULL, Ask, picture_in, seat_out, stats_in
from support.server import free_port
from support.serving import Serving

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SEAT = Seat("mer_1", "jrn_1", "call_1", Party.CUSTOMER)
NOW = datetime(2026, 1, 10, 7, tzinfo=UTC)


@dataclass
class Rooms:
    """Fulfils `RoomsHere`, and remembers what was asked of it."""

    asked: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    refuses: Exception | None = None
    """What the claim says."""

    async def join(self, seat: Seat, offer: str) -> str:
        self.asked.append(f"join {offer}")
        self.open.add(seat.room)
        return "answer"

    def beat(self, seat: Seat) -> None:
        self.asked.append(f"beat {seat.party.value}")

    async def leave(self, seat: Seat) -> None:
        self.asked.append(f"leave {seat.party.value}")

    async def still(self, seat: Seat) -> Picture:
        self.asked.append(f"still {seat.party.value}")
        return Picture(b"\xff\xd8jpeg", 640, 480, NOW)

    async def stats(self, seat: Seat) -> SeatStats | None:
        self.asked.append(f"stats {seat.party.value}")
        return SeatStats(True, 1, 2, 3, NOW)

    async def close(self, seat: Seat) -> None:
        self.asked.append(f"close {seat.call_id}")

    def ice_servers(self) -> tuple[IceServer, ...]:
        return ()

    async def is_open(self, seat: Seat) -> bool:
        return seat.room in self.open

    async def knows(self, seat: Seat) -> bool:
        return seat.room in self.open

    async def claim(self, seat: Seat) -> None:
        self.asked.append(f"claim {seat.call_id}")
        if self.refuses is not None:
            raise self.refuses


@dataclass
class House:
    """A node that listens."""

    rooms: Rooms
    door: NodeDoor
    reader: Reader
    serving: Serving

    @property
    def node(self) -> Node:
        return Node(self.serving.url, KEY)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.serving.port, timeout=10)
        try:
            connection.request("POST", path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture
def house() -> Iterator[House]:
    rooms, reader = Rooms(), Reader([KEY], time.time)
    door = NodeDoor(rooms, rooms.claim, reader)
    with Serving(Starlette(routes=door.routes())) as serving:
        yield House(rooms, door, reader, serving)


async def test_everything_is_asked_and_answered(house: House) -> None:
    node, seat = house.node, {"seat": seat_out(SEAT)}
    for ask in (Ask.LEAVE, Ask.STILL, Ask.STATS, Ask.CLOSE):
        assert await node.ask(ask, seat) == {"error": ELSEWHERE}
    assert await node.ask(Ask.BEATS, {"seats": [seat_out(SEAT)]}) == {"known": []}
    assert await node.ask(Ask.JOIN, {**seat, "sdp": "offer"}) == {"sdp": "answer"}
    assert await node.ask(Ask.JOIN, {**seat, "sdp": "again"}) == {"sdp": "answer"}
    assert await node.ask(Ask.BEATS, {"seats": [seat_out(SEAT)]}) == {"known": [seat_out(SEAT)]}
    assert picture_in(await node.ask(Ask.STILL, seat)) == Picture(b"\xff\xd8jpeg", 640, 480, NOW)
    assert stats_in((await node.ask(Ask.STATS, seat))["stats"]) == SeatStats(True, 1, 2, 3, NOW)
    for ask in (Ask.LEAVE, Ask.CLOSE):
        assert await node.ask(ask, seat) == {}
    assert house.rooms.asked == [
        "claim call_1",
        "join offer",
        "join again",
        "beat customer",
        "still customer",
        "stats customer",
        "leave customer",
        "close call_1",
    ]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (RecordedElsewhere("there"), ELSEWHERE),
        (CaseNotFound("no"), RoomClosed.code),
        (RoomClosed("over"), RoomClosed.code),
    ],
)
async def test_a_call_that_is_not_this_node_s_is_not_opened(house: House, refusal: Exception, said: str) -> None:
    house.rooms.refuses = refusal
    answer = await house.node.ask(Ask.JOIN, {"seat": seat_out(SEAT), "sdp": "offer"})
    assert answer["error"] == said
    assert house.rooms.asked == ["claim call_1"]


async def test_a_node_whose_store_is_away_counts_as_away(house: House) -> None:
    house.rooms.refuses = ConnectionError("no store")
    with pytest.raises(NodeAway):
        await house.node.ask(Ask.JOIN, {"seat": seat_out(SEAT), "sdp": "offer"})


async def test_a_node_that_stops_opens_no_room_and_goes_on_with_those_in_use(house: House) -> None:
    node, asked = house.node, {"seat": seat_out(SEAT), "sdp": "offer"}
    house.door.takes_new = False
    assert await node.ask(Ask.JOIN, asked) == {"error": FULL}
    house.rooms.open.add(SEAT.room)
    assert await node.ask(Ask.JOIN, asked) == {"sdp": "answer"}


def test_a_request_that_was_heard_on_the_way_cannot_be_said_again_nor_sent_elsewhere(house: House) -> None:
    house.rooms.open.add(SEAT.room)
    request = seal_request(KEY, Ask.CLOSE, house.reader.run, {"seat": seat_out(SEAT)}, time.time())
    assert house.post("/rooms/leave", request)[0] == 403
    status, answer = house.post("/rooms/close", request)
    assert (status, open_answer(KEY, Ask.CLOSE, request, answer)) == (200, {})
    assert house.post("/rooms/close", request) == (403, b"")
    assert house.rooms.asked == ["close call_1"]
    old = seal_request(KEY, Ask.CLOSE, house.reader.run, {"seat": seat_out(SEAT)}, time.time() - 60)
    assert house.post("/rooms/close", old) == (403, b"")


def test_who_has_not_the_key_gets_nothing(house: House) -> None:
    run = house.reader.run
    forged = seal_request(OTHER_KEY, Ask.CLOSE, run, {"seat": seat_out(SEAT)}, time.time())
    for body in (forged, run, run + b"x" * 40, run + b"x" * LONGEST_REQUEST):
        assert house.post("/rooms/close", body) == (403, b"")
    for body in (b"", b"{}", NO_RUN + forged[RUN_BYTES:]):
        assert house.post("/rooms/close", body) == (409, run)
    assert house.post("/rooms/open", forged)[0] == 404
    assert house.rooms.asked == []


async def test_an_answer_that_is_not_the_node_s_is_as_good_as_none(house: House) -> None:
    with pytest.raises(NodeAway):
        await Node(house.serving.url, OTHER_KEY).ask(Ask.BEATS, {"seats": []})
    nobody = Node(f"http://127.0.0.1:{free_port()}", KEY)
    with pytest.raises(NodeAway):
        await nobody.ask(Ask.BEATS, {"seats": []})
    assert nobody.is_failing
    assert AWAY not in house.rooms.asked
