"""What a merchant's link to a recording opens, over real HTTP."""

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, IncompleteRead

import pytest
from starlette.applications import Starlette

from dastak.journeys.video_kyc.recording_token import recording_link
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.limiter import Rate, WindowLimiter
from dastak.web.recordings.routes import Recordings, recording_routes
from dastak.web.viewing import PAUSE, Viewings
from integration.reviewing.shelf import CHUNK, Shelf, Views
from support.serving import Serving
from unit.journeys.video_kyc.house import MERCHANT, House

KEY = b"r" * 32
LIFE = timedelta(days=7)
SHA256 = "ab" * 32
CONTENT = random.Random(7).randbytes(3 * CHUNK + 17)
A_LOT = 64 * 1024 * 1024
"""More than the buffers between two sockets hold."""
PAGE = "text/html,application/xhtml+xml"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Street:
    """A house, its shelf, and who walks by."""

    house: House = field(default_factory=House)
    shelf: Shelf = field(default_factory=Shelf)
    views: Views = field(default_factory=Views)
    serving: Serving = field(init=False)

    def __post_init__(self) -> None:
        clock = self.house.clock
        limiter = WindowLimiter({"page": Rate(200)}, monotonic=lambda: clock().timestamp())
        room = Recordings(self.house.cases, self.shelf, Viewings(self.views, clock), KEY, limiter, clock)
        self.serving = Serving(Starlette(routes=recording_routes(room)))

    def decided(self, verification_id: str = "v-1") -> VideoKyc:
        return asyncio.run(self.house.decided(verification_id))

    def recorded(self, case: VideoKyc) -> None:
        asyncio.run(self.house.evidence.recorded(MERCHANT, case.id, case.calls[-1].id, "spool/room"))

    def composed(self, case: VideoKyc, content: bytes = CONTENT) -> str:
        """Its link, once there is something to be watched."""
        reference = f"mer_1/{case.id}/call.mp4"
        self.shelf.files[reference] = content
        asyncio.run(self.house.evidence.composed(MERCHANT, case.id, reference, SHA256))
        return self.link(case)

    def link(self, case: VideoKyc) -> str:
        return recording_link("", KEY, case, self.house.clock() + LIFE)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.serving.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@pytest.fixture
def street() -> Iterator[Street]:
    street = Street()
    with street.serving:
        yield street


def test_the_whole_recording_comes_as_a_file_that_no_cache_keeps(street: Street) -> None:
    link = street.composed(street.decided("v.1/é"))
    answer = street.ask(link)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == 'inline; filename="v.1__.mp4"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["etag"] == f'"{SHA256}"'


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, len(CONTENT)),
        ("bytes=0-1", 0, 2),
        (f"bytes={CHUNK - 1}-{CHUNK}", CHUNK - 1, CHUNK + 1),
        ("bytes=-17", len(CONTENT) - 17, len(CONTENT)),
        (f"bytes={2 * CHUNK}-999999999", 2 * CHUNK, len(CONTENT)),
    ],
)
def test_a_player_gets_the_part_that_it_seeks_to(street: Street, wanted: str, start: int, end: int) -> None:
    answer = street.ask(street.composed(street.decided()), range=wanted)
    assert (answer.status, answer.body) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(end - start)


def test_parts_put_together_are_the_whole(street: Street) -> None:
    link = street.composed(street.decided())
    parts = [street.ask(link, range=f"bytes={at}-{at + 49_999}").body for at in range(0, len(CONTENT), 50_000)]
    assert b"".join(parts) == CONTENT


def test_a_part_behind_the_end_is_refused_with_the_size(street: Street) -> None:
    answer = street.ask(street.composed(street.decided()), range="bytes=99999999-")
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert not street.views.rows


def test_a_part_of_a_file_that_has_changed_is_the_whole(street: Street) -> None:
    link = street.composed(street.decided())
    assert street.ask(link, range="bytes=0-1", if_range=f'"{SHA256}"').status == 206
    assert street.ask(link, range="bytes=0-1", if_range='"other"').status == 200


def test_asking_for_the_head_shows_nothing_and_is_no_viewing(street: Street) -> None:
    answer = street.ask(street.composed(street.decided()), "HEAD", range="bytes=0-1")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert not street.views.rows
    assert street.ask("/recordings/x", "HEAD").status == 404


