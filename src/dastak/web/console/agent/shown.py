"""The pieces of a case's page that change while it is shown, and of the page of calls.

In: a case, or who waits. Out: HTML by the name of its place: the page has them when it is loaded, the stream and each
answer to a script send them again. Every piece is made here alone, so that none looks different when it comes later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dastak.journeys.video_kyc.call import CallSession
from dastak.journeys.video_kyc.clock import CUSTOMER_GRACE
from dastak.journeys.video_kyc.interview import Liveness, Still, StillKind
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import Priority, QueueEntry, VideoKyc
from dastak.journeys.words import mask_phone
from dastak.web.console.agent.console import AgentConsole, case_path
from dastak.web.console.case_facts import (
    MINUTE,
    clock_words,
    first_name,
    place_words,
    precheck_lines,
    short_clock,
    span_words,
)
from dastak.web.console.door import Door
from dastak.web.console.interview_words import CODE, STILLS, challenge_words, fact_lines, missing_words
from dastak.web.console.photos import photo_of
from dastak.web.console.signed_in import Visit

CASE_PARTS = ("state", "checks", "questions", "liveness", "pictures", "left", "missing")
QUEUE_PARTS = ("asked", "next", "count", "queue")
READ_WITHIN = timedelta(seconds=30)
"""After it, a picture of which nothing is known is one that nothing could be read from."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that the agent passes or fails."""

    id: str
    words: str
    passed: bool | None


def case_values(console: AgentConsole, visit: Visit, case: VideoKyc) -> dict[str, object]:
    """What the templates of the pieces show."""
    template = AGENT_TEMPLATES[case.agent_template]
    return {
        "here": case_path(case.id),
        "checks": precheck_lines(case, visit.now),
        "state": customer_state(case.calls[-1]),
        "abroad": place_words(case.prechecks.abroad, visit.now) if case.prechecks.abroad else "",
        "questions": case.questions,
        "liveness": case.liveness,
        "tasks": _tasks(case.liveness),
        "pictures": [_pictures(case, kind, visit.now) for kind in template.stills],
        "reads_pictures": console.reads_pictures,
        "missing": list(missing_words(console.desk.missing(case))),
    }


def case_news(console: AgentConsole, door: Door, visit: Visit, case: VideoKyc) -> dict[str, object]:
    """Every piece of the case's page, and the version by which a script tells old news from new."""
    return {"version": case.version, "parts": _parts(door, visit, CASE_PARTS, case_values(console, visit, case))}


def customer_state(call: CallSession) -> tuple[str, str]:
    """How it is with the customer's connection: a tone, and words."""
    if call.customer_away_since is not None:
        lost, grace = clock_words(call.customer_away_since), int(CUSTOMER_GRACE.total_seconds())
        return "bad", f"The customer is away since {lost}: connection lost or page left. After {grace} s the call ends."
    if call.customer_joined_at is None:
        return "note", "The customer is on the way into the room."
    if call.started_at is None:
        return "note", "The customer is in the room. The call begins when you are there, too."
    return "good", f"The customer is in the room since {clock_words(call.customer_joined_at)}."


def queue_values(waiting: Sequence[VideoKyc], booked: Mapping[datetime, int], now: datetime) -> dict[str, object]:
    """Who waits, the next first, and which slots are booked soon."""
    return {
        "rows": [_row(case, case.queue, now) for case in waiting if case.queue is not None],
        "booked": [(short_clock(at), how_many) for at, how_many in sorted(booked.items())],
    }


def queue_news(door: Door, visit: Visit, values: dict[str, object], asked: str) -> dict[str, object]:
    """Every piece of the page of calls; `asked`: until when somebody should answer, empty: nobody is asked."""
    return {"parts": _parts(door, visit, QUEUE_PARTS, values | {"asked": asked})}


def _parts(door: Door, visit: Visit, names: Sequence[str], values: dict[str, object]) -> dict[str, str]:
    shown = values | {"token": door.csrf.token(visit.session.id)}
    return {name: door.pages.text(f"agent_{name}", **shown) for name in names}


def _row(case: VideoKyc, place: QueueEntry, now: datetime) -> dict[str, str]:
    slot = f"booked for {short_clock(case.schedule.at)}" if case.schedule else ""
    why = {
        Priority.FRONT: "was cut off, goes first",
        Priority.AHEAD: slot or "back after a lost call",
        Priority.ORDINARY: slot,
    }
    return {
        "id": case.id,
        "name": first_name(case),
        "phone": mask_phone(case.phone),
        "since": short_clock(place.since),
        "waits": span_words(now - place.since) if now - place.since >= MINUTE else "",
        "why": why[place.priority],
    }


def _tasks(liveness: Liveness | None) -> list[Task]:
    if liveness is None:
        return []
    words = {CODE: f"Reads the code {' '.join(liveness.code)} aloud"}
    names = (CODE, *liveness.challenges)
    return [Task(name, words.get(name) or challenge_words(name), liveness.done.get(name)) for name in names]


def _pictures(case: VideoKyc, kind: StillKind, now: datetime) -> dict[str, object]:
    taken = [still for still in case.stills if still.kind is kind]
    return {
        "kind": kind.value,
        "words": STILLS[kind],
        "latest": _picture(case, taken[-1], now) if taken else None,
        "earlier": len(taken[:-1]),
    }


def _picture(case: VideoKyc, still: Still, now: datetime) -> dict[str, object]:
    return {
        "src": f"{case_path(case.id)}/stills/{still.id}",
        "at": clock_words(still.taken_at),
        "facts": fact_lines(still.facts),
        "is_fresh": now - still.taken_at < READ_WITHIN,
        "has_photo": photo_of(still) is not None,
    }
