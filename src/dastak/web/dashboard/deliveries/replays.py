"""Replays: many deliveries sent again as a job; tried out first, then begun, watched, cancelled.

In: visits and posts. Out: pages. What would be taken on is shown before anything is: a form that only reads, then a
button that begins. The desk decides; the replayer does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.permission import Action
from dastak.web.dashboard.deliveries.log_page import sought_by, tabs
from dastak.web.dashboard.deliveries.narrowing import EVENTS, Narrowing, narrowing
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.shown import HOME
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show, visit_of
from dastak.web.event_stream import event_stream
from dastak.web.form import Form
from dastak.web.page_headers import PAGE_HEADERS
from dastak.web.refusal import Refused
from dastak.webhooks.browsing import SCATTERED
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.registry import EndpointNotFound
from dastak.webhooks.replay import (
    DEFAULT_RATE,
    LARGEST_RATE,
    LEAST_RATE,
    MOST_OPEN,
    REPLAYABLE,
    UNDELIVERED,
    Replay,
    Selection,
    Skip,
)
from dastak.webhooks.replay_desk import ReplayNotFound, ReplayNotNarrowed, TooManyReplays

REPLAYS = f"{HOME}/replays"
PAGE = 25
COUNTED = 10_000
"""Rows of the log that counting looks at here: a page must be there soon, so what lies beyond is "or more"."""
LONGEST_ID = 64

WHICH: Mapping[str, tuple[str, tuple[DeliveryState, ...]]] = {
    "undelivered": ("Not delivered: given up, or still tried", UNDELIVERED),
    "given_up": ("Given up", (DeliveryState.GIVEN_UP,)),
    "pending": ("Still tried: at once instead of at their time", (DeliveryState.PENDING,)),
    "delivered": ("Delivered: the receiver gets them once more", (DeliveryState.DELIVERED,)),
    "all": ("All of these", REPLAYABLE),
}
"""Word of the form → words, and states."""
SKIPPED: Mapping[Skip, str] = {
    Skip.IN_FLIGHT: "an attempt was under way",
    Skip.ENDPOINT_DELETED: "the endpoint was deleted",
    Skip.ALREADY_DUE: "waited for nothing but its turn already",
    Skip.BODY_EXPIRED: "the body is gone",
    Skip.CHANGED: "had changed meanwhile, such as been delivered",
}
NOT_NARROWED = ("since", "Say which: choose an endpoint, a verification ID, or from when on.")
NO_ENDPOINT = ("endpoint", "There is no such endpoint any more: choose one of the list.")
TOO_MANY = ("which", f"{MOST_OPEN} replays are open already: wait for one to end, or cancel one.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to send again."""

    wanted: Narrowing
    which: str
    rate: float
    mistakes: tuple[tuple[str, str], ...]

    def query(self) -> dict[str, str]:
        """The fields of the form that begins it."""
        return {**dict(self.wanted.typed), "which": self.which, "rate": f"{self.rate:g}"}


