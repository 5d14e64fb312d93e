"""Permissions and checks before the call: the page that runs them, what it reports, and what it measures against.

In: a confirmed customer; the page's reports. Out: whether each check was passed; a failure has a page of its own.
"""

import secrets
from math import nan

from starlette.requests import Request
from starlette.responses import Response

from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.precheck import DeviceReport
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body
from dastak.web.hosted.door import Door, Endpoint, admit, visit_of
from dastak.web.hosted.video.inside import Inside
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.video.wire import NO_STORE, UNREADABLE, Declined, Said, confirmed_session
from dastak.web.hosted.video.words import FAILURES
from dastak.web.refusal import Refused

PROBE_BYTES = 64 * 1024
"""So much is sent each way to measure the network: four seconds on the slowest one that will do."""
LONGEST_MS = 600_000
FASTEST_KBIT = 10_000_000
_NOISE = secrets.token_bytes(PROBE_BYTES)
"""Cannot be compressed on the way."""


def _count(at: Inside) -> None:
    """Each check can be an event for the merchant. Raises `Refused` when there were too many."""
    at.door.spend("check", f"link:{at.visit.code}")


async def show_checks(at: Inside) -> Response:
    """What will be checked and why; the script asks for the permissions once the customer says so."""
    return at.show(Page.CHECKS, probe_bytes=PROBE_BYTES)


async def show_failure(at: Inside) -> Response:
    """What went wrong last, and what helps."""
    return at.show(Page.CHECK_FAILED, failure=FAILURES[at.case.sub_status])


async def check_ip(at: Inside, said: Said) -> Said:
    """Where the connection comes from; the page has nothing to say about that."""
    del said
    _count(at)
    return _result(await at.ports.desk.check_ip(at.visit.code, at.visit.address), Precheck.IP)


async def report_location(at: Inside, said: Said) -> Said:
    """`{refused: true}`, `{unavailable: true}`, or latitude, longitude and accuracy as the browser gives them."""
    _count(at)
    desk, code = at.ports.desk, at.visit.code
    if said.get("refused") is True:
        case = await desk.refuse_location(code)
    elif said.get("unavailable") is True:
        case = await desk.report_location(code, nan, nan, nan)
    else:
        case = await desk.report_location(
            code, *(_number(said, name) for name in ("latitude", "longitude", "accuracy"))
        )
    return _result(case, Precheck.LOCATION)


async def report_device(at: Inside, said: Said) -> Said:
    """Whether camera and microphone work, and how the network is."""
    _count(at)
    report = DeviceReport(
        camera=said.get("camera") is True,
        microphone=said.get("microphone") is True,
        round_trip_ms=_whole(said, "round_trip_ms", LONGEST_MS),
        kbit_per_second=_whole(said, "kbit_per_second", FASTEST_KBIT),
    )
    return _result(await at.ports.desk.report_device(at.visit.code, report), Precheck.DEVICE)


def probe(door: Door) -> Endpoint:
    """GET: so many bytes (`?bytes=0` for the round trip alone). POST: as many are taken and thrown away."""

    async def endpoint(request: Request) -> Response:
        visit = visit_of(door, request)
        try:
            admit(door, visit)
            confirmed_session(visit)
            if request.method == "POST":
                await limited_body(request, PROBE_BYTES)
        except Refused as refused:
            return Response(status_code=refused.page.status, headers=NO_STORE)
        except Declined as declined:
            return Response(status_code=declined.status, headers=NO_STORE)
        except (BodyTooLarge, BodyUnreadable):
            return Response(status_code=400, headers=NO_STORE)
        content = b"" if request.method == "POST" or request.query_params.get("bytes") == "0" else _NOISE
        return Response(content, media_type="application/octet-stream", headers=NO_STORE)

    return endpoint


def _result(case: VideoKyc, check: Precheck) -> Said:
    return {"passed": case.prechecks.passed_at(check) is not None}


def _number(said: Said, name: str) -> float:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Declined(*UNREADABLE)
    try:
        return float(value)
    except OverflowError:
        raise Declined(*UNREADABLE) from None


def _whole(said: Said, name: str, largest: int) -> int | None:
    """A measurement, None when the page did not take it."""
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise Declined(*UNREADABLE)
    return value
