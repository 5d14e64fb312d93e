"""The agent's console over ports in memory: one merchant, a clock, rooms without media, a storage without a disk."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar, cast

from PIL import Image
from starlette.applications import Starlette
from starlette.responses import Response

from dastak.accounts.entrance import Entrance
from dastak.accounts.merchant import Merchant
from dastak.accounts.operator import Operator, Presence, Role
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.accounts.session import Session
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.call_desk import CallDesk
from dastak.journeys.video_kyc.ports import SlotClaim
from dastak.journeys.video_kyc.rooms import (
    BadOffer,
    IceServer,
    Kept,
    NoPicture,
    NotKept,
    Picture,
    RoomClosed,
    Seat,
    SeatStats,
    View,
)
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.console import AgentConsole
from dastak.web.console.agent.routes import agent_routes
from dastak.web.console.door import Door
from dastak.web.console.routes import console_door, console_routes
from dastak.web.cookies import Cookies, Ticket
from support.trail import MemoryTrail
from unit.hosted.browser import Browser
from unit.hosted.standing import FakeLimiter
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import MERCHANT, MORNING, House
from unit.journeys.video_kyc.memory import MemoryCases, Merchants

KEY = b"k" * 32
CALLS = "/console/calls"

T = TypeVar("T")


def an_agent(id_: str, *roles: Role) -> Operator:
    return Operator(id_, MERCHANT, f"Meera {id_}", f"{id_}@asha.example", roles or (Role.AGENT,), MORNING, MORNING)


def a_picture(words: str = "customer") -> bytes:
    """A JPEG whose colour is chance, but the same for the same words."""
    file = BytesIO()
    red, green, blue = hashlib.sha256(words.encode()).digest()[:3]
    Image.new("RGB", (64, 48), (red, green, blue)).save(file, "JPEG")
    return file.getvalue()


class RingingCases(MemoryCases):
    """Rings after each save, as the mover does in the real house."""

    def __init__(self, bell: LiveBell) -> None:
        super().__init__()
        self.bell = bell

    async def save_case(
        self,
        case: VideoKyc,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        claim: SlotClaim | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        saved = await super().save_case(case, events, messages, consent, claim, steps)
        self.bell.changed(case)
        return saved


@dataclass
class People:
    """Fulfils what pages ask of an `Entrance`: whoever has a token of this list is signed in."""

    operators: dict[str, Operator] = field(default_factory=dict)
    """By token."""

    async def who(self, merchant_id: str, token: str) -> tuple[Session, Operator] | None:
        operator = self.operators.get(token)
        if operator is None or operator.merchant_id != merchant_id:
            return None
        return Session(f"ses_{token}", merchant_id, operator.id, token, MORNING, MORNING, ""), operator

    async def merchant_name(self, merchant_id: str) -> str:
        return await Merchants().merchant_name(merchant_id)


@dataclass
class FakePresence:
    """Over the house's roster: whoever is in it is online until they leave it."""

    house: House
    beats: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    last_act: datetime = MORNING

    async def is_online(self, merchant_id: str, agent_id: str) -> bool:
        return await self.house.roster.is_online(merchant_id, agent_id)

    async def beat(self, merchant_id: str, operator_id: str) -> Presence | None:
        self.beats.append(operator_id)
        if not await self.is_online(merchant_id, operator_id):
            return None
        now = self.house.clock()
        return Presence(merchant_id, operator_id, MORNING, now, now, self.last_act)

    async def acted(self, merchant_id: str, operator_id: str) -> None:
        assert merchant_id == MERCHANT
        self.acts.append(operator_id)
        self.last_act = self.house.clock()


