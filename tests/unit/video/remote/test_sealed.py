"""What web processes and nodes say to each other: read by the right one, once, and by nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.video.remote import sealed
from dastak.video.remote.sealed import NotOurs, OtherRun, Reader

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(clock: Clock) -> Reader:
    return Reader([KEY], clock)


def a_request(reader: Reader, what: str = "join", now: float = NOW) -> bytes:
    return sealed.seal_request(KEY, what, reader.run, {"sdp": "v=0"}, now)


def test_a_request_and_its_answer_are_read_by_each_other(reader: Reader) -> None:
    request = a_request(reader)
    opened = reader.open("join", request)
    assert opened.said == {"sdp": "v=0"}
    answer = sealed.seal_answer(opened, "join", {"sdp": "answer"})
    assert sealed.open_answer(KEY, "join", request, answer) == {"sdp": "answer"}
    assert b"v=0" not in request
    assert b"answer" not in answer


def test_nothing_is_taken_twice_however_long_one_waits(reader: Reader, clock: Clock) -> None:
    early, late = a_request(reader, now=NOW - 29), a_request(reader, now=NOW + 29)
    for request in (early, late):
        reader.open("join", request)
    for _ in range(70):
        for request in (early, late):
            with pytest.raises(NotOurs):
                reader.open("join", request)
        clock.now += 1


@pytest.mark.parametrize("at", [NOW - 31, NOW + 31])
def test_what_is_not_fresh_is_refused(reader: Reader, at: float) -> None:
    with pytest.raises(NotOurs, match="fresh"):
        reader.open("join", a_request(reader, now=at))


def test_a_request_is_for_one_thing_and_one_run_of_one_node(reader: Reader, clock: Clock) -> None:
    with pytest.raises(NotOurs):
        reader.open("close", a_request(reader, "join"))
    begun_anew = Reader([KEY], clock)
    request = a_request(reader)
    with pytest.raises(OtherRun):
        begun_anew.open("join", request)
    with pytest.raises(NotOurs):
        begun_anew.open("join", begun_anew.run + request[sealed.RUN_BYTES :])


def test_an_answer_belongs_to_its_request(reader: Reader) -> None:
    first, second = a_request(reader), a_request(reader)
    answer = sealed.seal_answer(reader.open("join", first), "join", {})
    with pytest.raises(NotOurs):
        sealed.open_answer(KEY, "join", second, answer)
    with pytest.raises(NotOurs):
        sealed.open_answer(KEY, "leave", first, answer)
    with pytest.raises(NotOurs):
        sealed.open_answer(OTHER, "join", first, answer)


def test_a_node_takes_every_key_of_a_rotation_and_no_other(clock: Clock) -> None:
    node = Reader([OTHER, KEY], clock)
    request = a_request(node)
    answer = sealed.seal_answer(node.open("join", request), "join", {})
    assert sealed.open_answer(KEY, "join", request, answer) == {}
    with pytest.raises(NotOurs):
        node.open("join", sealed.seal_request(b"x" * 32, "join", node.run, {}, NOW))


@given(at=st.integers(sealed.RUN_BYTES, 100), change=st.integers(1, 255))
def test_a_changed_byte_is_noticed(at: int, change: int) -> None:
    reader = Reader([KEY], Clock())
    request = bytearray(a_request(reader))
    request[at % (len(request) - sealed.RUN_BYTES) + sealed.RUN_BYTES] ^= change
    with pytest.raises(NotOurs):
        reader.open("join", bytes(request))


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_quietly(noise: bytes) -> None:
    reader = Reader([KEY], Clock())
    with pytest.raises((NotOurs, OtherRun)):
        reader.open("join", noise)
    with pytest.raises(NotOurs):
        reader.open("join", reader.run + noise)