def test_a_viewing_is_noted_once_wherever_it_begins(street: Street) -> None:
    case = street.decided()
    link = street.composed(case)
    for wanted in ("bytes=5-", "bytes=0-1", "bytes=100-", "bytes=-4"):
        street.ask(link, range=wanted)
    seen = [(view.case_id, view.reference, view.viewer, view.client_ip, view.at) for view in street.views.rows]
    assert seen == [(case.id, f"mer_1/{case.id}/call.mp4", "link", "127.0.0.1", street.house.clock())]
    street.house.clock.advance(PAUSE)
    street.ask(link, range="bytes=7-")
    assert len(street.views.rows) == 2


def test_what_cannot_be_noted_is_not_shown(street: Street) -> None:
    link = street.composed(street.decided())
    street.views.is_away = True
    answer = street.ask(link)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert CONTENT[:10] not in answer.body
    street.views.is_away = False
    assert street.ask(link).status == 200
    assert len(street.views.rows) == 1


def test_while_it_is_composed_one_is_told_to_come_again_and_not_when_there_is_nothing_to_compose(
    street: Street,
) -> None:
    case = street.decided()
    unrecorded = street.ask(street.link(case), accept=PAGE)
    assert unrecorded.status == 410
    assert b"Nothing was recorded of this call" in unrecorded.body
    street.recorded(case)
    link = street.link(case)
    machine, person = street.ask(link), street.ask(link, accept=PAGE)
    assert (machine.status, machine.headers["retry-after"]) == (202, "10")
    assert json.loads(machine.body)["code"] == "recording_not_ready"
    assert (person.status, person.headers["retry-after"]) == (202, "10")
    assert b'http-equiv="refresh" content="10"' in person.body
    assert not street.views.rows


def test_an_old_link_has_ended_and_a_forged_one_never_was(street: Street) -> None:
    case = street.decided()
    link = street.composed(case)
    street.house.clock.advance(LIFE)
    assert street.ask(link).status == 410
    assert b"This link has ended" in street.ask(link, accept=PAGE).body
    assert street.ask(street.link(case)).status == 200
    for forged in (link[:-3] + "AAA", "/recordings/x", "/recordings/" + "A" * 5000, "/recordings/%00%ff"):
        answer = street.ask(forged)
        assert (answer.status, json.loads(answer.body)["type"]) == (404, "not_found_error")


def test_a_link_to_a_case_that_is_not_there_or_had_another_call_opens_nothing(street: Street) -> None:
    case = street.decided("v-3")
    link = street.composed(case)
    undecided = asyncio.run(street.house.in_call("v-2"))
    assert street.ask(street.link(undecided)).status == 404
    del street.house.cases.rows[case.id]
    assert street.ask(link).status == 404


def test_a_recording_that_was_removed_is_gone(street: Street) -> None:
    case = street.decided()
    link = street.composed(case)
    street.shelf.files.clear()
    answer = street.ask(link)
    assert (answer.status, json.loads(answer.body)["code"]) == (410, "recording_not_kept")
    assert not street.views.rows


def test_a_disk_that_fails_midway_cuts_the_answer_short(street: Street) -> None:
    link = street.composed(street.decided())
    street.shelf.breaks_after = CHUNK
    with pytest.raises(IncompleteRead):
        street.ask(link)
    street.shelf.breaks_after = 0
    answer = street.ask(link)
    assert (answer.status, json.loads(answer.body)["code"]) == (500, "request_failed")


def test_who_goes_away_midway_leaves_nothing_open(street: Street) -> None:
    link = street.composed(street.decided(), bytes(A_LOT))
    connection = HTTPConnection("127.0.0.1", street.serving.port, timeout=10)
    connection.request("GET", link)
    connection.getresponse().read(10)
    connection.close()
    assert street.shelf.let_go.wait(10)


def test_too_many_requests_from_one_address_have_to_wait(street: Street) -> None:
    link = street.composed(street.decided(), b"x")
    for _ in range(200):
        assert street.ask(link).status == 200
    answer = street.ask(link, accept=PAGE)
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) <= 60
    street.house.clock.advance(timedelta(minutes=1))
    assert street.ask(link).status == 200


def test_nothing_but_looking_is_possible(street: Street) -> None:
    link = street.composed(street.decided())
    assert street.ask(link, "POST").status == 405
    assert street.ask(link, "DELETE").status == 405
