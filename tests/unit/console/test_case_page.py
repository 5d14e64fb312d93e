"""The case that an agent has: what it shows, the interview, pictures, and how it leaves the agent."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.errors import NotYours
from dastak.journeys.video_kyc.interview import Still
from dastak.journeys.video_kyc.rooms import IceServer
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.console.standing import CALLS, Standing, a_picture
from unit.hosted.browser import Browser, Reply
from unit.journeys.video_kyc.cases import AGENT, OTHER_AGENT
from unit.journeys.video_kyc.house import AADHAAR_OTP, DETAILS, GOOD_AADHAAR, MERCHANT, PUNE, WORKING

REASON = "Liveness not confirmed"


@pytest.fixture
def standing() -> Standing:
    return Standing()


class Desk:
    """An agent with a customer, at the page of the case."""

    def __init__(self, standing: Standing, case: VideoKyc) -> None:
        self.standing = standing
        self._first = case
        self.case_id = case.id
        self.path = f"/console/call/{case.id}"
        self.browser = standing.browser()
        self.page = self.browser.open(self.path)

    @property
    def case(self) -> VideoKyc:
        return self.standing.do(self.standing.house.stored(self._first))

    def post(self, act: str, **fields: str) -> Reply:
        """As a browser without script does."""
        token = self.page.hidden(f"{self.path}/notes")["token"]
        return self.browser.post(f"{self.path}/{act}", {"token": token, **fields})

    def send(self, act: str, **fields: str) -> tuple[int, dict[str, Any]]:
        """As the page's script does."""
        token = self.page.hidden(f"{self.path}/notes")["token"]
        sent = {"token": token, **fields}
        reply = self.browser.post(f"{self.path}/{act}", sent, {"accept": "application/json"})
        return reply.status, json.loads(reply.text)

    def interview(self) -> None:
        """Everything that an approval needs."""
        self.send("questions", question="1", verdict="pass")
        self.send("liveness/draw")
        assert self.case.liveness is not None
        for task in ("code", *self.case.liveness.challenges):
            self.send("liveness", task=task, verdict="pass")
        for kind in ("pan", "face"):
            self.send("stills", kind=kind)


@pytest.fixture
def desk(standing: Standing) -> Desk:
    return Desk(standing, standing.do(standing.house.in_call()))


def test_the_page_shows_what_is_known_with_phone_masked_and_place_as_a_plain_line(desk: Desk) -> None:
    text = desk.page.text
    for shown in (
        "Asha Gupta",
        "18.520000, 73.860000, within 20 m, less than 1 min ago",
        "India (IN)",
        "Salaried",
        "Ravi Gupta",
    ):
        assert shown in text
    assert "Father&#39;s or guardian&#39;s full name" in text
    assert "From the company" in text, "the Aadhaar details were given"
    assert "Expected: <strong>Pune</strong>" in text
    for secret in ("9876543210", "203.0.113.9", "asha@example.com", "http"):
        assert secret not in text


async def confirmed_by_otp(standing: Standing) -> VideoKyc:
    """In a call, after an Aadhaar of the customer's own."""
    house = standing.house
    case = await house.new_case()
    code = case.code
    await house.customer.consent(code, text="I agree.", client_ip="203.0.113.9")
    await house.customer.give_details(code, DETAILS)
    await house.customer.start_aadhaar(code, GOOD_AADHAAR, consent=True, consent_text="Yes.", client_ip="203.0.113.9")
    await house.customer.finish_aadhaar(code, AADHAAR_OTP)
    await house.customer.check_ip(code, "203.0.113.9")
    await house.customer.report_location(code, *PUNE)
    await house.customer.report_device(code, WORKING)
    await house.customer.join_queue(code)
    return await house.agents.accept(MERCHANT, AGENT, case.id)


def test_a_place_outside_india_is_said_at_the_head_of_the_page(desk: Desk) -> None:
    assert "outside India" not in desk.page.text
    desk.standing.do(desk.standing.house.customer.report_location(desk.case.code, 25.2, 55.3, 20))
    page = desk.browser.open(desk.path)
    assert "says that it is outside India: 25.200000, 55.300000, within 20 m" in page.text
    assert "only a place in India can be approved" in page.text


