"""What the agent's pages need, and the few words in which their handlers speak.

In: desks and ports, from `app`. Out: `AgentConsole`, which every handler of this folder gets.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.operator import Presence
from dastak.journeys.video_kyc.agent_desk import AgentDesk
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Library, Rooms, Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.case_id import case_id_of
from dastak.web.console.door import Door
from dastak.web.console.evidence_file import Viewings
from dastak.web.console.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.newest import Newest
from dastak.web.page_headers import CAMERA
from dastak.web.together import Together

CALLS = "/console/calls"
"""The queue, and going online."""
CALL = "/console/call"
"""Below it, a case by its id."""
OVER: Mapping[str, object] = {"over": True}
"""The last piece of news of a stream: the page is no longer right and must be loaded again."""


class AgentPresence(Protocol):
    """Who is online. A page that is open beats every few seconds, and says when somebody does something there."""

    async def is_online(self, merchant_id: str, agent_id: str) -> bool:
        """Whether the agent takes calls, and was heard of lately."""

    async def beat(self, merchant_id: str, operator_id: str) -> Presence | None:
        """The agent's page is open. None: the agent is not online (any longer)."""

    async def acted(self, merchant_id: str, operator_id: str) -> None:
        """The agent did something, and so is there."""


class CaseReader(Protocol):
    """What the pages read of cases beside the agent's own; a part of `VideoKycStore`."""

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None: ...

    async def slots_booked(self, merchant_id: str, start: datetime, end: datetime) -> Mapping[datetime, int]: ...


Queue = tuple[Sequence[VideoKyc], Mapping[datetime, int]]
"""Who waits, the next first; and of the slots to come, how many customers have booked each."""


@dataclass(frozen=True, slots=True)
class AgentConsole:
    """Everything behind the agent's pages."""

    desk: AgentDesk
    cases: CaseReader
    presence: AgentPresence
    rooms: Rooms
    library: Library
    viewings: Viewings
    bell: LiveBell
    seat_key: bytes
    """Signs the tokens of seats; the customer's pages and these may share it."""
    new_id: Callable[[str], str]
    """prefix → `prefix_…`"""
    queues: Together[Queue] = field(default_factory=Together)
    """The queue of a merchant, read once for all its agents who look at the same moment."""
    newest: Newest = field(default_factory=Newest)
    """Which page of an agent has the call."""
    reads_pictures: bool = False
    """Whether somebody examines pictures; if not, the pages say so."""

    def seat(self, case: VideoKyc, party: Party) -> Seat:
        """That party's seat in the case's latest call."""
        return Seat(case.merchant_id, case.id, case.calls[-1].id, party)

    async def mine(self, visit: Visit) -> VideoKyc:
        """The case that the path names, if the agent has it. Raises `NotYours`, `CaseNotFound`."""
        return await self.desk.read(*who(visit))


AgentAct = Callable[[AgentConsole, Door, Visit], Awaitable[Response]]
AgentFormAct = Callable[[AgentConsole, Door, Visit, Form], Awaitable[Response]]


def case_path(case_id: str) -> str:
    """Where a case is shown."""
    return f"{CALL}/{case_id}"


def who(visit: Visit) -> tuple[str, str, str]:
    """Merchant, agent and case, as the desk takes them."""
    return visit.operator.merchant_id, visit.operator.id, case_id_of(visit)


def wants_json(request: Request) -> bool:
    """Whether the script of a page asks, and not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


def go(door: Door, visit: Visit, path: str) -> Response:
    """Lead on to that page; a script is told to."""
    return JSONResponse({"go": path}) if wants_json(visit.request) else door.go(path)


def show_with_camera(door: Door, visit: Visit, template: str, **values: object) -> Response:
    """A page that may use camera and microphone."""
    response = show(door, visit, template, 200, **values)
    response.headers["permissions-policy"] = CAMERA
    return response
