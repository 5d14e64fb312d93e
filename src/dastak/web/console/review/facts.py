"""A case as an auditor reads it: everything that was found out, asked, answered and decided. Pure.

In: a case, operators' names, the time. Out: plain values for the template. Phone and documents stay masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.journeys.video_kyc.chance import draw_liveness
from dastak.journeys.video_kyc.interview import Decision, Liveness, Still, StillKind
from dastak.journeys.video_kyc.rooms import View
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import mask_phone
from dastak.web.case_words import happened, who
from dastak.web.console.case_facts import Group, case_groups, where_words
from dastak.web.console.interview_words import STILLS, challenge_words, fact_lines
from dastak.web.console.photos import photo_of
from dastak.web.console.review.words import CALL_ENDS, age, decided, exact, length


@dataclass(frozen=True, slots=True)
class Line:
    """A label and what stands beside it."""

    label: str
    text: str
    more: str = ""
    """In small letters beneath."""
    good: bool | None = None
    """None: nobody judges it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture."""

    id: str
    title: str
    at: str
    sha256: str
    facts: Sequence[Line]
    has_photo: bool


def head(case: VideoKyc, now: datetime) -> list[Line]:
    """Who it is about."""
    lines = [
        Line("Verification ID", case.verification_id),
        Line("Reference", str(case.reference_id)),
        Line("User ID", case.user_id),
        Line("Phone", mask_phone(case.phone)),
        Line("Link made", exact(case.created_at)),
    ]
    if case.agent is not None:
        lines.append(Line("Call decided", exact(case.agent.at), f"{age(now - case.agent.at)} ago"))
    return lines


def pictures(case: VideoKyc) -> list[Shown]:
    """The latest of each kind first, since that is what the agent went by; then the others."""
    latest = {still.kind: still for still in case.stills}
    chosen = [latest[kind] for kind in StillKind if kind in latest]
    return [_picture(still) for still in chosen]


def older_pictures(case: VideoKyc) -> list[Shown]:
    """Those that were taken again, oldest first."""
    latest = {still.kind: still.id for still in case.stills}
    return [_picture(still) for still in case.stills if still.id != latest[still.kind]]


def checks(case: VideoKyc) -> list[Line]:
    """What was found out before the call."""
    found = case.prechecks
    lines = [_aadhaar(case)]
    if case.consented_at is not None:
        lines.append(Line("Consent", "Given", exact(case.consented_at), good=True))
    if found.ip is not None:
        where = f"{found.ip.address} · {found.ip.country or 'country unknown'}"
        lines.append(Line("Network", where, exact(found.ip.at), good=True))
    if found.location is not None:
        lines.append(Line("Location", where_words(found.location), exact(found.location.at), good=True))
    if found.abroad is not None:
        where = where_words(found.abroad)
        lines.append(Line("Location in the call, outside India", where, exact(found.abroad.at), good=False))
    if found.device is not None:
        measured = [
            f"round trip {found.device.round_trip_ms} ms" if found.device.round_trip_ms is not None else "",
            f"{found.device.kbit_per_second} kbit/s" if found.device.kbit_per_second is not None else "",
        ]
        said = " · ".join(("Camera and microphone work", *filter(None, measured)))
        lines.append(Line("Device", said, exact(found.device.at), good=True))
    return lines


def groups(case: VideoKyc) -> Sequence[Group]:
    """What the customer said, what is known from Aadhaar, and how they can be reached; the name stands at the head."""
    reached = tuple((label, text) for label, text in (("E-mail", case.email), ("Address", case.address)) if text)
    return [*case_groups(case)[1:], *([Group("From the company", reached)] if reached else [])]


def questions(case: VideoKyc) -> list[Line]:
    """Each question, the answer that was expected, and how the agent judged the customer's."""
    return [
        Line(
            one.question,
            f"Expected: {one.answer}" if one.answer else "Compared with the customer's details",
            exact(one.judged_at) if one.judged_at else "Not asked",
            good=one.passed,
        )
        for one in case.questions
    ]


