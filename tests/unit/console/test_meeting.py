"""The agent's side of the call, as the page's script talks to the server."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dastak.journeys.video_kyc import seat_token
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.console.standing import KEY, Standing
from unit.hosted.browser import Browser
from unit.journeys.video_kyc.cases import AGENT, OTHER_AGENT
from unit.journeys.video_kyc.house import MERCHANT

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"


class Phone:
    """The script of one agent's page."""

    def __init__(self, standing: Standing, case: VideoKyc, agent: str = AGENT) -> None:
        self.standing = standing
        self.path = f"/console/call/{case.id}"
        self.page = "page-1"
        self.browser = standing.browser(agent)
        page = self.browser.open(self.path)
        found = re.search(r'data-seat="([^"]+)"', page.text)
        self.seat = unescape(found.group(1)) if found else ""

    def say(self, what: str, headers: dict[str, str] | None = None, **said: Any) -> tuple[int, dict[str, Any]]:
        body = {"seat": self.seat, "page": self.page, **said}
        return post_json(self.browser, f"{self.path}/call/{what}", body, headers or {})


def post_json(browser: Browser, path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    sent = {"content-type": "application/json", "sec-fetch-site": "same-origin", **headers}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = browser.send_raw(path, raw, sent)
    return reply.status, json.loads(reply.text)


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
def case(standing: Standing) -> VideoKyc:
    waiting = standing.do(standing.house.waiting())
    return standing.do(standing.house.agents.accept(MERCHANT, AGENT, waiting.id))


@pytest.fixture
def phone(standing: Standing, case: VideoKyc) -> Phone:
    return Phone(standing, case)


def test_an_agent_comes_into_the_room_beats_and_goes(phone: Phone, case: VideoKyc) -> None:
    standing = phone.standing
    assert phone.say("join", sdp=OFFER) == (200, {"sdp": "v=0 answer"})
    assert standing.do(standing.house.stored(case)).calls[-1].agent_joined_at is not None
    status, said = phone.say("beat")
    assert (status, standing.rooms.beats) == (200, [standing.console.seat(case, Party.AGENT)])
    phone.seat = said["seat"]
    assert phone.say("leave") == (200, {})
    assert standing.rooms.inside == set()


def test_beats_keep_the_token_fresh_for_as_long_as_the_call_lasts(phone: Phone) -> None:
    for _ in range(5):
        phone.standing.house.clock.advance(seat_token.LIFE - timedelta(seconds=1))
        status, said = phone.say("beat")
        assert status == 200
        phone.seat = said["seat"]
    phone.standing.house.clock.advance(seat_token.LIFE)
    assert phone.say("beat")[0] == 403


@pytest.mark.parametrize("sdp", ["", "hello", None, 4, ["v=0"]])
def test_what_is_no_offer_is_refused(phone: Phone, sdp: Any) -> None:
    assert phone.say("join", sdp=sdp) == (422, {"error": "bad_offer"})


def test_a_closed_room_and_a_call_that_is_over_are_the_same_to_the_page(phone: Phone, case: VideoKyc) -> None:
    standing = phone.standing
    standing.rooms.closed.add(standing.console.seat(case, Party.AGENT).room)
    assert phone.say("join", sdp=OFFER) == (409, {"error": "call_over"})
    standing.do(standing.house.agents.release(MERCHANT, AGENT, case.id))
    for what in ("join", "beat", "leave"):
        assert phone.say(what, sdp=OFFER) == (409, {"error": "call_over"})


def test_the_seat_of_an_earlier_call_of_the_same_case_is_over(phone: Phone, case: VideoKyc) -> None:
    agents = phone.standing.house.agents
    phone.standing.do(agents.release(MERCHANT, AGENT, case.id))
    phone.standing.do(agents.accept(MERCHANT, AGENT, case.id))
    assert phone.say("beat") == (409, {"error": "call_over"})


def test_only_the_agent_s_own_seat_of_that_case_counts(phone: Phone, case: VideoKyc) -> None:
    standing = phone.standing
    mine = standing.console.seat(case, Party.AGENT)
    wrong = [
        "",
        "x",
        "ä",
        seat_token.make(b"x" * 32, mine, AGENT, standing.house.clock()),
        seat_token.make(KEY, mine, OTHER_AGENT, standing.house.clock()),
        seat_token.make(KEY, Seat(MERCHANT, "jrn_other", mine.call_id, Party.AGENT), AGENT, standing.house.clock()),
        seat_token.make(KEY, Seat("mer_2", case.id, mine.call_id, Party.AGENT), AGENT, standing.house.clock()),
        seat_token.make(KEY, standing.console.seat(case, Party.CUSTOMER), AGENT, standing.house.clock()),
    ]
    for token in wrong:
        assert phone.say("beat", seat=token)[0] == 403, token
    assert standing.rooms.beats == []


def test_who_is_signed_out_or_an_agent_no_more_is_told_so(phone: Phone) -> None:
    status, said = post_json(Browser(phone.standing.app), f"{phone.path}/call/beat", {"seat": phone.seat}, {})
    assert (status, said) == (401, {"error": "signed_out"})
    phone.standing.retired(AGENT)
    assert phone.say("beat")[0] == 403


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_other_sites_cannot_speak_for_the_page(phone: Phone, headers: dict[str, str]) -> None:
    assert phone.say("leave", headers)[0] == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"4", b'"x"', b"\xff", b"[" * 100_000, b"x" * 200_000])
def test_what_cannot_be_read_is_refused(phone: Phone, body: bytes) -> None:
    assert post_json(phone.browser, f"{phone.path}/call/beat", body, {})[0] in {400, 403}


def test_beats_have_a_limit_of_their_own(phone: Phone) -> None:
    phone.standing.limiter.limits["console_page"] = 0
    assert phone.say("beat")[0] == 200


def test_the_page_that_joined_last_has_the_call_and_an_older_one_is_told_so(phone: Phone, case: VideoKyc) -> None:
    standing = phone.standing
    seat = standing.console.seat(case, Party.AGENT)
    phone.say("join", sdp=OFFER)
    phone.say("join", page="page-2", sdp=OFFER)
    for what in ("beat", "join"):
        assert phone.say(what, sdp=OFFER) == (409, {"error": "elsewhere"})
    assert phone.say("leave") == (200, {})
    assert seat in standing.rooms.inside, "the older page takes nothing with it"
    assert phone.say("beat", page="page-2")[0] == 200
    assert phone.say("join", page="page-3", sdp=OFFER)[0] == 200, "taken back by a page that is new"
    assert phone.say("beat", page="page-2") == (409, {"error": "elsewhere"})
