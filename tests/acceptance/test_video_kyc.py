"""A Video KYC as people do it: customer, agent and auditor at three browsers, a real call, its recording, ten events."""

import contextlib
import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser, expect

from acceptance.browser import ARGUMENTS, chromiums, executable
from acceptance.demo_process import running_demo, two_free_ports
from acceptance.video_people import CAMERA, DESK, DUBAI, SHOWN_MS, Agent, Auditor, Customer
from dastak.accounts.audit import LINK
from dastak.accounts.deed import Deed
from dastak_sdk import VideoKycData
from support import programs
from support.api import Api
from support.deeds import DeedLog
from support.janus import PrivateJanus
from support.receiver import Hook, HookReceiver
from support.server import RunningServer
from support.turn import PrivateTurn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AGENT, OTHER_AGENT, AUDITOR = "agent@acme.example", "other@acme.example", "auditor@acme.example"
ROLES = {AGENT: ["agent"], OTHER_AGENT: ["agent"], AUDITOR: ["auditor"]}
ENVELOPE = ("signature", "event_type", "event_time", "version", "data")
FIELDS = (
    *("verification_id", "reference_id", "user_reference_id", "user_id", "status", "sub_status", "vkyc_link"),
    *("link_expiry", "recording_link", "meeting_schedule", "auditor_remarks", "agent_remarks"),
)
"""As the samples of seed 000 have them, in this order."""
ALWAYS = [{"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]


@dataclass
class Office:
    """A merchant with agents, an auditor and a receiver, at a server of their own."""

    server: RunningServer
    receiver: HookReceiver
    api: Api
    browsers: list[Browser]
    operators: dict[str, str]
    log: DeedLog

    def invites(self, verification_id: str, **given: Any) -> str:
        """A new customer's link."""
        user = {"user_id": f"user-{verification_id}", "phone": "9876543210", "name": "Asha Gupta"}
        assert self.api.post("/verification/user", user).status == 200
        asked = {"verification_id": verification_id, "user_id": user["user_id"], **given}
        answer = self.api.post("/verification/vkyc", asked)
        assert answer.status == 200, answer.json
        return str(answer.json["vkyc_link"])

    def agent(self, browser: int = 1, email: str = AGENT) -> Agent:
        """Signed in and online."""
        agent = Agent(self.browsers[browser], DESK)
        agent.signs_in(self.url, self.server.merchant.id, email)
        agent.goes_online()
        return agent

    def auditor(self, browser: int = 2) -> Auditor:
        """Signed in."""
        auditor = Auditor(self.browsers[browser], DESK)
        auditor.signs_in(self.url, self.server.merchant.id, AUDITOR)
        return auditor

    def waiting(self, verification_id: str, browser: int = 0) -> Customer:
        """A customer who has done everything and waits."""
        customer = Customer(self.browsers[browser])
        customer.opens(self.invites(verification_id))
        customer.prepares()
        customer.is_checked()
        customer.queues()
        return customer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def link(self, verification_id: str) -> str:
        """The customer's link, as the API gives it."""
        return str(self.api.get("/verification/vkyc", verification_id=verification_id).json["vkyc_link"])

    def another_browser(self) -> Browser:
        """One without a camera."""
        return self.browsers[0].browser_type.launch(executable_path=executable(), args=[*ARGUMENTS])

    def hears(
        self, verification_id: str, *expected: tuple[str, str], within: float = SHOWN_MS / 1000
    ) -> list[VideoKycData]:
        """The merchant hears exactly these events of the journey, in this order: type without its prefix, sub_status."""

        def of_it(came: list[Hook]) -> list[Hook]:
            return [hook for hook in came if not hook.is_test and hook.verification_id == verification_id]

        hooks = of_it(self.receiver.wait_for(lambda came: len(of_it(came)) >= len(expected), within))
        events = [hook.verify(self.server.merchant.client_secret) for hook in hooks]
        data = [event.data for event in events if isinstance(event.data, VideoKycData)]
        told = [(hook.type, one.sub_status) for hook, one in zip(hooks, data, strict=True)]
        assert told == [(f"VKYC_{name}", sub_status) for name, sub_status in expected]
        self._have_the_seeds_shape(verification_id, hooks)
        return data

    def _have_the_seeds_shape(self, verification_id: str, hooks: list[Hook]) -> None:
        """Every key where the contract's samples have it, nulls too; the last one says what the API says now."""
        for hook in hooks:
            assert tuple(hook.json) == ENVELOPE
            assert tuple(hook.json["data"]) == FIELDS
            assert hook.json["version"] == "v1"
            assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", hook.json["event_time"])
        now, last = self.api.get("/verification/vkyc", verification_id=verification_id).json, hooks[-1].json["data"]
        if now["sub_status"] == last["sub_status"]:
            said = set(FIELDS) - {
                "link_expiry",
                "recording_link",
            }  # written in two ways; each answer has a link of its own
            assert {name: last[name] for name in said} == {name: now[name] for name in said}
            assert (last["recording_link"] is None) == (now["recording_link"] is None)

    def noted(self) -> list[tuple[str, str]]:
        """Who did what, as the audit log has it: operators by address, and each thing once where it comes repeatedly."""
        names = {id_: email for email, id_ in self.operators.items()} | {LINK: LINK}
        told = [(names[one.actor], one.deed) for one in self.log.new() if one.actor in names]
        return [one for number, one in enumerate(told) if one not in told[:number]]

    def story(self, verification_id: str) -> Any:
        """What the API tells of the case."""
        answer = self.api.get(f"/api/v1/video-kycs/{verification_id}")
        assert answer.status == 200
        return answer.json


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened_office(tmp_path) as made:
        yield made


@pytest.fixture(params=("aiortc", pytest.param("janus", marks=pytest.mark.janus)))
def office_over_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """The same office, its calls held by the server itself, and by a gateway."""
    with contextlib.ExitStack() as stack:
        settings = {}
        if request.param == "janus":
            settings = stack.enter_context(PrivateJanus()).settings
        yield stack.enter_context(opened_office(tmp_path, **settings))


@contextlib.contextmanager
def opened_office(folder: Path, *browser_arguments: str, **settings: Any) -> Iterator[Office]:
    """An office whose server has these settings, and whose people have such browsers."""
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(HookReceiver())
        given = {"trusted_proxies": "127.0.0.1", "video_addresses": "127.0.0.1", **settings}
        server = stack.enter_context(RunningServer(folder, **given))
        api = stack.enter_context(server.api())
        browsers = stack.enter_context(chromiums(3, *CAMERA, *browser_arguments))
        assert api.post("/api/v1/webhook-endpoints", {"url": receiver.url("/")}).status in {200, 201}
        operators = {}
        for email, roles in ROLES.items():
            made = api.post("/api/v1/operators", {"name": email.partition("@")[0], "email": email, "roles": roles})
            operators[email] = str(made.json["id"])
            if "agent" in roles:
                week = api.put(f"/api/v1/operators/{operators[email]}/availability", {"windows": ALWAYS})
                assert week.status == 200, week.json
        yield Office(server, receiver, api, browsers, operators, DeedLog(server))
        server.assert_no_failures()


def test_a_customer_an_agent_and_an_auditor_complete_a_video_kyc(office_over_each: Office, tmp_path: Path) -> None:
    office = office_over_each
    customer = Customer(office.browsers[0])
    customer.opens(office.invites("good-1"))
    customer.prepares()
    customer.is_checked()
    customer.queues()
    agent = office.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    agent.interviews()
    agent.notes("Seems at ease.")
    agent.approves("Good to go")
    customer.sees(re.compile("Your video call is done"))
    auditor = office.auditor()
    auditor.opens_the_oldest()
    length = auditor.plays_the_recording()
    auditor.decides("approve", "All in order")
    data = office.hears(
        "good-1",
        ("USER_LINK_GENERATED", "LINK_GENERATED"),
        ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        ("USER_CALL_QUEUED", "USER_QUEUED"),
        ("USER_CALL_STARTED", "USER_ACCEPTED_MEETING"),
        ("USER_CALL_COMPLETED", "AGENT_APPROVED"),
        ("AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
    )
    assert [one.recording_link is None for one in data] == [True] * 4 + [False] * 2
    assert (data[-1].agent_remarks, data[-1].auditor_remarks) == ("Good to go", "All in order")
    film = tmp_path / "film.mp4"
    film.write_bytes(watched(str(data[-1].recording_link)))
    assert film_seconds(film) == pytest.approx(length, abs=0.5)
    story = office.story("good-1")
    assert story["sub_status"] == "AUDITOR_APPROVED"
    noted = office.noted()
    noted.remove((AGENT, Deed.EVIDENCE_VIEWED))  # as soon as the browser has the picture, while the agent goes on
    assert noted == [
        (AGENT, Deed.OPERATOR_SIGNED_IN),
        (AGENT, Deed.OPERATOR_ONLINE),
        (AGENT, Deed.CASE_TAKEN),
        (AGENT, Deed.DATA_VIEWED),
        (AGENT, Deed.QUESTION_JUDGED),
        (AGENT, Deed.LIVENESS_DRAWN),
        (AGENT, Deed.LIVENESS_JUDGED),
        (AGENT, Deed.PICTURE_TAKEN),
        (AGENT, Deed.NOTES_WRITTEN),
        (AGENT, Deed.AGENT_DECIDED),
        (AUDITOR, Deed.OPERATOR_SIGNED_IN),
        (AUDITOR, Deed.DATA_VIEWED),
        (AUDITOR, Deed.EVIDENCE_VIEWED),
        (AUDITOR, Deed.AUDITOR_DECIDED),
        (LINK, Deed.EVIDENCE_VIEWED),
    ]


BEFORE_THE_CALL = (
    ("USER_LINK_GENERATED", "LINK_GENERATED"),
    ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
    ("USER_CALL_QUEUED", "USER_QUEUED"),
)
STARTED = ("USER_CALL_STARTED", "USER_ACCEPTED_MEETING")
DROPPED = ("USER_DROPOFF_FROM_CALL", "USER_DROPPED_OFF")
FAILED = "USER_PRECHECK_FAILED"


def test_each_failed_check_has_a_page_that_helps_and_an_event(office: Office) -> None:
    link = office.invites("checks-1")
    by_proxy = Customer(office.browsers[0], behind="198.51.100.7")
    by_proxy.opens(link)
    by_proxy.prepares()
    by_proxy.tries_the_checks()
    by_proxy.sees("Your connection hides where you are")
    abroad = Customer(office.browsers[0], place=DUBAI)
    abroad.opens(link)
    abroad.tries_the_checks()
    abroad.sees(re.compile("India"))
    secretive = Customer(office.browsers[0], allowed=("camera", "microphone"))
    secretive.opens(link)
    secretive.tries_the_checks()
    secretive.sees(re.compile("location", re.IGNORECASE))
    blind = Customer(office.another_browser())
    blind.opens(link)
    blind.tries_the_checks()
    blind.sees(re.compile("camera", re.IGNORECASE))
    blind.browser.close()
    mended = Customer(office.browsers[0])
    mended.opens(link)
    mended.tries_the_checks()
    mended.sees("Everything works")
    office.hears(
        "checks-1",
        ("USER_LINK_GENERATED", "LINK_GENERATED"),
        ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        (FAILED, "USER_PROXY_DETECTED"),
        (FAILED, "USER_LOCATION_OUTSIDE_INDIA"),
        (FAILED, "USER_LOCATION_PERMISSION_DISABLED"),
        (FAILED, "USER_VIDEO_CHECK_FAILED"),
    )
    assert office.story("checks-1")["sub_status"] == "USER_DEVICE_CHECK_SUCCESS"


def test_a_customer_books_changes_and_gives_back_a_time(office: Office) -> None:
    customer = Customer(office.browsers[0])
    customer.opens(office.invites("slot-1"))
    customer.prepares()
    customer.page.get_by_role("link", name="Choose a time for later").click()
    customer.books(4)
    (_, _, booked) = office.hears(
        "slot-1",
        ("USER_LINK_GENERATED", "LINK_GENERATED"),
        ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        ("USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
    )
    assert booked.meeting_schedule is not None
    with customer.page.expect_download() as download:
        customer.page.get_by_role("link", name="Add to my calendar").click()
    assert download.value.path().read_text().startswith("BEGIN:VCALENDAR")
    customer.page.get_by_role("link", name="Choose another time").click()
    customer.books(6)
    *_, again = office.hears(
        "slot-1",
        ("USER_LINK_GENERATED", "LINK_GENERATED"),
        ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        ("USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
        ("USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
    )
    assert again.meeting_schedule != booked.meeting_schedule
    customer.presses("Give this time back")
    customer.sees("Get ready for the video call")
    assert office.story("slot-1")["meeting_schedule"] is None
    assert office.api.post("/api/v1/video-kycs/slot-1/cancel", {}).status == 200
    customer.page.reload()
    customer.sees("This Video KYC was cancelled")
    *_, over = office.hears(
        "slot-1",
        ("USER_LINK_GENERATED", "LINK_GENERATED"),
        ("USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        ("USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
        ("USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
        ("USER_LINK_EXPIRED", "VKYC_EXPIRED"),
    )
    assert (over.meeting_schedule, over.recording_link) == (None, None)


def test_a_reload_goes_on_within_the_call_and_a_closed_browser_is_a_drop_off_that_can_be_rejoined(
    office_over_each: Office, tmp_path: Path
) -> None:
    office = office_over_each
    customer = office.waiting("drop-1")
    agent = office.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    customer.page.reload()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    customer.context.close()
    expect(agent.page.get_by_text(re.compile("lost|left", re.IGNORECASE)).first).to_be_visible(timeout=10_000)
    office.hears("drop-1", *BEFORE_THE_CALL, STARTED, DROPPED, within=40)
    back = Customer(office.browsers[0])
    back.opens(office.link("drop-1"))
    back.sees("The call ended early")
    back.presses("Rejoin the queue")
    agent.page.goto(f"{office.url}/console/calls")
    agent.takes_the_next()
    back.comes_to_the_call()
    agent.meets_the_customer()
    agent.interviews()
    agent.rejects("Answers do not match", "Not the same person")
    back.sees(re.compile("Your video call is done"))
    auditor = office.auditor()
    auditor.opens_the_oldest()
    length = auditor.plays_the_recording()
    auditor.decides("reject", "I agree", reason="Face does not match the documents")
    data = office.hears(
        "drop-1",
        *BEFORE_THE_CALL,
        STARTED,
        DROPPED,
        BEFORE_THE_CALL[-1],
        STARTED,
        ("USER_CALL_COMPLETED", "AGENT_REJECTED"),
        ("AUDITOR_REVIEW_COMPLETED", "AUDITOR_REJECTED"),
    )
    assert (data[-1].agent_remarks, data[-1].auditor_remarks) == ("Not the same person", "I agree")
    film = tmp_path / "film.mp4"
    film.write_bytes(watched(str(data[-1].recording_link)))
    assert film_seconds(film) == pytest.approx(length, abs=0.5)


def test_an_agent_whose_browser_dies_resumes_the_case_and_one_who_stays_away_loses_it(office: Office) -> None:
    customer = office.waiting("crash-1")
    agent = office.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.browser.close()
    again = Agent(office.browsers[2], DESK)
    again.signs_in(office.url, office.server.merchant.id, AGENT)
    again.page.goto(f"{office.url}/console/calls")
    again.sees("Decision")
    again.meets_the_customer()
    customer.watches("#agent")
    again.context.close()
    customer.sees(re.compile("You are next|next in", re.IGNORECASE), within=70_000)
    other = office.agent(2, OTHER_AGENT)
    other.takes_the_next()
    customer.comes_to_the_call()
    other.meets_the_customer()
    other.interviews()
    other.approves("Good")
    office.hears(
        "crash-1",
        *BEFORE_THE_CALL,
        STARTED,
        BEFORE_THE_CALL[-1],
        STARTED,
        ("USER_CALL_COMPLETED", "AGENT_APPROVED"),
    )


def test_a_network_that_blocks_udp_is_crossed_through_a_turn_server(tmp_path: Path) -> None:
    no_udp = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
    with PrivateTurn() as turn, opened_office(tmp_path, no_udp, **turn.settings) as office:
        customer = office.waiting("turn-1")
        agent = office.agent()
        agent.takes_the_next()
        customer.comes_to_the_call()
        agent.meets_the_customer()
        assert turn.relayed >= 2, "each of the two, and again where one tried twice"
        office.hears("turn-1", *BEFORE_THE_CALL, STARTED)


def test_a_newcomer_plays_all_three_in_three_tabs_of_one_browser(tmp_path: Path) -> None:
    with running_demo(tmp_path / "data", two_free_ports()) as demo, chromiums(1, *CAMERA) as (browser,):
        agent = Agent(browser, DESK)
        customer = Customer(browser, tab_of=agent.context)
        auditor = Auditor(browser, DESK, tab_of=agent.context)
        agent.signs_in_at(demo.consoles["agent@demo.example"], "agent@demo.example")
        auditor.signs_in_at(demo.consoles["auditor@demo.example"], "auditor@demo.example")
        agent.goes_online()
        customer.opens(demo.video_link)
        customer.prepares()
        customer.is_checked()
        customer.queues()
        agent.takes_the_next()
        customer.comes_to_the_call()
        agent.rejects("Other", "Only a game")
        auditor.opens_the_oldest()
        auditor.decides("approve", "A good game")
        merchant = agent.context.new_page()
        merchant.goto(demo.merchant_url)
        expect(merchant.get_by_text("VKYC_AUDITOR_REVIEW_COMPLETED").first).to_be_visible(timeout=SHOWN_MS)


def watched(link: str) -> bytes:
    """What the merchant's people get by the link."""
    with urllib.request.urlopen(link) as answer:
        return bytes(answer.read())


def film_seconds(film: Path) -> float:
    """A film that plays: ffprobe finds one picture and one sound, equally long, and all of it decodes; its length."""
    asked = (programs.ffprobe(), "-v", "error", "-show_streams", "-show_format", "-of", "json", film)
    found = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    streams = {one["codec_type"]: one for one in found["streams"]}
    assert [one["codec_name"] for one in found["streams"]] == ["h264", "aac"]
    seconds = float(found["format"]["duration"])
    assert [float(streams[kind]["duration"]) for kind in ("video", "audio")] == pytest.approx([seconds] * 2, abs=0.5)
    with av.open(str(film)) as opened:
        pictures = sum(1 for _ in opened.decode(video=0))
    assert pictures >= seconds * 10
    return seconds
