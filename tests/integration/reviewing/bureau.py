"""Where auditors work: the real console over ports in memory, on a real socket, with people who are signed in."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self, TypeVar

from starlette.applications import Starlette

from dastak.accounts.operator import Operator, Role
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.accounts.session import Session, digest_of
from dastak.journeys.video_kyc.auditor_desk import AuditorDesk
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.rooms import CompositionState
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.review.room import AuditorConsole
from dastak.web.console.review.routes import review_routes
from dastak.web.console.routes import console_door, console_routes
from dastak.web.limiter import Rate, WindowLimiter
from dastak.web.viewing import Viewings
from integration.reviewing.shelf import Shelf, Views, Works
from support.customer import Customer, Page
from support.serving import Serving
from support.trail import MemoryTrail
from unit.accounts.test_entrance import World
from unit.journeys.video_kyc.cases import AGENT, AUDITOR, OTHER_AGENT
from unit.journeys.video_kyc.house import MERCHANT, MORNING, House
from unit.journeys.video_kyc.memory import Merchants

T = TypeVar("T")
BOTH = "opr_both"
"""Who is agent and auditor."""
SECOND = "opr_second"
"""Another auditor."""
SHA256 = "ab" * 32
A_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
NAMES = {
    AGENT: ("Ravi Kumar", (Role.AGENT,)),
    OTHER_AGENT: ("Sunil Rao", (Role.AGENT,)),
    AUDITOR: ("Meera Nair", (Role.AUDITOR,)),
    SECOND: ("Farah Khan", (Role.AUDITOR,)),
    BOTH: ("Priya Shah", (Role.AGENT, Role.AUDITOR)),
}
MOST = 100_000


class Person(Customer):
    """Somebody at the console, signed in."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(f"{url}/console")
        self._cookies["/ dastak-console"] = ("dastak-console", f"{MERCHANT}.{token}")

    def go(self, path: str) -> Page:
        """Open a page."""
        return self._go("GET", f"/console/reviews{path}")

    def send(self, path: str, **typed: str) -> Page:
        """Fill and send a form of the shown page."""
        return self.submit(f"/reviews{path}", **typed)


@dataclass
class Bureau:
    """As a context manager it is open."""

    house: House = field(default_factory=House)
    shelf: Shelf = field(default_factory=Shelf)
    views: Views = field(default_factory=Views)
    works: Works = field(default_factory=Works)
    bell: LiveBell = field(default_factory=LiveBell)
    world: World = field(default_factory=World)
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        world, clock = self.world, self.house.clock
        world.now = MORNING
        world.operators_ = [
            Operator(id_, MERCHANT, name, f"{id_}@asha.example", roles, MORNING, MORNING)
            for id_, (name, roles) in NAMES.items()
        ]
        for id_ in NAMES:
            session = Session(f"ses_{id_}", MERCHANT, id_, digest_of(id_), MORNING, MORNING, "Firefox")
            world.open[session.token_digest] = session
        rates = {"console_page": Rate(MOST), "console_code": Rate(MOST), "console_guess": Rate(MOST)}
        self.trail = MemoryTrail()
        door = console_door(
            world.entrance(),
            OperatorRegistry(world, now=clock, new_id=lambda prefix: f"{prefix}_x"),
            self.trail,
            _nobody_asks,
            cookie_key=b"c" * 32,
            secure_cookies=False,
            limiter=WindowLimiter(rates, monotonic=lambda: clock().timestamp()),
            clock=clock,
        )
        desk = AuditorDesk(self.house.cases, Merchants(), replace(self.house.here, bell=self.bell))
        viewings = Viewings(self.views, clock)
        room = AuditorConsole(desk, self.house.cases, self.shelf, self.views, viewings, self.works, self.bell)
        self.serving = Serving(Starlette(routes=[*review_routes(door, room), *console_routes(door)]))

    def __enter__(self) -> Self:
        self.serving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for person in self.people:
            person.close()
        self.stop_bell()
        self.serving.__exit__(None, None, None)

    def person(self, operator_id: str = AUDITOR) -> Person:
        """Somebody in a browser without script."""
        self.people.append(Person(self.serving.url, operator_id))
        return self.people[-1]

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        """Move a case, on the event loop of the server."""
        return self.serving.run(act)

    def decided(self, verification_id: str = "v-1", agent: str = AGENT) -> VideoKyc:
        """A case that waits for review, recorded and with pictures."""
        self.house.roster.who.add(agent)
        case = self.do(self.house.decided(verification_id, agent))
        self.shelf.files |= {still.reference: A_JPEG for still in case.stills}
        return self.do(self.house.evidence.recorded(MERCHANT, case.id, case.calls[-1].id, f"raw/{case.id}"))

    def composed(self, case: VideoKyc, content: bytes = b"0123456789", ending: str = "mp4") -> VideoKyc:
        """Its recording can be played from now on."""
        reference = f"mer_1/{case.id}/call.{ending}"
        self.shelf.files[reference] = content
        return self.do(self.house.evidence.composed(MERCHANT, case.id, reference, SHA256))

    def composing(self, case: VideoKyc, progress: float, failure: str = "") -> None:
        """Its recording is so far."""
        self.works.states[MERCHANT, case.id] = CompositionState(progress, 1, failure)

    def ring(self, case: VideoKyc) -> None:
        """Say that the case has changed, as another part of the process does."""
        self.serving.run(_at_once(lambda: self.bell.changed(case)))

    def stop_bell(self) -> None:
        """As the server does when it stops."""
        self.serving.run(_at_once(self.bell.stop))

    def later(self, **span: float) -> None:
        self.house.clock.advance(timedelta(**span))


async def _at_once(act: Callable[[], None]) -> None:
    act()


async def _nobody_asks() -> list[Any]:
    return []