def liveness(case: VideoKyc) -> list[Line]:
    """The code and the challenges in the order in which they were asked, and whether each was done."""
    made = case.liveness
    if made is None:
        return []
    lines = [Line("Read aloud", made.code, good=made.done.get("code"))]
    return lines + [Line(challenge_words(name), "", good=made.done.get(name)) for name in made.challenges]


def is_as_drawn(case: VideoKyc, made: Liveness) -> bool:
    """Whether the seed gives this code and this order: nobody has chosen them."""
    template = AGENT_TEMPLATES.get(case.agent_template)
    if template is None:
        return False
    again = draw_liveness(made.seed, template, made.made_at)
    return (again.code, again.challenges) == (made.code, made.challenges)


def calls(case: VideoKyc, names: Mapping[str, str]) -> list[Line]:
    """Every call, the first one first."""
    lines = []
    for call in case.calls:
        began = call.started_at or call.accepted_at
        ended = call.ended_at
        how_long = f"{length(ended - began)}; " if ended and call.started_at else ""
        end = CALL_ENDS[call.end] if call.end else "it goes on"
        lines.append(Line(exact(began), f"{who(call.agent_id, names)}: {how_long}{end}"))
    return lines


def decision(made: Decision | None, names: Mapping[str, str]) -> dict[str, str | bool] | None:
    """An operator's word, as the page says it."""
    if made is None:
        return None
    return {
        "approved": made.approved,
        "word": decided(made),
        "name": who(made.operator_id, names),
        "at": exact(made.at),
        "reason": made.reason or "",
        "remarks": made.remarks or "",
    }


def timeline(case: VideoKyc, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The whole story, oldest first; what one person did several times in a row is one line."""
    lines: list[dict[str, str]] = []
    for entry in case.timeline:
        line = {
            "at": exact(entry.at),
            "until": "",
            "words": happened(entry.what, entry.sub_status),
            "by": who(entry.by, names),
            "mark": _mark(entry.what, entry.sub_status),
            "times": "",
        }
        last = lines[-1] if lines else None
        if last is not None and (last["words"], last["by"]) == (line["words"], line["by"]):
            last["until"], last["times"] = line["at"], str(int(last["times"] or 1) + 1)
        else:
            lines.append(line)
    return lines


def seen(case: VideoKyc, views: Sequence[View], names: Mapping[str, str]) -> list[Line]:
    """Who was shown what, the latest first."""
    titles = {still.reference: f"picture of the {STILLS[still.kind]}" for still in case.stills}
    photos = ((photo_of(still), still.kind) for still in case.stills)
    titles |= {photo[0]: f"photo of the {STILLS[kind]}" for photo, kind in photos if photo is not None}
    people = {"link": "Somebody with the company's link"}
    return [
        Line(
            exact(view.at),
            f"{people.get(view.viewer) or who(view.viewer, names)}: {titles.get(view.reference, 'the recording')}",
            f"from {view.client_ip}" if view.client_ip else "",
        )
        for view in reversed(views)
    ]


def _aadhaar(case: VideoKyc) -> Line:
    step = case.aadhaar
    if step.is_given:
        return Line("Aadhaar", "Given by the company", "the customer was not asked for it")
    if step.done_at is not None:
        return Line("Aadhaar", "Confirmed with an OTP", exact(step.done_at), good=True)
    return Line("Aadhaar", "Not confirmed", step.reason, good=False)


def _picture(still: Still) -> Shown:
    facts = [Line(label, text) for label, text in fact_lines(still.facts)]
    has_photo = photo_of(still) is not None
    return Shown(still.id, STILLS[still.kind], exact(still.taken_at), still.sha256, facts, has_photo)


def _mark(what: str, sub_status: str) -> str:
    if what in {"agent_decided", "auditor_decided"}:
        return "good" if sub_status.endswith("APPROVED") else "bad"
    trouble = ("failed", "gone", "absent", "lost", "no_agent", "no_show", "overdue", "too_long")
    return "note" if any(word in what for word in trouble) or what in {"away", "left_call"} else ""
