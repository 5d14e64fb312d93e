"""Whatever an agent does at the console owes its deed to the store, or stands in a list that says why it need not."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.routing import Route

from dastak.accounts.audit import Entry
from dastak.accounts.deed import Deed
from dastak.accounts.noting import owed
from unit.console.standing import CALLS, Standing
from unit.console.test_case_page import REASON, Desk
from unit.console.test_meeting import OFFER, Phone
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import MERCHANT

ONE = "/console/call/{case_id}"

UNNOTED: Mapping[str, str] = {
    f"{CALLS}/here": "says that somebody is in front of the page; nothing changes",
    f"{ONE}/call/beat": "likewise, of the call",
    f"{ONE}/call/leave": "the page goes away; how the call ends stands in the case",
}
"""Path of a form → why it is in no log."""


IN_A_CALL: Mapping[str, tuple[Callable[[Desk], object], Deed, Mapping[str, str]]] = {
    "questions": (
        lambda desk: desk.send("questions", question="1", verdict="pass"),
        Deed.QUESTION_JUDGED,
        {"question": "1", "verdict": "pass"},
    ),
    "liveness/draw": (lambda desk: desk.send("liveness/draw"), Deed.LIVENESS_DRAWN, {}),
    "liveness": (
        lambda desk: desk.send("liveness", task="code", verdict="fail"),
        Deed.LIVENESS_JUDGED,
        {"task": "code", "verdict": "fail"},
    ),
    "notes": (lambda desk: desk.post("notes", notes="Asha is well"), Deed.NOTES_WRITTEN, {}),
    "stills": (lambda desk: desk.send("stills", kind="pan"), Deed.PICTURE_TAKEN, {"kind": "pan"}),
    "approve": (lambda desk: desk.post("approve", remarks="Well"), Deed.AGENT_DECIDED, {"decision": "approved"}),
    "reject": (lambda desk: desk.post("reject", reason=REASON), Deed.AGENT_DECIDED, {"decision": "rejected"}),
    "release": (lambda desk: desk.post("release"), Deed.CASE_GIVEN_BACK, {}),
}


class Watched(Standing):
    """A console whose store says which notes it was owed."""

    def __init__(self) -> None:
        super().__init__()
        self.owed: list[Entry] = []
        cases, roster = self.house.cases, self.house.roster
        save, set_online = cases.save_case, roster.set_online

        async def saving(case: Any, *given: Any, **named: Any) -> bool:
            self._take(case.id)
            return await save(case, *given, **named)

        async def setting(merchant_id: str, agent_id: str, *, online: bool) -> None:
            self._take(agent_id)
            await set_online(merchant_id, agent_id, online=online)

        cases.save_case = saving  # type: ignore[method-assign]
        roster.set_online = setting  # type: ignore[method-assign]

    def _take(self, subject: str) -> None:
        claim = owed(MERCHANT)
        entry = None if claim is None else claim.entry(subject)
        if entry is not None:
            self.owed.append(entry)


@pytest.fixture
def standing() -> Watched:
    return Watched()


def test_every_form_of_an_agent_has_its_deed_or_a_reason(standing: Watched) -> None:
    forms = {
        route.path
        for route in standing.app.routes
        if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path.startswith((CALLS, ONE))
    }
    noted = {f"{ONE}/{act}" for act in IN_A_CALL} | {f"{CALLS}/{act}" for act in ("online", "offline", "accept")}
    assert forms == noted | {f"{ONE}/call/join"} | UNNOTED.keys()


@pytest.mark.parametrize("act", IN_A_CALL)
def test_an_act_in_a_call_owes_its_deed(standing: Watched, act: str) -> None:
    desk = Desk(standing, standing.do(standing.house.in_call()))
    if act in {"liveness", "approve"}:
        desk.interview()
        standing.owed.clear()
    do, deed, details = IN_A_CALL[act]
    do(desk)
    (entry,) = standing.owed
    assert (entry.actor, entry.deed, entry.subject) == (AGENT, deed, desk.case_id)
    assert details.items() <= entry.details.items()
    assert "Asha" not in str(entry.details), "nobody's data"


def test_a_refused_act_owes_nothing(standing: Watched) -> None:
    desk = Desk(standing, standing.do(standing.house.in_call()))
    assert desk.send("questions", question="1", verdict="perhaps")[0] == 422
    assert desk.send("questions", question="99", verdict="pass")[0] == 422
    assert desk.send("liveness", task="code", verdict="pass")[0] == 422
    assert standing.owed == []


def test_going_online_and_offline_and_taking_a_customer_owe_theirs(standing: Watched) -> None:
    browser = standing.browser()
    standing.house.roster.who.clear()
    token = browser.open(CALLS).hidden(f"{CALLS}/online")["token"]
    browser.post(f"{CALLS}/online", {"token": token, "camera": "works", "microphone": "works"})
    browser.post(f"{CALLS}/offline", {"token": token})
    browser.post(f"{CALLS}/online", {"token": token, "camera": "works", "microphone": "works"})
    case = standing.do(standing.house.waiting("v-1"))
    browser.post(f"{CALLS}/accept", {"token": token})
    assert [(entry.deed, entry.subject) for entry in standing.owed] == [
        (Deed.OPERATOR_ONLINE, AGENT),
        (Deed.OPERATOR_OFFLINE, AGENT),
        (Deed.OPERATOR_ONLINE, AGENT),
        (Deed.CASE_TAKEN, case.id),
    ]


def test_each_showing_of_a_case_is_noted_and_so_is_coming_into_the_call(standing: Watched) -> None:
    case = standing.do(standing.house.in_call())
    phone = Phone(standing, case)
    phone.browser.open(phone.path)
    assert phone.say("join", sdp=OFFER)[0] == 200
    told = [(entry.actor, entry.deed, entry.subject, entry.details["part"]) for entry in standing.trail.entries]
    view = (AGENT, Deed.DATA_VIEWED, case.id)
    assert told == [(*view, "call"), (*view, "call"), (*view, "live call")]
