"""The door itself: lets a visit in or turns it away, and hands out pages.

In: every route's handler runs behind `page` or `posted`. Out: a response; no exception gets past here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.video_kyc.errors import CaseNotFound
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.failure_place import trace_of
from dastak.web.form import Form, read_form
from dastak.web.hosted.csrf import FIELD, Csrf
from dastak.web.hosted.desk import CustomerDesk, PhoneDesk
from dastak.web.hosted.face import Face, Faces, Names
from dastak.web.hosted.form import NEVER_SHOWN_AGAIN, OF_CUSTOMERS
from dastak.web.hosted.headers import PAGE_HEADERS
from dastak.web.hosted.limiter import Bucket, Guessers, Limiter
from dastak.web.hosted.pages import Pages
from dastak.web.hosted.refusal import AWAY, NOT_FOUND, NOT_OUR_FORM, SERVER_ERROR, TOO_MANY
from dastak.web.hosted.sandbox import hints_for
from dastak.web.hosted.session import Session, Sessions
from dastak.web.hosted.turns import Done, Turns
from dastak.web.hosted.video_ports import VideoPorts
from dastak.web.hosted.visit import Visit
from dastak.web.origin import is_own_origin
from dastak.web.refusal import Refused

log = structlog.get_logger("dastak.web.hosted")

Endpoint = Callable[[Request], Awaitable[Response]]

COME_AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Found:
    """The journey behind a code, of either kind."""

    journey: KycLink | VideoKyc
    face: Face
    """Of its merchant."""
    phones: PhoneDesk
    """Who confirms its customer's phone."""


@dataclass(frozen=True, slots=True)
class Door:
    """What every handler needs."""

    desk: CustomerDesk
    sessions: Sessions
    csrf: Csrf
    limiter: Limiter
    clock: Callable[[], datetime]
    sandbox: bool
    pages: Pages = field(default_factory=Pages)
    guessers: Guessers = field(default_factory=Guessers)
    turns: Turns = field(default_factory=Turns)
    done: Done = field(default_factory=Done)
    video: VideoPorts | None = None
    """None: there are no Video KYCs here."""
    faces: Faces | None = None
    """None: merchants have names alone."""

    async def face(self, merchant_id: str, template_name: str = "", names: Names | None = None) -> Face:
        """The merchant as its customers see it; `names` are those of another desk than that of KYC Links."""
        if self.faces is None:
            return Face(await (names or self.desk).merchant_name(merchant_id))
        return await self.faces.face(merchant_id, template_name)

    async def find(self, code: str) -> Found:
        """What that code leads to. Raises `LinkNotFound`."""
        try:
            link = await self.desk.link(code)
        except LinkNotFound:
            if self.video is None:
                raise
        else:
            return Found(link, await self.face(link.merchant_id, link.template_name), self.desk)
        try:
            case = await self.video.desk.case(code)
        except CaseNotFound:
            raise LinkNotFound from None
        return Found(case, await self.face(case.merchant_id, names=self.video.desk), self.video.desk)

    def show(
        self,
        visit: Visit,
        session: Session,
        template: str,
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        **shown: object,
    ) -> Response:
        """A page with forms: it carries the session and the token that belongs to it; `headers` replace the usual."""
        hints = hints_for(template, session.sandbox_otp) if self.sandbox else ()
        common = {"path": visit.path, "token": self.csrf.token(visit.place, session), "hints": hints}
        response = self.pages.render(template, status, sandbox=self.sandbox, **(common | shown))
        response.headers.update(headers or {})
        self.sessions.write(response, visit.place, session)
        return response

    def show_closed(self, template: str, status: int = 200, **shown: object) -> Response:
        """A page on which nothing can be sent."""
        return self.pages.render(template, status, sandbox=self.sandbox, **shown)

    def go(self, path: str, visit: Visit | None = None, session: Session | None = None) -> Response:
        """Redirect after a post, so that a reload repeats nothing."""
        response = RedirectResponse(path, status_code=303, headers=PAGE_HEADERS)
        if visit is not None and session is not None:
            self.sessions.write(response, visit.place, session)
        return response

    def spend(self, bucket: Bucket, key: str) -> None:
        """Count one use. Raises `Refused` when there were too many."""
        wait = self.limiter.allow(bucket, key)
        if wait is not None:
            raise Refused(TOO_MANY, wait)

    def refuse(self, refused: Refused, path: str = "", **shown: object) -> Response:
        """The plain page of a refusal."""
        page = refused.page
        response = self.pages.render(
            "plain", page.status, sandbox=self.sandbox, page=page, path=path if page.way_on else "", **shown
        )
        if refused.retry_after is not None:
            response.headers["retry-after"] = str(max(1, ceil(refused.retry_after.total_seconds())))
        return response

    def away(self, visit: Visit, form: Form | None = None) -> Response:
        """The store cannot be reached: the form as it was typed is one press away, unless it may not be shown again.

        Sending a form twice is harmless: its stamp, or the journey's own state, knows it.
        """
        typed = {} if form is None or NEVER_SHOWN_AGAIN & set(form) else form
        log.warning("hosted_page_unavailable", method=visit.request.method)
        return self.refuse(Refused(AWAY, COME_AGAIN), visit.path, typed=typed, action=visit.request.url.path)


