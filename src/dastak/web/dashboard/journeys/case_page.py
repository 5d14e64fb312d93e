"""One Video KYC: where it stands, what was found out, its calls and decisions, its story, and what can be done with it.

In: a visit. Out: the page; customers masked, unless it is shown whole to one who asked for that (`reveal`).
"""

from collections.abc import Mapping

from starlette.responses import Response

from dastak.journeys.video_kyc.call import CallSession
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.interview import Decision
from dastak.journeys.video_kyc.table import FINAL, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.case_words import who
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.case_story import case_lines, case_states
from dastak.web.dashboard.journeys.channels import CHANNELS
from dastak.web.dashboard.journeys.listed import case_status, tag_of
from dastak.web.dashboard.journeys.masking import masked, whole
from dastak.web.dashboard.journeys.notices import said
from dastak.web.dashboard.journeys.reading import around, maker_of, names_of
from dastak.web.dashboard.journeys.room import CASES, JourneysRoom, tabs
from dastak.web.dashboard.journeys.story import told
from dastak.web.dashboard.moment import spoken
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.design.charts.timeline import span_words, timeline

Mistakes = tuple[tuple[str, str], ...]
PRECHECKS: Mapping[Precheck, str] = {
    Precheck.IP: "Network in India",
    Precheck.LOCATION: "Place in India",
    Precheck.DEVICE: "Camera and microphone",
}
BEFORE_CALL = frozenset({Stage.OPENED, Stage.PREPARING, Stage.SCHEDULED, Stage.WAITING, Stage.DROPPED})
"""Stages in which a slot can be booked."""


async def show_case(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The page, masked."""
    return await page(room, door, visit, await room.case(visit))


async def page(
    room: JourneysRoom,
    door: Door,
    visit: Visit,
    case: VideoKyc,
    *,
    is_whole: bool = False,
    mistakes: Mistakes = (),
) -> Response:
    """The page of that case."""
    known = await around(room, visit.merchant_id, case.id, case.verification_id)
    names = await names_of(room, visit.merchant_id)
    lines = case_lines(case, names)
    story = told(case_states(case, visit.now), lines, known.events, known.deliveries, known.endpoints, visit.now)
    words, tone = case_status(case)
    customer = (whole if is_whole else masked)(case.name, case.phone, case.email)
    show_all = visit.request.query_params.get("all") == "yes"
    stage = STAGES[case.sub_status]
    is_open = stage not in FINAL and stage is not Stage.DECIDED and visit.now < case.expires_at
    return show(
        door,
        visit,
        "journeys/case",
        422 if mistakes else 200,
        tabs=tabs(CASES),
        href=f"{CASES}/{case.id}",
        path=CASES,
        case=case,
        maker=await maker_of(door, visit.merchant_id, case.made_by),
        customer=customer,
        standing=words,
        tag=tag_of(tone),
        is_open=is_open,
        can_book=is_open and stage in BEFORE_CALL,
        checks=_checks(case),
        calls=[_call(call, names) for call in case.calls],
        decisions=[
            (label, _decision(one, names)) for label, one in (("Agent", case.agent), ("Auditor", case.auditor)) if one
        ],
        channels=[(value, name) for value, name in CHANNELS if value != "email" or case.email],
        drawing=timeline("story-drawing", "What happened, in time", story.lanes, lambda at: spoken(at, visit.zone)),
        lines=story.latest(whole=show_all),
        hidden=0 if show_all else len(story.lines) - len(story.latest(whole=False)),
        notice="" if mistakes else said(visit.request.query_params),
        mistakes=mistakes,
    )


def _checks(case: VideoKyc) -> list[dict[str, object]]:
    """Consent, Aadhaar and the checks before the call: passed when; None: not yet."""
    aadhaar = "given by you" if case.aadhaar.is_given else ""
    rows: list[dict[str, object]] = [
        {"name": "Consent", "at": case.consented_at, "more": ""},
        {"name": "Aadhaar", "at": case.aadhaar.done_at, "more": aadhaar or case.aadhaar.reason},
    ]
    return rows + [
        {"name": words, "at": case.prechecks.passed_at(check), "more": ""} for check, words in PRECHECKS.items()
    ]


def _call(call: CallSession, names: Mapping[str, str]) -> dict[str, object]:
    lasted = call.ended_at - call.started_at if call.ended_at and call.started_at else None
    return {
        "agent": who(call.agent_id, names),
        "at": call.accepted_at,
        "lasted": span_words(lasted) if lasted else "",
        "end": call.end.value.replace("_", " ") if call.end else "under way",
    }


def _decision(one: Decision, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "who": who(one.operator_id, names),
        "approved": one.approved,
        "at": one.at,
        "why": one.remarks or one.reason or "",
    }
