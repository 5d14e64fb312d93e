"""The customer's pages over all desks of Video KYC in memory, and rooms that only write down who came."""

# ruff: noqa: ARG002 - a fake takes what the real one takes, and needs less of it

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette

from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.rooms import BadOffer, IceServer, Picture, RoomClosed, Rooms, Seat, SeatStats
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.hosted.routes import hosted_routes
from dastak.web.hosted.video_ports import VideoPorts
from unit.hosted.browser import Browser
from unit.hosted.fake_desk import FakeDesk
from unit.hosted.standing import KEY, FakeLimiter
from unit.journeys.video_kyc.house import PHONE_OTP, House

SEAT_KEY = b"s" * 32
ANSWER = "v=0 answer"
BAD_OFFER = "no offer"


@dataclass
class NotedRooms:
    """Fulfils `Rooms` without any media."""

    joined: list[tuple[Seat, str]] = field(default_factory=list)
    beats: list[Seat] = field(default_factory=list)
    left: list[Seat] = field(default_factory=list)
    closed: list[Seat] = field(default_factory=list)

    async def join(self, seat: Seat, offer: str) -> str:
        if offer == BAD_OFFER:
            raise BadOffer("no session description")
        if seat in self.closed:
            raise RoomClosed("closed")
        self.joined.append((seat, offer))
        return ANSWER

    def beat(self, seat: Seat) -> None:
        self.beats.append(seat)

    async def leave(self, seat: Seat) -> None:
        self.left.append(seat)

    async def still(self, seat: Seat) -> Picture:
        raise RoomClosed("there is no media here")

    async def stats(self, seat: Seat) -> SeatStats | None:
        return None

    async def close(self, seat: Seat) -> None:
        self.closed.append(seat)

    def ice_servers(self) -> tuple[IceServer, ...]:
        return (IceServer(("turn:turn.example.com:3478",), "u<'\">", "c"),)


@dataclass
class NotedPhotos:
    """Fulfils `Photos`."""

    asked: str = ""
    kept: list[tuple[str, str, bytes]] = field(default_factory=list)

    def wanted(self, case: VideoKyc) -> str:
        return self.asked

    async def keep(self, case: VideoKyc, wanted: str, jpeg: bytes) -> None:
        self.kept.append((case.id, wanted, jpeg))


@dataclass
class Hall:
    """Pages, desks, rooms, and a clock."""

    sandbox: bool = True
    gone_after: timedelta | None = timedelta(seconds=60)
    media: Rooms | None = None
    """Other rooms than those that write down."""
    bell: LiveBell = field(default_factory=LiveBell)
    rooms: NotedRooms = field(default_factory=NotedRooms)
    photos: NotedPhotos = field(default_factory=NotedPhotos)
    limiter: FakeLimiter = field(default_factory=FakeLimiter)
    links: FakeDesk = field(default_factory=FakeDesk)

    def __post_init__(self) -> None:
        self.house = House(shown_otp=PHONE_OTP if self.sandbox else None, bell=self.bell)
        self.ports = VideoPorts(
            self.house.customer, self.media or self.rooms, self.bell, SEAT_KEY, self.photos, self.gone_after
        )
        self.app = Starlette(
            routes=hosted_routes(
                self.links,
                cookie_key=KEY,
                sandbox=self.sandbox,
                secure_cookies=False,
                limiter=self.limiter,
                clock=self.house.clock,
                video=self.ports,
            )
        )

    @property
    def now(self) -> datetime:
        return self.house.clock.now

    def browser(self) -> Browser:
        return Browser(self.app, "203.0.113.9")

    def inside(self, case: VideoKyc) -> Browser:
        """A browser whose customer has typed the code from the phone."""
        browser = self.browser()
        browser.open(path_of(case))
        browser.send(f"{path_of(case)}/otp")
        assert browser.send(f"{path_of(case)}/otp/confirm", otp=PHONE_OTP).status == 200
        return browser


def path_of(case: VideoKyc) -> str:
    return f"/verification/{case.code}"