Act = Callable[[Door, Visit], Awaitable[Response]]
FormAct = Callable[[Door, Visit, Session, Form], Awaitable[Response]]


def page(door: Door, act: Act, prefix: str = "") -> Endpoint:
    """A handler that only shows something."""

    async def endpoint(request: Request) -> Response:
        visit = visit_of(door, request, prefix)
        return await _behind_the_door(door, visit, lambda: act(door, visit))

    return endpoint


def posted(door: Door, act: FormAct, prefix: str = "", *, confirmed: bool = True) -> Endpoint:
    """A handler of a form. By default only a browser that has proved to hold the customer's phone gets in."""

    async def endpoint(request: Request) -> Response:
        visit = visit_of(door, request, prefix)

        async def accept() -> Response:
            form = await read_form(request, OF_CUSTOMERS)
            if not is_own_origin(request):
                raise Refused(NOT_OUR_FORM)
            session = visit.session
            if session is None or (confirmed and not session.confirmed):
                return door.go(f"{visit.path}?ended=1")
            if not door.csrf.holds(visit.place, session, form.get(FIELD, "")):
                raise Refused(NOT_OUR_FORM)
            try:
                return await act(door, visit, session, form)
            except ConnectionError:
                return door.away(visit, form)

        return await _behind_the_door(door, visit, accept)

    return endpoint


def visit_of(door: Door, request: Request, prefix: str = "") -> Visit:
    """This request as a visit, with the session that its cookie holds."""
    code: str = request.path_params["code"]
    now = door.clock()
    place = prefix + code
    return Visit(request, code, place, door.sessions.read(request, place, now), now)


async def _behind_the_door(door: Door, visit: Visit, act: Callable[[], Awaitable[Response]]) -> Response:
    try:
        admit(door, visit)
        return await act()
    except Refused as refused:
        return door.refuse(refused, visit.path)
    except (LinkNotFound, CaseNotFound):
        return door.refuse(_missed(door, visit))
    except ConnectionError:  # the store says so: what was asked for may be asked for again
        return door.away(visit)
    except Exception as problem:  # noqa: BLE001 - the customer gets a page whatever broke; the log gets the place
        kind = type(problem).__name__
        # not log.exception: its traceback could hold what the customer typed
        log.error("hosted_page_failed", method=visit.request.method, error=kind, trace=trace_of(problem))  # noqa: TRY400
        return door.refuse(Refused(SERVER_ERROR), visit.path)


def admit(door: Door, visit: Visit) -> None:
    """Count the visit: by link for customers inside, by address for everyone else. Raises `Refused`."""
    if visit.is_confirmed:
        door.spend("page", f"link:{visit.code}")
        return
    wait = door.guessers.wait(visit.client_ip, visit.now)
    if wait is not None:
        raise Refused(TOO_MANY, wait)
    door.spend("page", f"ip:{visit.client_ip}")


def _missed(door: Door, visit: Visit) -> Refused:
    """What someone gets who asked for a link that is not there."""
    wait = door.limiter.allow("link_miss", visit.client_ip)
    if wait is None:
        return Refused(NOT_FOUND)
    door.guessers.note(visit.client_ip, visit.now + max(wait, timedelta(seconds=1)))
    return Refused(TOO_MANY, wait)
