"""A sender that trusts loopback, and a place to collect its answers.

Every test runs on every sender: libcurl's, and our own on each kind of loop. They keep the same promises.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Protocol

import pytest
import uvloop

from dastak.transport.guard import Guard, GuardPolicy
from dastak.transport.sender import CurlSender
from dastak.transport.settings import SenderSettings
from dastak.webhooks.post import Answer, Deadlines, Post
from integration.transport.on_a_loop import OnALoop

PATIENT = Deadlines(timedelta(seconds=20), timedelta(seconds=20), timedelta(seconds=20))
HEADERS = (("content-type", "application/json"), ("webhook-id", "evt_1"))

_ids = count(1)


class Answers:
    """A delivery callback to wait on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[Answer] = []
        self.batches: list[int] = []

    def __call__(self, answers: Sequence[Answer]) -> None:
        with self._changed:
            self.all.extend(answers)
            self.batches.append(len(answers))
            self._changed.notify_all()

    def wait(self, number: int, seconds: float = 30) -> list[Answer]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all) >= number, seconds), f"{len(self.all)} answers"
        return self.all


def post(
    url: str,
    *,
    body: bytes = b"{}",
    headers: tuple[tuple[str, str], ...] = HEADERS,
    deadlines: Deadlines = PATIENT,
) -> Post:
    return Post(f"dlv_{next(_ids)}", url, headers, body, deadlines)


def within(connect: float = 20, first_byte: float = 20, total: float = 20) -> Deadlines:
    return Deadlines(timedelta(seconds=connect), timedelta(seconds=first_byte), timedelta(seconds=total))


class StoppableSender(Protocol):
    """What both senders are to these tests."""

    def start(self) -> None: ...

    def submit(self, posts: Sequence[Post], deliver: Callable[[Sequence[Answer]], None]) -> None: ...

    def stop(self, max_wait: timedelta | None = None) -> None: ...


SENDERS: dict[str, Callable[..., StoppableSender]] = {
    "curl": CurlSender,
    "stream-uvloop": partial(OnALoop, uvloop.new_event_loop),
    "stream-asyncio": partial(OnALoop, asyncio.new_event_loop),
}


@pytest.fixture(params=SENDERS)
def new_sender(request: pytest.FixtureRequest) -> Callable[..., StoppableSender]:
    """Makes a sender that is not started."""
    return SENDERS[str(request.param)]


def send(sender: StoppableSender, *posts: Post) -> list[Answer]:
    """Send posts together and return their answers in the order of the posts."""
    answers = Answers()
    sender.submit(posts, answers)
    by_id = {answer.post_id: answer for answer in answers.wait(len(posts))}
    assert len(answers.all) == len(posts)
    return [by_id[one.id] for one in posts]


MakeSender = Callable[..., StoppableSender]


@pytest.fixture
def make_sender(new_sender: Callable[..., StoppableSender]) -> Iterator[MakeSender]:
    """Make started senders; all are stopped after the test."""
    made: list[StoppableSender] = []

    def make(
        policy: GuardPolicy | None = None,
        settings: SenderSettings | None = None,
        resolve: Callable[[str], Sequence[str]] | None = None,
    ) -> StoppableSender:
        guard = Guard(policy or GuardPolicy.sandbox())
        sender = new_sender(guard, settings, resolve=resolve) if resolve else new_sender(guard, settings)
        sender.start()
        made.append(sender)
        return sender

    yield make
    for sender in made:
        sender.stop(timedelta(seconds=0))


@pytest.fixture
def sender(make_sender: MakeSender) -> StoppableSender:
    return make_sender()
