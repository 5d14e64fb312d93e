"""What the auditor's pages need, and how their errors are told.

In: `AuditorConsole` from `app`; handlers that take it. Out: handlers as the console's door mounts them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response

from dastak.accounts.operator import Role
from dastak.journeys.video_kyc.auditor_desk import AuditorDesk
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.errors import AuditorIsAgent, CaseNotFound
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.rooms import CompositionState, Library, NotKept, ViewLog
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.case_id import case_id_of
from dastak.web.console.door import Door, Endpoint
from dastak.web.console.refusal import NOT_FOUND
from dastak.web.console.signed_in import Visit, posted, signed_in
from dastak.web.form import Form
from dastak.web.refusal import PlainPage, Refused
from dastak.web.viewing import Viewings

PATH = "/console/reviews"
PENDING = f"{PATH}/pending"

WAS_AGENT = PlainPage(
    403,
    "You took a call of this customer",
    "Whoever was a customer's agent does not review the case, however the call went. Another auditor will.",
    "To what waits for review",
    PENDING,
)
NOT_KEPT = PlainPage(
    404,
    "This is no longer kept",
    "The recording or picture was removed when its time had passed.",
    "To what waits for review",
    PENDING,
)


class ReviewCases(Protocol):
    """What the pages ask of a `VideoKycStore` beside the desk."""

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None: ...

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]: ...


class Progress(Protocol):
    """What the pages ask of `Compositions`."""

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None: ...


@dataclass(frozen=True, slots=True)
class AuditorConsole:
    """What every handler needs beside the door.

    Args:
        desk: decides.
        cases: finds and counts.
        library: has recordings and pictures.
        views: who was shown what.
        viewings: notes it.
        progress: how far compositions are.
        bell: rings when a case changes.
    """

    desk: AuditorDesk
    cases: ReviewCases
    library: Library
    views: ViewLog
    viewings: Viewings
    progress: Progress
    bell: LiveBell


Act = Callable[[AuditorConsole, Door, Visit], Awaitable[Response]]
FormAct = Callable[[AuditorConsole, Door, Visit, Form], Awaitable[Response]]


def shown(door: Door, room: AuditorConsole, act: Act) -> Endpoint:
    """A handler that shows an auditor something."""
    return signed_in(door, lambda door, visit: _told(act(room, door, visit)), Role.AUDITOR)


def sent(door: Door, room: AuditorConsole, act: FormAct) -> Endpoint:
    """A handler of an auditor's form."""
    return posted(door, lambda door, visit, form: _told(act(room, door, visit, form)), Role.AUDITOR)


async def case_of(room: AuditorConsole, visit: Visit) -> VideoKyc:
    """The case that the path names. Raises `CaseNotFound`, `AuditorIsAgent`."""
    return await room.desk.read(visit.operator.merchant_id, visit.operator.id, case_id_of(visit))


async def names_of(door: Door, visit: Visit) -> Mapping[str, str]:
    """Operator's id → name, of the whole company."""
    return {one.id: one.name for one in await door.registry.list(visit.operator.merchant_id)}


async def _told(answer: Awaitable[Response]) -> Response:
    try:
        return await answer
    except CaseNotFound:
        raise Refused(NOT_FOUND) from None
    except AuditorIsAgent:
        raise Refused(WAS_AGENT) from None
    except NotKept:
        raise Refused(NOT_KEPT) from None