def test_an_aadhaar_confirmed_by_otp_is_shown_as_it_was_kept(standing: Standing) -> None:
    text = Desk(standing, standing.do(confirmed_by_otp(standing))).page.text
    assert "XXXX XXXX 3712" in text
    assert "Confirmed at 12:30:00 with an OTP." in text
    assert GOOD_AADHAAR not in text


def test_the_seat_and_the_servers_of_the_call_reach_the_script_whole(desk: Desk) -> None:
    turn = IceServer(("turn:turn.asha.example",), "user", "a'\"<secret>")
    desk.standing.rooms.ice = (IceServer(("stun:turn.asha.example",)), turn)
    text = desk.browser.open(desk.path).text
    found = re.search(r'data-seat="[\w-]+" data-ice="([^"]+)"', text)
    assert found is not None
    assert json.loads(unescape(found.group(1))) == [
        {"urls": ["stun:turn.asha.example"]},
        {"urls": ["turn:turn.asha.example"], "username": "user", "credential": "a'\"<secret>"},
    ]


def test_answers_are_judged_with_and_without_script_and_can_be_judged_anew(desk: Desk) -> None:
    answer = desk.post("questions", question="1", verdict="fail")
    assert (answer.status, answer.location) == (303, desk.path)
    assert [one.passed for one in desk.case.questions] == [False]
    status, said = desk.send("questions", question="1", verdict="pass")
    assert status == 200
    assert [one.passed for one in desk.case.questions] == [True]
    assert 'value="pass" aria-pressed="true"' in said["parts"]["questions"]
    assert "Judge question 1" not in said["parts"]["missing"]
    assert "3 things are missing" in said["parts"]["left"]


def test_liveness_is_drawn_judged_and_then_stands(desk: Desk) -> None:
    _, said = desk.send("liveness/draw")
    made = desk.case.liveness
    assert made is not None
    assert f"Reads the code {' '.join(made.code)} aloud" in said["parts"]["liveness"]
    for task in ("code", *made.challenges):
        _, said = desk.send("liveness", task=task, verdict="pass")
    assert "Confirmed." in said["parts"]["liveness"]
    assert "Draw anew" not in said["parts"]["liveness"]
    status, said = desk.send("liveness/draw")
    assert (status, desk.case.liveness is not None and desk.case.liveness.code) == (422, made.code)
    assert "done already" in said["problem"]


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("questions", {"question": "1", "verdict": "maybe"}),
        ("questions", {"question": "one", "verdict": "pass"}),
        ("questions", {"question": "\u0661", "verdict": "pass"}),
        ("questions", {"question": "9" * 400, "verdict": "pass"}),
        ("questions", {"question": "2", "verdict": "pass"}),
        ("questions", {}),
        ("liveness", {"task": "blink", "verdict": "pass"}),
        ("liveness", {"task": "code"}),
        ("stills", {"kind": "passport"}),
        ("reject", {"reason": ""}),
        ("reject", {"reason": "I do not like them"}),
        ("reject", {"reason": REASON, "remarks": "x" * 501}),
        ("approve", {"remarks": "x" * 501}),
        ("approve", {}),
        ("notes", {"notes": "x" * 3001}),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(desk: Desk, act: str, fields: dict[str, str]) -> None:
    before = desk.case
    status, said = desk.send(act, **fields)
    assert (status, bool(said["problem"])) == (422, True)
    answer = desk.browser.open(desk.post(act, **fields).location)
    assert (answer.status, said["problem"] in answer.text) == (200, True)
    assert desk.case == before


def test_a_picture_is_taken_from_the_room_kept_shown_and_each_view_noted(desk: Desk) -> None:
    status, said = desk.send("stills", kind="pan")
    (still,) = desk.case.stills
    assert (status, still.kind.value, still.call_id) == (200, "pan", desk.case.calls[-1].id)
    assert still.reference == f"{MERCHANT}/{desk.case_id}/{still.id}.jpg"
    assert desk.standing.library.files[still.reference] == a_picture()
    assert f'src="{desk.path}/stills/{still.id}"' in said["parts"]["pictures"]
    assert "Automatic reading is not installed." in said["parts"]["pictures"]
    shown = desk.browser.get(f"{desk.path}/stills/{still.id}")
    assert (shown.headers["content-type"], shown.body) == ("image/jpeg", a_picture())
    (view,) = desk.standing.views.seen
    assert (view.viewer, view.reference) == (AGENT, still.reference)


