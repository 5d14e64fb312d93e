"""What a page's script sends while the page is open: who may, what is taken, and what is answered."""

import asyncio
import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dastak.journeys.video_kyc import seat_token
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.journeys.video_kyc.rooms import Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.hosted.browser import Browser, Reply
from unit.hosted.video.case_pages import before_checks
from unit.hosted.video.hall import ANSWER, BAD_OFFER, SEAT_KEY, Hall, path_of
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import MERCHANT

JSON = {"content-type": "application/json"}


class Script:
    """The script of one open page."""

    def __init__(self, hall: Hall, case: VideoKyc, browser: Browser | None = None, step: str = "") -> None:
        self.hall, self.path = hall, path_of(case)
        self.browser = browser or hall.inside(case)
        self.text = self.browser.open(f"{self.path}?step={step}").text
        self.token = self.of("token")

    def of(self, name: str) -> str:
        return self.text.partition(f'data-{name}="')[2].partition('"')[0]

    def tell(
        self, where: str, headers: dict[str, str] | None = None, said: dict[str, Any] | None = None, **more: Any
    ) -> Reply:
        body = json.dumps({"token": self.token, **(said or {}), **more}).encode()
        sent = JSON | {"origin": "http://kyc.example", "sec-fetch-site": "same-origin"} | (headers or {})
        return self.browser._send("POST", f"{self.path}/{where}", body, sent)

    def join(self, **changes: Any) -> Reply:
        return self.tell(
            "call/join", **({"seat": self.of("seat"), "page": self.of("page-id"), "sdp": "offer"} | changes)
        )

    def beat(self, **changes: Any) -> Reply:
        return self.tell("call/beat", **({"seat": self.of("seat"), "page": self.of("page-id")} | changes))


def checking() -> tuple[Hall, Script, VideoKyc]:
    hall = Hall()
    case = asyncio.run(before_checks(hall.house))
    return hall, Script(hall, case, step="checks"), case


def calling() -> tuple[Hall, Script, VideoKyc]:
    hall = Hall()
    case = asyncio.run(hall.house.in_call())
    return hall, Script(hall, case), case


def error(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.text)["error"]


def test_the_checks_are_reported_one_by_one() -> None:
    hall, script, case = checking()
    assert json.loads(script.tell("checks/ip").text) == {"passed": True}
    assert hall.house.addresses.asked == ["203.0.113.9"], "the address as it came"
    place = {"latitude": 18.52, "longitude": 73.86, "accuracy": 20}
    assert json.loads(script.tell("checks/location", said=place).text) == {"passed": True}
    good = {"camera": True, "microphone": True, "round_trip_ms": 80, "kbit_per_second": 2000}
    assert json.loads(script.tell("checks/device", said=good).text) == {"passed": True}
    assert asyncio.run(hall.house.stored(case)).sub_status == "USER_DEVICE_CHECK_SUCCESS"


@pytest.mark.parametrize(
    ("where", "said", "sub_status"),
    [
        ("checks/location", {"latitude": 51.5, "longitude": -0.1, "accuracy": 20}, "USER_LOCATION_OUTSIDE_INDIA"),
        ("checks/location", {"refused": True}, "USER_LOCATION_PERMISSION_DISABLED"),
        ("checks/location", {"unavailable": True}, "TECHNICAL_FAILURE"),
        ("checks/location", {"latitude": 1e400, "longitude": 1, "accuracy": 1}, "TECHNICAL_FAILURE"),
        ("checks/device", {"camera": False, "microphone": True}, "USER_VIDEO_CHECK_FAILED"),
        ("checks/device", {}, "USER_VIDEO_CHECK_FAILED"),
        ("checks/device", {"camera": True, "microphone": False}, "USER_AUDIO_CHECK_FAILED"),
        ("checks/device", {"camera": True, "microphone": True, "kbit_per_second": 0}, "TECHNICAL_FAILURE"),
    ],
)
def test_each_failure_has_its_own_event(where: str, said: dict[str, Any], sub_status: str) -> None:
    hall, script, _ = checking()
    assert json.loads(script.tell(where, said=said).text) == {"passed": False}
    assert hall.house.heard()[-1] == ("PRECHECK_FAILED", sub_status)


