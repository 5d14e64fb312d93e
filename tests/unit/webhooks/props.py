"""Values and stand-ins for webhook tests: no sockets, no database, no clock but the test's."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointSecret, EndpointState, LanePolicy
from dastak.webhooks.ports import Room
from dastak.webhooks.post import Answer, Post, Stage
from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import encode_test_event

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
BODY = encode_test_event(NOW)
SECOND = timedelta(seconds=1)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def an_endpoint(number: int = 1, window: int = 16, retry: RetryPolicy | None = None) -> Endpoint:
    return Endpoint(
        id=f"ep_{number}",
        merchant_id="mer_1",
        url=f"https://merchant.example.com/{number}",
        description="",
        event_types=(),
        retry=retry or RetryPolicy.named("standard"),
        lane_policy=LanePolicy.RELAXED,
        window=window,
        secrets=(EndpointSecret(SECRET, NOW),),
        state=EndpointState.ENABLED,
        disabled_reason="",
        created_at=NOW,
        updated_at=NOW,
    )


def a_claim(number: int = 1, endpoint: Endpoint | None = None, attempt: int = 1, failures: int = 0) -> Claimed:
    return Claimed(
        id=f"dlv_{number}",
        endpoint=endpoint or an_endpoint(),
        event_id=f"evt_{number}",
        event_type="KYC_LINK_SUCCESS",
        journey_id=f"jrn_{number}",
        sequence=number,
        body=BODY,
        client_secret="dks_1",
        attempt=attempt,
        failures=failures,
        created_at=NOW,
    )


def an_answer(post_id: str = "dlv_1", status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(post_id, Stage.ANSWERED, status, headers)


def no_answer(post_id: str = "dlv_1", stage: Stage = Stage.CONNECT) -> Answer:
    return Answer(post_id, stage, error=f"It ended at {stage.value}.")


class FakeQueue:
    """A queue that holds claims and remembers outcomes; it fails as often as it is told to."""

    def __init__(self, *claims: Claimed) -> None:
        self.waiting = list(claims)
        self.settled: asyncio.Queue[Settled] = asyncio.Queue()
        self.rooms: asyncio.Queue[Room] = asyncio.Queue()
        self.rested: asyncio.Queue[datetime | None] = asyncio.Queue()
        self.leases: list[timedelta] = []
        self.batches: list[list[str]] = []
        self.claim_failures = 0
        self.settle_failures = 0
        self.release_failures = 0
        self.released: asyncio.Queue[Claimed] = asyncio.Queue()
        self.failed: asyncio.Queue[str] = asyncio.Queue()
        self.claim_gate: asyncio.Event | None = None
        self.claiming: asyncio.Queue[None] = asyncio.Queue()
        self.due: datetime | None = None

    async def claim(self, now: datetime, lease_until: datetime, room: Room) -> Sequence[Claimed]:
        self.claiming.put_nowait(None)
        if self.claim_gate is not None:
            await self.claim_gate.wait()
        if self.claim_failures:
            self.claim_failures -= 1
            self.failed.put_nowait("claim")
            raise OSError("disk I/O error")
        self.rooms.put_nowait(room)
        self.leases.append(lease_until - now)
        taken: list[Claimed] = []
        for one in list(self.waiting):
            of_endpoint = sum(other.endpoint.id == one.endpoint.id for other in taken)
            if len(taken) < room.total and of_endpoint < room.left(
                one.endpoint.id, one.endpoint.window, one.endpoint.rate_per_second
            ):
                taken.append(one)
                self.waiting.remove(one)
        return taken

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:  # noqa: ARG002 - the port
        if self.settle_failures:
            self.settle_failures -= 1
            self.failed.put_nowait("settle")
            raise OSError("disk I/O error")
        self.batches.append([one.claimed.id for one in settled])
        for one in settled:
            self.settled.put_nowait(one)

    async def release(self, claimed: Sequence[Claimed]) -> None:
        if self.release_failures:
            self.release_failures -= 1
            self.failed.put_nowait("release")
            raise OSError("disk I/O error")
        for one in claimed:
            self.released.put_nowait(one)
        self.waiting = [*claimed, *self.waiting]

    async def next_due(self, room: Room | None = None) -> datetime | None:  # noqa: ARG002 - the port
        self.rested.put_nowait(self.due)
        return self.due


@dataclass
class FakeSender:
    """A sender that answers when the test says so; with `status` set, at once."""

    status: int | None = None
    started: int = 0
    sent: asyncio.Queue[Post] = field(default_factory=asyncio.Queue)
    _deliver: dict[str, Callable[[Sequence[Answer]], None]] = field(default_factory=dict)

    def start(self) -> None:
        self.started += 1

    def submit(self, posts: Sequence[Post], deliver: Callable[[Sequence[Answer]], None]) -> None:
        for post in posts:
            self._deliver[post.id] = deliver
            self.sent.put_nowait(post)
        if self.status is not None:
            self.answer(*(an_answer(post.id, self.status) for post in posts))

    def answer(self, *answers: Answer) -> None:
        """Hand back answers as the transport does: several at a time."""
        deliver = self._deliver[answers[0].post_id]
        for answer in answers:
            del self._deliver[answer.post_id]
        deliver(answers)

    def stop(self) -> None:
        """Nothing to release."""