def test_what_was_read_from_a_picture_is_shown_beside_it(desk: Desk) -> None:
    desk.send("stills", kind="pan")
    house, (still,) = desk.standing.house, desk.case.stills
    desk.standing.do(house.evidence.examined(MERCHANT, desk.case_id, still.id, {"pan": "ABCPV1234D", "new": "x<b>"}))
    text = desk.browser.open(desk.path).text
    assert "<dt>PAN</dt><dd>ABCPV1234D</dd>" in text
    assert "<dt>New</dt><dd>x&lt;b&gt;</dd>" in text
    assert text.count("Automatic reading is not installed.") == 0


def test_a_picture_that_is_looked_at_says_so_until_it_is_plain_that_nothing_comes_of_it(desk: Desk) -> None:
    desk.standing.reads_pictures()
    desk.browser.app = desk.standing.app
    assert "It is being read." in desk.send("stills", kind="face")[1]["parts"]["pictures"]
    desk.standing.house.clock.advance(timedelta(minutes=1))
    assert "Nothing was read from it." in desk.browser.open(desk.path).text


def test_a_second_picture_takes_the_place_of_the_first_which_stays_in_the_case(desk: Desk) -> None:
    desk.send("stills", kind="face")
    _, said = desk.send("stills", kind="face")
    first, second = desk.case.stills
    assert second.id in said["parts"]["pictures"]
    assert first.id not in said["parts"]["pictures"]
    assert "after 1 other" in said["parts"]["pictures"]


def test_without_a_picture_of_the_customer_it_says_so(desk: Desk) -> None:
    desk.standing.rooms.jpeg = None
    status, said = desk.send("stills", kind="pan")
    assert (status, "no picture of the customer just now" in said["problem"]) == (422, True)
    desk.standing.rooms.jpeg = a_picture()
    desk.standing.rooms.closed.add(desk.standing.console.seat(desk.case, Party.AGENT).room)
    assert "room of this call is closed" in desk.send("stills", kind="pan")[1]["problem"]
    assert desk.standing.library.files == {}


def test_a_picture_that_no_case_knows_of_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def too_late(_merchant: str, _agent: str, _case: str, _still: Still) -> VideoKyc:
        raise NotYours("just now")

    monkeypatch.setattr(desk.standing.house.agents, "note_still", too_late)
    status, said = desk.send("stills", kind="pan")
    assert (status, said) == (200, {"go": desk.path})
    assert desk.standing.library.files == {}


def test_pictures_are_for_the_agent_who_has_the_case(desk: Desk) -> None:
    desk.send("stills", kind="pan")
    still = desk.case.stills[0]
    other = desk.standing.browser(OTHER_AGENT)
    assert other.get(f"{desk.path}/stills/{still.id}").status == 404
    assert desk.browser.get(f"{desk.path}/stills/stl_none").status == 404
    desk.standing.library.files.clear()
    assert desk.browser.get(f"{desk.path}/stills/{still.id}").status == 404
    assert desk.standing.views.seen == []


def test_before_the_call_has_begun_nothing_can_be_judged_and_it_says_why(standing: Standing) -> None:
    case = standing.do(standing.house.waiting())
    desk = Desk(standing, standing.do(standing.house.agents.accept(MERCHANT, AGENT, case.id)))
    assert "on the way into the room" in desk.page.text
    for act in ("questions", "notes", "stills", "liveness/draw"):
        status, said = desk.send(act, question="1", verdict="pass", notes="x", kind="pan")
        assert (status, "has not begun" in said["problem"]) == (422, True), act
    assert desk.standing.library.files == {}


def test_notes_are_kept_as_they_were_typed(desk: Desk) -> None:
    desk.post("notes", notes="Speaks Marathi.\r\nWas at home. <b>")
    assert desk.case.notes == "Speaks Marathi.\nWas at home. <b>"
    assert "Was at home. &lt;b&gt;</textarea>" in desk.browser.open(desk.path).text


