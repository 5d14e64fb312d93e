"""A replay: many deliveries sent again, as a durable job with a rate of its own. Pure: the time is an argument.

In: what a merchant asks for, what the store has seen of the log, how each delivery stands. Out: the job as it is after
a step. The store calls it inside the transaction that re-queues, so the job and what it did are never apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState

REPLAYABLE = (DeliveryState.PENDING, DeliveryState.GIVEN_UP, DeliveryState.DELIVERED)
"""What was cancelled has no endpoint any more."""

UNDELIVERED = (DeliveryState.PENDING, DeliveryState.GIVEN_UP)

LEAST_RATE, DEFAULT_RATE, LARGEST_RATE = 1.0, 50.0, 1000.0
"""Deliveries re-queued per second. How fast they are sent is for window, breaker and pace to say."""

MOST_OPEN = 10
"""Replays of one merchant that are not over yet."""

STEP = timedelta(milliseconds=200)
"""So much of the job's rate is re-queued in one transaction; and no more than this is made up for after a delay."""

MOST_PER_STEP = 200
LOOKED_PER_STEP = 2000
"""Rows of the log that one step looks at, whether they match or not."""

CLOCK_JUMP = timedelta(seconds=5)
"""No step waits so long by its rate: what is due later than this, a clock that went back has put there."""


class ReplayState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Skip(StrEnum):
    """Why a delivery that matches is not re-queued."""

    IN_FLIGHT = "in_flight"
    """An attempt is under way: its outcome comes first."""
    ENDPOINT_DELETED = "endpoint_deleted"
    ALREADY_DUE = "already_due"
    """It waits for nothing but its turn, with all its attempts before it."""
    BODY_EXPIRED = "body_expired"
    """Its event's body was kept long enough and is gone: there is nothing to send."""
    CHANGED = "changed"
    """It came into another state between the look and the act, such as delivered."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries of a merchant; None and empty mean any."""

    states: tuple[DeliveryState, ...] = UNDELIVERED
    endpoint_id: str | None = None
    event_types: tuple[str, ...] = ()
    verification_id: str | None = None
    since: datetime | None = None
    """When the event happened, this instant included."""
    until: datetime | None = None
    """This instant excluded."""
    after: int = 0
    """A position in the log of deliveries, itself excluded."""
    up_to: int = 0
    """The last position, included. Fixed when the job is made, so that it ends."""

    @property
    def is_narrow(self) -> bool:
        """Whether it says more than "everything there ever was"."""
        return bool(self.endpoint_id or self.verification_id or self.since or self.after)


@dataclass(frozen=True, slots=True)
class Replay:
    """One job."""

    id: str
    """`rpl_…`"""
    merchant_id: str
    selection: Selection
    rate_per_second: float
    matched: int
    """Deliveries that matched when it was made."""
    matched_exactly: bool
    """False: the log is long and they were not all counted; there are at least so many."""
    created_at: datetime
    position: int
    """Everything up to here in the log has been dealt with."""
    due_at: datetime | None
    """When the next step may begin; None when the job is over."""
    state: ReplayState = ReplayState.QUEUED
    requeued: int = 0
    skipped: Mapping[Skip, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.due_at is not None

    @property
    def progress(self) -> float:
        """How much of its part of the log lies behind it, from 0 to 1."""
        if self.state is ReplayState.DONE:
            return 1.0
        length = self.selection.up_to - self.selection.after
        return min(1.0, (self.position - self.selection.after) / max(1, length))


@dataclass(frozen=True, slots=True)
class Match:
    """A delivery that matches a selection."""

    position: int
    id: str


@dataclass(frozen=True, slots=True)
class Look:
    """A piece of the log that was looked at."""

    matches: tuple[Match, ...]
    """In order."""
    ends_at: int | None
    """The last position that was looked at, matching or not; None: there is nothing beyond."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What one step takes on."""

    chosen: tuple[Match, ...]
    position: int
    """Where the step ends."""
    is_last: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery as it is at the moment of the act."""

    state: DeliveryState
    in_flight: bool
    failures: int
    not_before: datetime
    endpoint_state: EndpointState
    has_body: bool = True


def begun(
    replay_id: str, merchant_id: str, selection: Selection, rate: float, matched: int, *, exactly: bool, now: datetime
) -> Replay:
    """A new job, due at once."""
    return Replay(replay_id, merchant_id, selection, rate, matched, exactly, now, selection.after, now)


def is_due(replay: Replay, now: datetime) -> bool:
    """Whether its next step may begin."""
    return replay.due_at is not None and (replay.due_at <= now or replay.due_at > now + CLOCK_JUMP)


def step_size(rate_per_second: float) -> int:
    """How many deliveries one step re-queues at most."""
    return max(1, min(MOST_PER_STEP, int(rate_per_second * STEP.total_seconds())))


def cut(replay: Replay, look: Look) -> Cut:
    """The part of a look, from after the job's position, that this step takes on."""
    size = step_size(replay.rate_per_second)
    if len(look.matches) > size:
        chosen = look.matches[:size]
        return Cut(chosen, chosen[-1].position, is_last=False)
    if look.ends_at is None:
        return Cut(look.matches, max(replay.position, replay.selection.up_to), is_last=True)
    return Cut(look.matches, look.ends_at, is_last=False)


def why_not(wanted: Sequence[DeliveryState], standing: Standing, now: datetime) -> Skip | None:
    """Why it is passed over; None: it is re-queued."""
    if standing.state not in wanted:
        return Skip.CHANGED
    if standing.endpoint_state is EndpointState.DELETED:
        return Skip.ENDPOINT_DELETED
    if standing.in_flight:
        return Skip.IN_FLIGHT
    if not standing.has_body:
        return Skip.BODY_EXPIRED
    if standing.state is DeliveryState.PENDING and not standing.failures and standing.not_before <= now:
        return Skip.ALREADY_DUE
    return None


def after_step(replay: Replay, done: Cut, passed_over: Sequence[Skip], now: datetime) -> Replay:
    """The job after a step that re-queued what it had chosen, except for so many that it passed over."""
    requeued = len(done.chosen) - len(passed_over)
    skipped = Counter(replay.skipped)
    skipped.update(passed_over)
    return replace(
        replay,
        state=ReplayState.DONE if done.is_last else ReplayState.RUNNING,
        position=done.position,
        requeued=replay.requeued + requeued,
        skipped=dict(skipped),
        due_at=None if done.is_last else _next_step(replay, requeued, now),
        started_at=replay.started_at or now,
        finished_at=now if done.is_last else None,
    )


def cancelled(replay: Replay, now: datetime) -> Replay:
    """The job, ended by its owner; one that has ended already stays as it is."""
    if not replay.is_open:
        return replay
    return replace(replay, state=ReplayState.CANCELLED, due_at=None, finished_at=now)


def _next_step(replay: Replay, requeued: int, now: datetime) -> datetime:
    """When the rate allows more. A step that came late is made up for, a process that was away is not."""
    if not requeued:
        return now
    planned = replay.due_at or now
    base = planned if now - STEP <= planned <= now else now
    return base + timedelta(seconds=requeued / replay.rate_per_second)