def test_a_proxy_is_found_by_the_server_alone() -> None:
    hall, script, _ = checking()
    hall.house.addresses.finding = IpFinding("IN", is_proxy=True)
    assert json.loads(script.tell("checks/ip", address="203.0.113.9").text) == {"passed": False}
    assert hall.house.heard()[-1] == ("PRECHECK_FAILED", "USER_PROXY_DETECTED")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("checks/location", {}),
        ("checks/location", {"latitude": "18", "longitude": 73, "accuracy": 1}),
        ("checks/location", {"latitude": True, "longitude": 73, "accuracy": 1}),
        ("checks/location", {"latitude": 10**400, "longitude": 73, "accuracy": 1}),
        ("checks/device", {"camera": True, "microphone": True, "round_trip_ms": -1}),
        ("checks/device", {"camera": True, "microphone": True, "round_trip_ms": 1.5}),
        ("checks/device", {"camera": True, "microphone": True, "kbit_per_second": "fast"}),
    ],
)
def test_what_no_page_of_ours_sends_is_refused(where: str, said: dict[str, Any]) -> None:
    hall, script, _ = checking()
    before = hall.house.cases.saves
    assert error(script.tell(where, said=said)) == (400, "unreadable")
    assert hall.house.cases.saves == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"[" * 50_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    _, script, _ = checking()
    headers = JSON | {"sec-fetch-site": "same-origin"}
    assert error(script.browser._send("POST", f"{script.path}/checks/ip", body, headers)) == (400, "unreadable")


def test_a_body_that_is_too_large_is_refused() -> None:
    _, script, _ = checking()
    assert error(script.tell("checks/ip", more="x" * 70_000)) == (413, "too_large")


def test_only_our_own_page_of_a_confirmed_customer_is_heard() -> None:
    hall, script, case = checking()
    for where in ("checks/ip", "checks/location", "checks/device", "call/join", "call/beat", "call/leave"):
        assert error(script.tell(where, {"sec-fetch-site": "cross-site"})) == (403, "not_our_page")
        assert error(script.tell(where, token="0" * 64)) == (403, "not_our_page")
        assert error(script.tell(where, token=7)) == (403, "not_our_page")
        stranger = Script(hall, case, hall.browser())
        assert error(stranger.tell(where)) == (401, "session_ended")
    assert hall.house.addresses.asked == []


def test_checks_that_come_too_late_change_nothing() -> None:
    hall, script, case = checking()
    asyncio.run(hall.house.merchant.cancel(MERCHANT, case.verification_id))
    assert error(script.tell("checks/ip")) == (409, "over")


def test_the_probe_gives_and_takes_what_was_agreed() -> None:
    hall, script, _ = checking()
    headers = {"sec-fetch-site": "same-origin"}
    assert script.browser.get(f"{script.path}/checks/probe?bytes=0").text == ""
    assert hall.browser().get(f"{script.path}/checks/probe?bytes=0").status == 401
    reply = script.browser._send("POST", f"{script.path}/checks/probe", b"x" * 65536, headers)
    assert reply.status == 200
    assert script.browser._send("POST", f"{script.path}/checks/probe", b"x" * 65537, headers).status == 400


def test_joining_gives_the_rooms_answer_for_the_customers_own_seat() -> None:
    hall, script, case = calling()
    assert json.loads(script.join().text) == {"sdp": ANSWER}
    assert hall.rooms.joined == [(Seat(MERCHANT, case.id, case.calls[-1].id, Party.CUSTOMER), "offer")]
    assert error(script.join(sdp=BAD_OFFER)) == (422, "bad_offer")
    assert error(script.join(sdp="")) == (400, "unreadable")