async def show_replays(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The jobs, newest first."""
    after = visit.request.query_params.get("after", "")
    after = after if after.isalnum() or after.replace("_", "").isalnum() else ""
    jobs = await room.replays.list(visit.merchant_id, after[:LONGEST_ID] or None, PAGE)
    names = await room.names(visit.merchant_id, {job.selection.endpoint_id or "" for job in jobs} - {""})
    return show(
        door,
        visit,
        "deliveries/replays",
        tabs=tabs("Replays"),
        jobs=jobs,
        names=names,
        following=f"{REPLAYS}?after={jobs[-1].id}" if len(jobs) == PAGE else "",
        beginning=REPLAYS if after else "",
        may_resend=visit.may(Action.DELIVERIES_RESEND),
    )


async def show_new(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The form; once it was sent, with what would be taken on."""
    asked = _asked(visit.request.query_params, visit)
    is_tried = "try" in visit.request.query_params
    return await _form(room, door, visit, asked, is_tried=is_tried and not asked.mistakes)


async def begin(room: Deliveries, door: Door, visit: Visit, form: Form) -> Response:
    """Make a job of it."""
    asked = _asked(form, visit)
    if asked.mistakes:
        return await _form(room, door, visit, asked, is_tried=False)
    try:
        selection = await _selection(room, visit.merchant_id, asked)
        with door.noting(visit.member, Deed.REPLAY_BEGUN, **asked.query()):
            job = await room.replays.begin(visit.merchant_id, selection, asked.rate, rows=_counted(asked))
    except (ReplayNotNarrowed, EndpointNotFound, TooManyReplays) as refused:
        return await _form(room, door, visit, _refused(asked, refused), is_tried=False)
    return door.go(f"{REPLAYS}/{job.id}")


async def show_replay(room: Deliveries, door: Door, visit: Visit) -> Response:
    """One job, and how far it is."""
    job = await _job(room, visit)
    return show(door, visit, "deliveries/replay", 200, tabs=tabs(""), **await _shown(room, visit, job))


async def hear_replay(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The stream of its page: its progress; over once it has ended."""
    first = await _job(room, visit)

    async def look() -> Mapping[str, Any] | None:
        now = await visit_of(door, visit.request)
        if now is None or not now.may(Action.DELIVERIES_READ):
            return None
        job = await room.replays.get(visit.merchant_id, first.id)
        if not job.is_open:
            return {"over": True}
        values = await _shown(room, now, job)
        return {"parts": {"progress": door.pages.text("deliveries/progress", zone=visit.zone, **values)}}

    return event_stream(look, room.bell, f"deliveries of {visit.merchant_id}", PAGE_HEADERS)


async def cancel(room: Deliveries, door: Door, visit: Visit, form: Form) -> Response:
    """Send nothing more of it."""
    del form
    job = await _job(room, visit)
    with door.noting(visit.member, Deed.REPLAY_CANCELLED):
        await room.replays.cancel(visit.merchant_id, job.id)
    return door.go(f"{REPLAYS}/{job.id}")


async def _form(room: Deliveries, door: Door, visit: Visit, asked: Asked, *, is_tried: bool) -> Response:
    preview = None
    if is_tried:
        try:
            selection = await _selection(room, visit.merchant_id, asked)
            preview = await room.replays.preview(visit.merchant_id, selection, rows=_counted(asked))
        except (ReplayNotNarrowed, EndpointNotFound) as refused:
            asked = _refused(asked, refused)
    sample = await room.browser.named(visit.merchant_id, preview.sample) if preview else ()
    named = await room.names(visit.merchant_id)
    return show(
        door,
        visit,
        "deliveries/new_replay",
        tabs=tabs(""),
        mistakes=asked.mistakes,
        asked=asked,
        wanted=asked.wanted,
        preview=preview,
        sample=await room.shown(visit.merchant_id, list(reversed(sample))),
        endpoints=sorted(named.items(), key=lambda one: one[1].lower()),
        event_types=EVENTS,
        which=[(word, words) for word, (words, _) in WHICH.items()],
        least=LEAST_RATE,
        largest=LARGEST_RATE,
        minutes=preview.matched / asked.rate / 60 if preview else 0,
    )


async def _shown(room: Deliveries, visit: Visit, job: Replay) -> dict[str, object]:
    which = job.selection
    names = await room.names(visit.merchant_id, {which.endpoint_id} - {None} if which.endpoint_id else ())
    return {
        "job": job,
        "endpoint": names.get(which.endpoint_id, which.endpoint_id) if which.endpoint_id else "any",
        "states": next((words for words, states in WHICH.values() if states == which.states), ", ".join(which.states)),
        "skipped": [(SKIPPED[skip], number) for skip, number in job.skipped.items()],
        "percent": round(job.progress * 100),
        "may_resend": visit.may(Action.DELIVERIES_RESEND),
    }


async def _job(room: Deliveries, visit: Visit) -> Replay:
    try:
        return await room.replays.get(visit.merchant_id, visit.request.path_params["replay_id"])
    except ReplayNotFound:
        raise Refused(NOT_FOUND) from None


async def _selection(room: Deliveries, merchant_id: str, asked: Asked) -> Selection:
    """What the desk is asked for; times also as positions, so that little of a long log is looked through."""
    sought = await sought_by(room, merchant_id, asked.wanted)
    selection = Selection(
        states=WHICH[asked.which][1],
        endpoint_id=sought.endpoint_id,
        event_types=(sought.event_type,) if sought.event_type else (),
        verification_id=sought.verification_id or (asked.wanted.search or None if not sought.endpoint_id else None),
        since=sought.since,
        until=sought.until,
    )
    if not selection.is_narrow or sought.verification_id:
        return selection
    low, before = await room.browser.bounds(merchant_id, sought.since, sought.until)
    return replace(selection, after=low, up_to=before - 1)


def _asked(values: Mapping[str, str], visit: Visit) -> Asked:
    wanted = narrowing(values, visit.zone)
    which = values.get("which") or (wanted.state.value if wanted.state else "undelivered")
    mistakes = list(wanted.mistakes)
    if which not in WHICH:
        which = "undelivered"
    try:
        rate = float(values.get("rate") or DEFAULT_RATE)
    except ValueError:
        rate = 0.0
    if not LEAST_RATE <= rate <= LARGEST_RATE:
        mistakes.append(("rate", f"The rate is a number from {LEAST_RATE:g} to {LARGEST_RATE:g} a second."))
        rate = DEFAULT_RATE
    typed = tuple((field, value) for field, value in wanted.typed if field != "state")
    return Asked(replace(wanted, typed=typed), which, rate, tuple(mistakes))


def _counted(asked: Asked) -> int:
    """How many rows to look at for counting: those that were given up lie far apart."""
    return COUNTED // SCATTERED if asked.which == DeliveryState.GIVEN_UP else COUNTED


def _refused(asked: Asked, refused: Exception) -> Asked:
    said = {ReplayNotNarrowed: NOT_NARROWED, EndpointNotFound: NO_ENDPOINT, TooManyReplays: TOO_MANY}
    return replace(asked, mistakes=(*asked.mistakes, said[type(refused)]))
