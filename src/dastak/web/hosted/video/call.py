"""The customer's side of a call: the page, and what its script sends: join, beat, leave, a photo.

In: a confirmed customer whose case has a call; a seat token that this server made for exactly that. Out: answers of the
room. Who came and who is lost is told to the case by the rooms themselves.
"""

import secrets

from starlette.responses import Response

from dastak.journeys.video_kyc import seat_token
from dastak.journeys.video_kyc.call import CallSession, Party
from dastak.journeys.video_kyc.rooms import BadOffer, RoomClosed, Seat
from dastak.web.form import Form
from dastak.web.hosted.video.inside import Inside
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.video.wire import OVER, UNREADABLE, Declined, Said, WireAct
from dastak.web.newest import Newest

PHOTO_LIMIT = 4 * 1024 * 1024
"""Bytes of one JPEG."""
JPEG = b"\xff\xd8\xff"
ELSEWHERE = (409, "elsewhere")
"""A newer page has the call."""
SEAT_ENDED = (401, "seat_ended")
_LONGEST_PAGE_ID = 64


async def show_call(at: Inside) -> Response:
    """The page of the call; its script joins by itself."""
    call = _call(at)
    servers = [
        {"urls": list(server.urls), "username": server.username, "credential": server.credential}
        for server in at.ports.rooms.ice_servers()
    ]
    return at.show(
        Page.CALL, call_id=call.id, seat=_fresh(at, call), page_id=secrets.token_urlsafe(12), ice_servers=servers
    )


async def end_call(at: Inside, form: Form) -> Response:
    """The customer leaves for good; coming back is joining the queue again."""
    del form
    call = at.case.call
    if call is not None:
        await at.ports.desk.leave_call(at.visit.code, call.id)
        await at.ports.rooms.close(_seat_in(at, call))
    return at.back()


def join_call(newest: Newest) -> WireAct:
    """`{seat, page, sdp}` → `{sdp}`: take the seat, or take it again."""

    async def act(at: Inside, said: Said) -> Said:
        seat, page = _seated(at, said)
        sdp = _text(said, "sdp", limit=None)
        if not newest.take(seat.call_id, page):
            raise Declined(*ELSEWHERE)
        try:
            return {"sdp": await at.ports.rooms.join(seat, sdp)}
        except BadOffer:
            raise Declined(422, BadOffer.code) from None
        except RoomClosed:
            raise Declined(*OVER) from None

    return act


def beat(newest: Newest) -> WireAct:
    """`{seat, page}` → `{seat}`: the page is alive, and gets a fresh token."""

    async def act(at: Inside, said: Said) -> Said:
        seat, page = _seated(at, said)
        if not newest.is_newest(seat.call_id, page):
            raise Declined(*ELSEWHERE)
        at.ports.rooms.beat(seat)
        return {"seat": _fresh(at, _call(at))}

    return act


def leave_page(newest: Newest) -> WireAct:
    """`{seat, page}`: the page is being closed, or reloaded. An older page takes nobody's connection away."""

    async def act(at: Inside, said: Said) -> Said:
        seat, page = _seated(at, said)
        if newest.is_newest(seat.call_id, page):
            await at.ports.rooms.leave(seat)
        return {}

    return act


async def take_photo(at: Inside, jpeg: bytes) -> Said:
    """The photo that was asked for on the live stream."""
    photos = at.ports.photos
    if not jpeg.startswith(JPEG):
        raise Declined(*UNREADABLE)
    wanted = "" if photos is None else photos.wanted(at.case)
    if photos is None or not wanted or at.visit.request.query_params.get("photo") != wanted:
        raise Declined(*OVER)
    await photos.keep(at.case, wanted, jpeg)
    return {}


def _call(at: Inside) -> CallSession:
    """The call under way. Raises `Declined` when it is over."""
    if at.case.call is None:
        raise Declined(*OVER)
    return at.case.call


def _seat_in(at: Inside, call: CallSession) -> Seat:
    return Seat(at.case.merchant_id, at.case.id, call.id, Party.CUSTOMER)


def _fresh(at: Inside, call: CallSession) -> str:
    return seat_token.make(at.ports.seat_key, _seat_in(at, call), at.visit.code, at.visit.now)


def _seated(at: Inside, said: Said) -> tuple[Seat, str]:
    """The seat that the token is for, if it is still one of the call under way; and the page's id."""
    seat = seat_token.seat_of(at.ports.seat_key, _text(said, "seat"), at.visit.code, at.visit.now)
    if seat is None:
        raise Declined(*SEAT_ENDED)
    if seat != _seat_in(at, _call(at)):
        raise Declined(*OVER)
    return seat, _text(said, "page", _LONGEST_PAGE_ID)


def _text(said: Said, name: str, limit: int | None = 1024) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value or (limit is not None and len(value) > limit):
        raise Declined(*UNREADABLE)
    return value
