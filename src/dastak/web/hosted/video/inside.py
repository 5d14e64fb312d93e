"""A customer who has confirmed the phone, at a Video KYC: what every handler of a case starts from.

In: a door, a visit, the case. Out: pages and redirects. `case_form` turns a handler into one of the door's forms.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from dastak.journeys.errors import IllegalSignal
from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.video_kyc.errors import CaseClosed, NotReady, StepClosed
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.form import Form
from dastak.web.hosted.door import Door, FormAct
from dastak.web.hosted.face import Face
from dastak.web.hosted.headers import LIVE_HEADERS, MEDIA_HEADERS
from dastak.web.hosted.session import Session
from dastak.web.hosted.video.doors import doors
from dastak.web.hosted.video.place import Page, Wish
from dastak.web.hosted.video_ports import VideoPorts
from dastak.web.hosted.visit import Visit

_HEADERS: Mapping[Page, Mapping[str, str]] = {
    Page.CHECKS: MEDIA_HEADERS,
    Page.CALL: MEDIA_HEADERS,
    Page.QUEUE: LIVE_HEADERS,
}
_SHARED = frozenset({Page.AADHAAR, Page.AADHAAR_OTP})
"""Pages that KYC Link has too."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One visit of a confirmed customer."""

    door: Door
    ports: VideoPorts
    visit: Visit
    session: Session
    case: VideoKyc
    face: Face

    def show(self, page: Page, status: int = 200, **shown: object) -> Response:
        """That page, with the progress of this case above it. Its session lasts anew."""
        session = replace(self.session, issued_at=self.visit.now)
        return self.door.show(
            self.visit,
            session,
            page.value if page in _SHARED else f"video/{page.value}",
            status,
            headers=_HEADERS.get(page),
            face=self.face,
            knocks=doors(self.case, page),
            **shown,
        )

    def back(self, wish: Wish | None = None) -> Response:
        """To the link, which shows what comes next."""
        return self.door.go(self.visit.path if wish is None else f"{self.visit.path}?step={wish.value}")


CaseAct = Callable[[Inside, Form], Awaitable[Response]]


def video_ports(door: Door) -> VideoPorts:
    """What the pages of a Video KYC need. Raises `LinkNotFound` where there are none."""
    if door.video is None:
        raise LinkNotFound("there are no Video KYCs here")
    return door.video


async def inside(door: Door, visit: Visit, session: Session) -> Inside:
    """The case of this visit. Raises `CaseNotFound`."""
    ports = video_ports(door)
    case = await ports.desk.case(visit.code)
    return Inside(door, ports, visit, session, case, await door.face(case.merchant_id, names=ports.desk))


def case_form(act: CaseAct) -> FormAct:
    """A form of a case: one at a time, and what comes too late or too early only leads back to the link."""

    async def posted(door: Door, visit: Visit, session: Session, form: Form) -> Response:
        async with door.turns.of(visit.code):
            at = await inside(door, visit, session)
            try:
                return await act(at, form)
            except NotReady:
                return at.back(Wish.CHECKS)
            except (CaseClosed, StepClosed, IllegalSignal):
                return at.back()

    return posted