def test_an_approval_ends_the_call_closes_the_room_and_offers_the_next(desk: Desk) -> None:
    desk.interview()
    assert "Everything is there" in desk.browser.open(desk.path).text
    answer = desk.post("approve", remarks="Good to go")
    assert answer.location == f"{CALLS}?news=approved"
    assert desk.case.agent is not None
    assert (desk.case.agent.approved, desk.case.agent.remarks) == (True, "Good to go")
    assert len(desk.standing.rooms.closed) == 1
    page = desk.browser.open(answer.location)
    assert "Approved. An auditor reviews the case next." in page.text
    assert "Take the next customer" in page.text
    assert desk.post("approve", remarks="Good to go").location == answer.location, "a second click is the same decision"


def test_a_rejection_needs_a_reason_of_the_list(desk: Desk) -> None:
    status, said = desk.send("reject", reason=REASON, remarks="")
    assert (status, said) == (200, {"go": f"{CALLS}?news=rejected"})
    assert desk.case.agent is not None
    assert (desk.case.agent.approved, desk.case.agent.reason) == (False, REASON)


def test_another_decision_after_the_first_changes_nothing(desk: Desk) -> None:
    desk.send("reject", reason=REASON)
    assert desk.send("reject", reason="Other")[1] == {"go": desk.path}
    assert desk.case.agent is not None
    assert desk.case.agent.reason == REASON


def test_a_room_that_cannot_be_closed_holds_no_decision_up(desk: Desk) -> None:
    desk.standing.rooms.breaks_on_close = True
    assert desk.send("reject", reason=REASON)[1] == {"go": f"{CALLS}?news=rejected"}


def test_a_customer_who_is_given_back_stands_first_in_the_queue(desk: Desk) -> None:
    assert desk.post("release").location == f"{CALLS}?news=released"
    assert desk.case.queue is not None
    assert len(desk.standing.rooms.closed) == 1


def gone(desk: Desk) -> str:
    page = desk.browser.open(desk.path)
    assert page.status == 409
    assert "This customer is not with you any more" in page.text
    assert f'href="{CALLS}"' in page.text
    for act in ("questions", "liveness/draw", "notes", "stills", "release"):
        fields = {"question": "1", "verdict": "pass", "notes": "x", "kind": "pan"}
        assert desk.send(act, **fields) == (200, {"go": desk.path})
        assert desk.post(act, **fields).location == desk.path
    return page.text


def test_an_old_page_of_a_decided_case_says_what_became_of_it(desk: Desk) -> None:
    desk.send("reject", reason=REASON)
    assert "You rejected the case at 12:30." in gone(desk)


def test_an_old_page_says_that_the_customer_left(desk: Desk) -> None:
    desk.standing.do(desk.standing.house.customer.leave_call(desk.case.code, desk.case.calls[-1].id))
    assert "The customer left the call" in gone(desk)


def test_an_old_page_says_that_one_was_away_for_too_long(desk: Desk) -> None:
    house = desk.standing.house
    desk.standing.do(house.agents.lose_call(MERCHANT, AGENT, desk.case_id))
    house.clock.advance(timedelta(minutes=1))
    desk.standing.do(house.sweeper.sweep())
    assert "front of the queue" in gone(desk)


def test_a_case_of_others_tells_nothing(desk: Desk) -> None:
    for path in (desk.path, "/console/call/jrn_none", "/console/call/%00"):
        page = desk.standing.browser(OTHER_AGENT).open(path)
        assert (page.status, "somebody else has this customer" in page.text) == (409, True)
        assert "Asha" not in page.text.replace("Asha Bank", "")


def test_a_lost_customer_is_shown_with_the_time_since_when(desk: Desk) -> None:
    desk.standing.do(desk.standing.calls.lost(desk.standing.console.seat(desk.case, Party.CUSTOMER)))
    assert "The customer is away since 12:30:00" in desk.browser.open(desk.path).text


def test_a_form_from_elsewhere_and_one_without_its_token_change_nothing(desk: Desk) -> None:
    assert desk.post("release", token="0" * 64).status == 403
    token = desk.page.hidden(f"{desk.path}/release")
    assert desk.browser.post(f"{desk.path}/release", token, {"sec-fetch-site": "cross-site"}).status == 403
    assert desk.case.queue is None


def test_whoever_is_no_agent_any_more_gets_in_nowhere(desk: Desk) -> None:
    desk.standing.retired(AGENT)
    assert desk.browser.get(desk.path).status == 403
    assert desk.post("release").status == 403


def test_the_browser_is_one_with_a_session(desk: Desk) -> None:
    assert Browser(desk.standing.app).get(desk.path).location == "/console/sign-in"
