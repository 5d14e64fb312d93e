"""All routes of the customer's pages.

In: the desk, keys and limits, from `app`. Out: routes to mount after the REST API's: both live below `/verification`.
"""

import re
from collections.abc import Callable
from datetime import datetime

from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.types import Scope

from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.form import Form
from dastak.web.hosted.aadhaar import cancel_aadhaar, finish_aadhaar, start_aadhaar
from dastak.web.hosted.bank import submit_bank
from dastak.web.hosted.brand import Logos, brand_routes
from dastak.web.hosted.csrf import Csrf
from dastak.web.hosted.desk import CustomerDesk
from dastak.web.hosted.door import Door, Endpoint, FormAct, page, posted
from dastak.web.hosted.face import Faces
from dastak.web.hosted.front import show_link, to_link
from dastak.web.hosted.limiter import Limiter
from dastak.web.hosted.pan import submit_pan
from dastak.web.hosted.phone_otp import confirm_otp, send_otp
from dastak.web.hosted.refusal import NOT_FOUND
from dastak.web.hosted.session import Session, Sessions
from dastak.web.hosted.static_link import PREFIX, show_static, start_from_static
from dastak.web.hosted.upi import submit_upi
from dastak.web.hosted.video import aadhaar as case_aadhaar
from dastak.web.hosted.video.inside import CaseAct, case_form
from dastak.web.hosted.video.routes import CASE_FORMS, case_routes
from dastak.web.hosted.video_ports import VideoPorts
from dastak.web.hosted.visit import Visit
from dastak.web.refusal import Refused

KEY_BYTES = 32


def either(for_link: FormAct, for_case: CaseAct) -> FormAct:
    """A form that both journeys have: whichever the code leads to takes it."""
    in_case = case_form(for_case)

    async def act(door: Door, visit: Visit, session: Session, form: Form) -> Response:
        found = await door.find(visit.code)
        chosen = in_case if isinstance(found.journey, VideoKyc) else for_link
        return await chosen(door, visit, session, form)

    return act


FORMS: dict[str, tuple[FormAct, bool]] = {
    "otp": (send_otp, False),
    "otp/confirm": (confirm_otp, False),
    "aadhaar": (either(start_aadhaar, case_aadhaar.start_aadhaar), True),
    "aadhaar/otp": (either(finish_aadhaar, case_aadhaar.finish_aadhaar), True),
    "aadhaar/cancel": (either(cancel_aadhaar, case_aadhaar.cancel_aadhaar), True),
    "pan": (submit_pan, True),
    "bank": (submit_bank, True),
    "upi": (submit_upi, True),
}
"""What can be posted below a link, and whether only to a confirmed session."""


class LinkCode(Convertor[str]):
    """10 to 32 letters and digits: never `form`, `vkyc`, `user` or `oauth`, which are the REST API's."""

    regex = "[A-Za-z0-9]{10,32}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class StrayCode(Convertor[str]):
    """What is left of a link that was cut short or mistyped; never a name of the REST API."""

    regex = "(?!(?:form|vkyc|user|oauth)$)[A-Za-z0-9_-]{1,64}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("linkcode", LinkCode())
register_url_convertor("straycode", StrayCode())


class BrowserRoute(Route):
    """A route for people: a program that does not ask for HTML gets the application's own answer."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


class ShortCodeRoute(Route):
    """`/?shortCode=…`, an older shape of links; without the code the front page belongs to someone else."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if b"shortCode=" not in scope.get("query_string", b""):
            return Match.NONE, {}
        return super().matches(scope)


def hosted_routes(
    desk: CustomerDesk,
    *,
    cookie_key: bytes,
    sandbox: bool,
    secure_cookies: bool,
    limiter: Limiter,
    clock: Callable[[], datetime],
    video: VideoPorts | None = None,
    faces: Faces | None = None,
    logos: Logos | None = None,
) -> list[Route | Mount]:
    """The routes, in the order in which they must be matched.

    Args:
        desk: what a customer can do.
        cookie_key: at least 32 secret bytes, the same in every process.
        sandbox: show test values on every page.
        secure_cookies: off only for plain http on the developer's own machine.
        limiter: counts tries.
        clock: aware UTC now.
        video: what Video KYCs need; None: there are none.
        faces: what customers see of merchants; None: their names alone.
        logos: pictures that merchants have uploaded.
    """
    if video is not None and len(video.seat_key) < KEY_BYTES:
        raise ValueError(f"seat_key needs at least {KEY_BYTES} bytes")
    if len(cookie_key) < KEY_BYTES:
        raise ValueError(f"cookie_key needs at least {KEY_BYTES} bytes")
    door = Door(
        desk=desk,
        sessions=Sessions(cookie_key, secure=secure_cookies),
        csrf=Csrf(cookie_key),
        limiter=limiter,
        clock=clock,
        sandbox=sandbox,
        video=video,
        faces=faces,
    )
    return [*door.pages.assets.routes(), *brand_routes(logos, limiter), *_link_routes(door), *_static_link_routes(door)]


def _link_routes(door: Door) -> list[Route]:
    base = "/verification/{code:linkcode}"
    routes = [ShortCodeRoute("/", _from_short_code(door)), Route(base, page(door, show_link))]
    of_cases = {} if door.video is None else {name: (act, True) for name, act in CASE_FORMS.items()}
    for name, (act, confirmed) in (FORMS | of_cases).items():
        routes.append(Route(f"{base}/{name}", posted(door, act, confirmed=confirmed), methods=["POST"]))
        routes.append(Route(f"{base}/{name}", to_link))
    routes += [] if door.video is None else case_routes(door, base)
    return [*routes, BrowserRoute("/verification/{code:straycode}", _not_found(door))]


def _static_link_routes(door: Door) -> list[Route]:
    path = f"/verification/{PREFIX}{{code:linkcode}}"
    return [
        Route(path, page(door, show_static, PREFIX)),
        Route(path, posted(door, start_from_static, PREFIX, confirmed=False), methods=["POST"]),
    ]


def _not_found(door: Door) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        return door.refuse(Refused(NOT_FOUND))

    return endpoint


def _from_short_code(door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        code = request.query_params.get("shortCode", "")
        if re.fullmatch(LinkCode.regex, code) is None:
            return door.refuse(Refused(NOT_FOUND))
        return door.go(f"/verification/{code}")

    return endpoint
