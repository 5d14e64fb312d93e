"""Whatever a browser sends, in whatever order, the customer gets an answer and never a broken page."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.web.hosted.routes import FORMS
from dastak.web.hosted.video.place import Wish
from dastak.web.hosted.video.routes import CASE_FORMS
from unit.hosted.browser import Reply
from unit.hosted.video.hall import Hall, path_of
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import AADHAAR_OTP, DETAILS, GOOD_AADHAAR, MERCHANT, PHONE_OTP, House

TYPED: dict[str, str] = {
    **DETAILS,
    "consent": "yes",
    "aadhaar_number": GOOD_AADHAAR,
    "otp": AADHAAR_OTP,
    "at": "2026-01-11T06:30:00+00:00",
    "then": "schedule",
}
CALLS = ("checks/ip", "checks/location", "checks/device", "call/join", "call/beat", "call/leave", "call/photo")
SAID: dict[str, Any] = {
    "latitude": 18.52,
    "longitude": 73.86,
    "accuracy": 20,
    "camera": True,
    "microphone": True,
    "sdp": "offer",
    "page": "page",
}
AFTER: dict[str, Callable[[House], Any]] = {
    "new": lambda house: house.new_case(),
    "given": lambda house: house.new_case(given=True),
    "ready": lambda house: house.ready(),
    "waiting": lambda house: house.waiting(),
    "in call": lambda house: house.in_call(),
}


class AnyCustomer(RuleBasedStateMachine):
    """One browser inside, whose forms and scripts are sent whenever they please."""

    @initialize(start=st.sampled_from(sorted(AFTER)))
    def comes(self, start: str) -> None:
        self.hall = Hall(bell=LiveBell())
        self.case = asyncio.run(AFTER[start](self.hall.house))
        self.path = path_of(self.case)
        self.browser = self.hall.inside(self.case)
        self.look("")

    @rule(step=st.sampled_from(["", "nonsense", *Wish]), day=st.sampled_from(["", "2026-01-11", "x"]))
    def looks(self, step: str, day: str) -> None:
        self.look(f"?step={step}&day={day}")

    @rule(
        form=st.sampled_from(sorted({*FORMS, *CASE_FORMS})),
        changed=st.dictionaries(st.sampled_from(sorted(TYPED)), st.text(max_size=12), max_size=2),
    )
    def sends_a_form(self, form: str, changed: dict[str, str]) -> None:
        fields = TYPED | changed | {"token": self.of("token"), "step": self.of_field("step")}
        self.answered(self.browser.post(f"{self.path}/{form}", fields))

    @rule(
        call=st.sampled_from(CALLS),
        changed=st.dictionaries(
            st.sampled_from(sorted(SAID)), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=2
        ),
    )
    def lets_a_script_call(self, call: str, changed: dict[str, Any]) -> None:
        said = {**SAID, "seat": self.of("seat"), "token": self.of("token"), **changed}
        headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
        reply = self.browser._send("POST", f"{self.path}/{call}", json.dumps(said).encode(), headers)
        self.answered(reply)
        json.loads(reply.text)

    @rule()
    def an_agent_takes_the_call(self) -> None:
        self.outside(lambda house: house.agents.accept(MERCHANT, AGENT, self.case.id))

    @rule()
    def an_agent_rejects(self) -> None:
        self.outside(lambda house: house.agents.reject(MERCHANT, AGENT, self.case.id, "Other", "no"))

    @rule()
    def the_merchant_cancels(self) -> None:
        self.outside(lambda house: house.merchant.cancel(MERCHANT, self.case.verification_id))

    @rule(minutes=st.sampled_from([1, 20, 31, 300, 50_000]))
    def time_passes(self, minutes: int) -> None:
        self.hall.house.clock.advance(timedelta(minutes=minutes))
        if minutes > 29:
            self.look("")
            self.browser.send(f"{self.path}/otp") if '/otp"' in self.text else None
            self.browser.send(f"{self.path}/otp/confirm", otp=PHONE_OTP) if self.asks_for_the_code else None
            self.look("")

    def outside(self, act: Callable[[House], Any]) -> None:
        try:
            asyncio.run(act(self.hall.house))
        except JourneyError:
            return

    @property
    def asks_for_the_code(self) -> bool:
        return self.browser.page is not None and "/otp/confirm" in self.browser.page.text

    def look(self, query: str) -> None:
        reply = self.browser.open(f"{self.path}{query}")
        self.answered(reply)
        self.text = reply.text
        assert reply.text.count("<h1") == 1

    def of(self, name: str) -> str:
        found = self.text.partition(f'data-{name}="')[2].partition('"')[0]
        return found or self.of_field(name)

    def of_field(self, name: str) -> str:
        return self.text.partition(f'name="{name}" value="')[2].partition('"')[0]

    def answered(self, reply: Reply) -> None:
        assert reply.status < 500, reply.text


TestAnyCustomer = AnyCustomer.TestCase
TestAnyCustomer.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
