"""A Video KYC as people do it: customer, agent and auditor at three browsers, a real call, its recording, ten events."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser

from acceptance.browser import chromiums
from acceptance.video_people import CAMERA, DESK, SHOWN_MS, Agent, Auditor, Customer
from dastak_sdk import VideoKycData
from support.api import Api
from support.receiver import Hook, HookReceiver
from support.server import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AGENT, OTHER_AGENT, AUDITOR = "agent@acme.example", "other@acme.example", "auditor@acme.example"
ROLES = {AGENT: ["agent"], OTHER_AGENT: ["agent"], AUDITOR: ["auditor"]}
ALWAYS = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]


@dataclass
class Office:
    """A merchant with agents, an auditor and a receiver, at a server of their own."""

    server: RunningServer
    receiver: HookReceiver
    api: Api
    browsers: list[Browser]
    operators: dict[str, str]

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

    def hears(self, verification_id: str, *expected: tuple[str, str]) -> list[VideoKycData]:
        """The merchant hears exactly these events of the journey, in this order: type without its prefix, sub_status."""

        def of_it(came: list[Hook]) -> list[Hook]:
            return [hook for hook in came if not hook.is_test and hook.verification_id == verification_id]

        hooks = of_it(self.receiver.wait_for(lambda came: len(of_it(came)) >= len(expected), SHOWN_MS / 1000))
        events = [hook.verify(self.server.merchant.client_secret) for hook in hooks]
        data = [event.data for event in events if isinstance(event.data, VideoKycData)]
        told = [(hook.type, one.sub_status) for hook, one in zip(hooks, data, strict=True)]
        assert told == [(f"VKYC_{name}", sub_status) for name, sub_status in expected]
        return data

    def story(self, verification_id: str) -> Any:
        """What the API tells of the case."""
        answer = self.api.get(f"/api/v1/video-kycs/{verification_id}")
        assert answer.status == 200
        return answer.json


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(HookReceiver())
        server = stack.enter_context(RunningServer(tmp_path))
        api = stack.enter_context(server.api())
        browsers = stack.enter_context(chromiums(3, *CAMERA))
        assert api.post("/api/v1/webhook-endpoints", {"url": receiver.url("/")}).status in {200, 201}
        operators = {}
        for email, roles in ROLES.items():
            made = api.post("/api/v1/operators", {"name": email.partition("@")[0], "email": email, "roles": roles})
            operators[email] = str(made.json["id"])
            if "agent" in roles:
                week = api.put(f"/api/v1/operators/{operators[email]}/availability", {"windows": ALWAYS})
                assert week.status == 200, week.json
        yield Office(server, receiver, api, browsers, operators)
        server.assert_no_failures()


def test_a_customer_an_agent_and_an_auditor_complete_a_video_kyc(office: Office, tmp_path: Path) -> None:
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


def watched(link: str) -> bytes:
    """What the merchant's people get by the link."""
    import urllib.request

    with urllib.request.urlopen(link) as answer:
        return bytes(answer.read())


def film_seconds(film: Path) -> float:
    """A film that plays: one picture, one sound, all of it decodes; its length."""
    with av.open(str(film)) as opened:
        assert [stream.type for stream in opened.streams] == ["video", "audio"]
        assert opened.duration is not None
        seconds = opened.duration / 1_000_000
        pictures = sum(1 for _ in opened.decode(video=0))
    assert pictures >= seconds * 10
    return float(seconds)