@dataclass
class FakeRooms:
    """Fulfils `Rooms` without media: joining succeeds, and the watcher hears of it."""

    watcher: CallDesk
    house: House
    jpeg: bytes | None = field(default_factory=a_picture)
    """None: there is no picture."""
    inside: set[Seat] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    beats: list[Seat] = field(default_factory=list)
    breaks_on_close: bool = False
    ice: tuple[IceServer, ...] = ()
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody has left."""

    async def join(self, seat: Seat, offer: str) -> str:
        if seat.room in self.closed:
            raise RoomClosed("closed")
        if not offer.startswith("v=0"):
            raise BadOffer("no session description")
        self.inside.add(seat)
        await self.watcher.came(seat)
        return "v=0 answer"

    def beat(self, seat: Seat) -> None:
        self.beats.append(seat)

    async def leave(self, seat: Seat) -> None:
        if seat in self.inside:
            self.inside.discard(seat)
            await self.watcher.lost(seat)
            self.left.set()

    async def still(self, seat: Seat) -> Picture:
        assert seat.party is Party.CUSTOMER
        if seat.room in self.closed:
            raise RoomClosed("closed")
        if self.jpeg is None:
            raise NoPicture("none yet")
        return Picture(self.jpeg, 64, 48, self.house.clock())

    async def stats(self, seat: Seat) -> SeatStats | None:
        return (
            SeatStats(is_connected=True, bytes_in=1, bytes_out=1, packets_lost=0, last_media_at=None)
            if seat in self.inside
            else None
        )

    async def close(self, seat: Seat) -> None:
        self.closed.add(seat.room)
        if self.breaks_on_close:
            raise OSError("the gateway is gone")

    def ice_servers(self) -> tuple[IceServer, ...]:
        return self.ice


@dataclass
class MemoryLibrary:
    """Fulfils `Library`."""

    files: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, reference: str, content: AsyncIterator[bytes] | bytes) -> Kept:
        whole = content if isinstance(content, bytes) else b"".join([part async for part in content])
        self.files[reference] = whole
        return Kept(reference, len(whole), hashlib.sha256(whole).hexdigest())

    async def size(self, reference: str) -> int:
        if reference not in self.files:
            raise NotKept(reference)
        return len(self.files[reference])

    async def read(self, reference: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if reference not in self.files:
            raise NotKept(reference)
        yield self.files[reference][start:end]

    async def forget(self, reference: str) -> None:
        self.files.pop(reference, None)


@dataclass
class Views:
    """Remembers who was shown what."""

    seen: list[View] = field(default_factory=list)

    async def note(self, case: VideoKyc, reference: str, viewer: str, client_ip: str) -> None:
        self.seen.append(View(case.merchant_id, case.id, reference, viewer, client_ip, MORNING))


class Standing:
    """The console's application, and everything behind it."""

    def __init__(self) -> None:
        self.bell = LiveBell()
        self.house = House(cases=RingingCases(self.bell))
        self.people = People()
        self.calls = CallDesk(self.house.cases, Merchants(), self.house.here)
        self.rooms = FakeRooms(self.calls, self.house)
        self.library = MemoryLibrary()
        self.views = Views()
        self.presence = FakePresence(self.house)
        self.limiter = FakeLimiter()
        numbers = iter(range(1, 1_000_000))
        self.console = AgentConsole(
            desk=self.house.agents,
            cases=self.house.cases,
            presence=self.presence,
            rooms=self.rooms,
            library=self.library,
            viewings=self.views,
            bell=self.bell,
            seat_key=KEY,
            new_id=lambda prefix: f"{prefix}_{next(numbers):06d}",
        )
        self.trail = MemoryTrail()
        self.door: Door = console_door(
            cast("Entrance[Operator]", self.people),
            cast("OperatorRegistry", None),
            self.trail,
            self._no_merchants,
            cookie_key=KEY,
            secure_cookies=False,
            limiter=self.limiter,
            clock=self.house.clock,
        )
        self.serve()

    def serve(self) -> None:
        """Make the application of what the console has now."""
        self.app = Starlette(routes=[*agent_routes(self.door, self.console), *console_routes(self.door)])

    def reads_pictures(self) -> None:
        """Somebody looks at pictures from now on."""
        self.console = replace(self.console, reads_pictures=True)
        self.serve()

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        """Let it happen behind the pages."""
        return asyncio.run(act)

    def sign_in(self, id_: str = AGENT, *roles: Role) -> Ticket:
        """Let this operator be signed in; what the browser's cookie says."""
        self.people.operators[id_] = an_agent(id_, *roles)
        return Ticket(MERCHANT, id_)

    def browser(self, id_: str = AGENT, *roles: Role) -> Browser:
        """A browser in which that operator is signed in."""
        ticket, browser = self.sign_in(id_, *roles), Browser(self.app)
        name, value = self.cookie(ticket)
        browser.jar["/", name] = value
        return browser

    def cookie(self, ticket: Ticket) -> tuple[str, str]:
        """Name and value of the session's cookie."""
        cookies, response = Cookies(KEY, secure=False, room="console"), Response()
        cookies.admit(response, ticket)
        name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
        return name, value

    def retired(self, id_: str) -> None:
        """That operator is an agent no longer."""
        self.people.operators[id_] = replace(self.people.operators[id_], roles=(Role.AUDITOR,))

    async def _no_merchants(self) -> list[Merchant]:
        return []