def test_a_beat_gives_a_fresh_seat_and_renews_the_session() -> None:
    hall, script, _ = calling()
    for _ in range(59):
        hall.house.clock.advance(timedelta(minutes=1))
        fresh = json.loads(script.beat().text)["seat"]
        script.text = script.text.replace(script.of("seat"), fresh)
    assert len(hall.rooms.beats) == 59
    hall.house.clock.advance(timedelta(minutes=1))
    assert error(script.beat()) == (409, "over"), "a call has an end of its own after an hour; the session has not"


def test_a_seat_is_one_persons_at_one_call_and_short_lived() -> None:
    hall, script, case = calling()
    seat = Seat(MERCHANT, case.id, case.calls[-1].id, Party.CUSTOMER)
    forged = {
        "another person": seat_token.make(SEAT_KEY, seat, "somebody", hall.now),
        "another key": seat_token.make(b"x" * 32, seat, case.code, hall.now),
        "nothing": "x",
    }
    for token in forged.values():
        assert error(script.join(seat=token)) == (401, "seat_ended")
    for other in (
        Seat(MERCHANT, case.id, "call_0", Party.CUSTOMER),
        Seat(MERCHANT, case.id, seat.call_id, Party.AGENT),
    ):
        assert error(script.join(seat=seat_token.make(SEAT_KEY, other, case.code, hall.now))) == (409, "over")
    hall.house.clock.advance(seat_token.LIFE)
    assert error(script.join()) == (401, "seat_ended")
    assert hall.rooms.joined == []


def test_the_newest_page_has_the_call_and_the_older_one_is_told() -> None:
    hall, older, case = calling()
    newer = Script(hall, case, older.browser)
    assert older.join().status == newer.join().status == 200
    assert error(older.beat()) == (409, "elsewhere")
    assert error(older.join()) == (409, "elsewhere")
    older.tell("call/leave", seat=older.of("seat"), page=older.of("page-id"))
    assert hall.rooms.left == [], "closing the older page takes nobody's connection away"
    assert newer.beat().status == 200
    newer.tell("call/leave", seat=newer.of("seat"), page=newer.of("page-id"))
    assert len(hall.rooms.left) == 1


def test_a_call_that_is_over_takes_nothing_more() -> None:
    hall, script, case = calling()
    asyncio.run(hall.house.agents.reject(MERCHANT, AGENT, case.id, "Other", "no"))
    assert error(script.beat()) == (409, "over")
    assert error(script.join()) == (409, "over")


def send_photo(script: Script, body: bytes, photo: str = "stl_1", token: str | None = None) -> Reply:
    headers = {
        "content-type": "image/jpeg",
        "x-dastak-token": script.token if token is None else token,
        "sec-fetch-site": "same-origin",
    }
    return script.browser._send("POST", f"{script.path}/call/photo?photo={photo}", body, headers)


def test_a_photo_is_taken_when_it_was_asked_for() -> None:
    hall, script, case = calling()
    jpeg = b"\xff\xd8\xff\xe0 a picture"
    assert error(send_photo(script, jpeg)) == (409, "over")
    hall.photos.asked = "stl_1"
    assert error(send_photo(script, jpeg, token="")) == (403, "not_our_page")
    assert error(send_photo(script, jpeg, photo="stl_0")) == (409, "over")
    assert error(send_photo(script, b"GIF89a")) == (400, "unreadable")
    assert error(send_photo(script, b"\xff\xd8\xff" + b"x" * 4 * 1024 * 1024)) == (413, "too_large")
    assert hall.photos.kept == []
    assert send_photo(script, jpeg).status == 200
    assert hall.photos.kept == [(case.id, "stl_1", jpeg)]


def test_what_breaks_is_answered_as_broken_and_too_many_as_too_many() -> None:
    hall, script, _ = checking()
    hall.limiter.limits["page"] = 0
    reply = script.tell("checks/ip")
    assert error(reply) == (429, "too_many")
    assert reply.headers["retry-after"] == "42"


def test_the_ice_servers_reach_the_page_unharmed() -> None:
    _, script, _ = calling()
    servers = json.loads(unescape(script.of("ice")))
    assert servers == [{"urls": ["turn:turn.example.com:3478"], "username": "u<'\">", "credential": "c"}]
