"""How each endpoint stands, as one dispatcher process sees it: its breaker, its pace, and whether it answers at all.

In: attempts as they begin and as they are answered. Out: a snapshot of how much each endpoint may take on, when those
that were refused may again, and what the API shows. All of it is memory: a restart forgets it, and with several
dispatcher processes each has its own (so an owner's limit counts for each of them).
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog

from dastak.webhooks.breaker import Breaker, BreakerSignal, BreakerState, after
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.pace import Pace, burst
from dastak.webhooks.post import Answer
from dastak.webhooks.verdict import GONE, is_success, retry_after
from dastak.webhooks.windows import Windows

log = structlog.get_logger("dastak.webhooks")

TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503

SILENCE = 1.0
"""Seconds without an answer, after which an endpoint with attempts in flight gets no more of the room's last half, and
after which nothing is kept at hand for it."""

QUICK = 0.25
"""Seconds: an endpoint that answers within this, on the whole, may have another window of deliveries at hand."""

AT_HAND = 0.06
MOST_WINDOWS = 4
"""One that answers faster may have several: what it takes in so many seconds, as claims in a flood are far apart."""

SMOOTHING = 0.2
"""How much the newest answer counts in how long an endpoint takes."""

MOST_WARDS = 10_000
"""Endpoints that are remembered; beyond it those are forgotten that are well and idle, or idle for long."""

LONG_IDLE = 3600.0


@dataclass(frozen=True, slots=True)
class Health:
    """What the API shows."""

    breaker: BreakerState
    open_until: datetime | None
    """When an open breaker lets a probe through."""
    rate_per_second: float | None
    """The rate now: the owner's limit, or less; None for no limit."""
    window_now: int
    """How many attempts may be in flight together now."""


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A snapshot of what the dispatcher can take on, handed to the store's own thread."""

    total: int
    taken: Counter[str]
    bounds: Mapping[str, int] = field(default_factory=dict)
    """Endpoints whose breaker, pace or silence leaves them less than their window."""
    refused: set[str] = field(default_factory=set)
    """Those of `bounds` that were asked for and got nothing: what the dispatcher then waits for."""
    ahead: Mapping[str, int] = field(default_factory=dict)
    """Endpoints that answer so fast that as much again, or several times that, may wait at hand."""

    def left(self, endpoint_id: str, window: int, rate_per_second: float | None = None) -> int:
        room = window * (1 + self.ahead.get(endpoint_id, 0)) if rate_per_second is None else window
        free = min(self.total, room - self.taken[endpoint_id])
        if rate_per_second is not None:
            free = min(free, int(burst(rate_per_second)))
        bound = self.bounds.get(endpoint_id)
        if bound is not None and bound < free:
            free = bound
            if free <= 0:
                self.refused.add(endpoint_id)
        return max(0, free)


@dataclass(slots=True)
class Ward:
    """One endpoint under watch."""

    pace: Pace
    heard_at: float
    """The last answer, or when the first of those in flight began."""
    breaker: Breaker = field(default_factory=Breaker)
    in_flight: int = 0
    fresh: int = 0
    """Those in flight that were sent in the breaker's present epoch."""
    takes: float = 2 * QUICK
    """Seconds from attempt to answer, smoothed; not quick until several answers have shown it."""

    def bound(self, now: float) -> int | None:
        """How many more attempts breaker and pace allow; None for any number."""
        limit, allowed = self.breaker.limit, self.pace.allowed(now)
        if limit is None:
            return allowed
        left = max(0, limit - self.fresh)
        return left if allowed is None else min(left, allowed)

    def ready_at(self, now: float) -> float | None:
        """When time alone gives it room again; None when only an answer does."""
        if self.breaker.state is BreakerState.OPEN:
            return max(self.breaker.open_until, self.pace.ready_at(now))
        limit = self.breaker.limit
        if limit is not None and self.fresh >= limit:
            return None
        if self.breaker.state is BreakerState.HALF_OPEN or not self.pace.is_free(now):
            return self.pace.ready_at(now)
        return None

    def is_silent(self, now: float) -> bool:
        return self.in_flight > 0 and now - self.heard_at > SILENCE


class Ticket(NamedTuple):
    """Handed out when an attempt begins, handed back with its answer."""

    epoch: int
    sent_at: float


class HealthBook:
    """All endpoints of one dispatcher. Used from its loop only; snapshots may go to other threads."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Start with nothing known.

        Args:
            clock: seconds that never go back; everything is timed by it.
            chance: uniform in [0, 1), for the jitter of pauses.
            now: aware UTC, to read Retry-After dates and to show times, and for nothing else.
        """
        self._clock = clock
        self._chance = chance
        self._now = now
        self._wards: dict[str, Ward] = {}
        self._bound: set[str] = set()
        """Those that breaker or pace may leave less than their window: few, so that a claim looks at few."""
        self._quick: dict[str, int] = {}
        """Well, without a limit, and answering fast: how many windows may wait at hand."""
        self._prune_at = MOST_WARDS

    def room(self, windows: Windows) -> FreeRoom:
        """How much may be claimed now: what windows and capacity leave, and what may wait for those that are quick."""
        now = self._clock()
        taken = windows.taken()
        silent = [id_ for id_ in windows.sent if self._is_silent(id_, now)]
        for id_ in silent:
            self._quick.pop(id_, None)
        left = windows.capacity - windows.sent_total
        bounds = dict.fromkeys(silent, 0) if left * 2 < windows.capacity else {}
        for id_ in list(self._bound):
            ward = self._wards[id_]
            self._turn_on(id_, ward, BreakerSignal.TIMER, now)
            bound = ward.bound(now)
            if bound is None or (ward.breaker.is_well and ward.pace.is_rested(now)):
                self._bound.discard(id_)
            else:
                bounds.setdefault(id_, bound - windows.waiting[id_])
        left += windows.capacity * max(self._quick.values(), default=0)
        return FreeRoom(left - windows.waiting_total, taken, bounds, ahead=self._quick.copy())

    def admits(self, endpoint: Endpoint) -> bool:
        """Whether an attempt may begin now that was claimed a while ago."""
        if endpoint.id not in self._bound:
            return True
        bound = self._wards[endpoint.id].bound(self._clock())
        return bound is None or bound > 0

    def is_well(self, endpoint_id: str) -> bool:
        """Whether neither breaker nor pace leaves it less than its window."""
        return endpoint_id not in self._bound

    def silent(self, endpoint_ids: Iterable[str]) -> list[str]:
        """Those of them that have attempts in flight and have not answered for long."""
        now = self._clock()
        return [id_ for id_ in endpoint_ids if self._is_silent(id_, now)]

    def sent(self, endpoint: Endpoint) -> Ticket:
        """An attempt begins."""
        now = self._clock()
        ward = self._wards.get(endpoint.id) or self._admit(endpoint, now)
        if endpoint.rate_per_second is not None or ward.pace.limit is not None:
            ward.pace.set_limit(endpoint.rate_per_second, now)
            self._watch(endpoint.id, ward)
        ward.pace.take(now)
        if not ward.in_flight:
            ward.heard_at = now
        ward.in_flight += 1
        ward.fresh += 1
        return Ticket(ward.breaker.epoch, now)

    def answered(self, endpoint: Endpoint, ticket: Ticket, answer: Answer) -> None:
        """An attempt is over, with an answer or without."""
        now = self._clock()
        ward = self._wards[endpoint.id]
        ward.in_flight -= 1
        if ticket.epoch == ward.breaker.epoch:
            ward.fresh -= 1
        ward.heard_at = now
        ward.takes += SMOOTHING * (now - ticket.sent_at - ward.takes)
        signal = _signal(answer)
        if signal is BreakerSignal.SUCCESS:
            ward.pace.succeeded(now)
        elif answer.status in (TOO_MANY_REQUESTS, UNAVAILABLE):
            asked = retry_after(answer, self._now())
            ward.pace.pushed_back(now, ticket.sent_at, asked.total_seconds() if asked is not None else None)
        if signal is not BreakerSignal.SUCCESS:
            self._turn_on(endpoint.id, ward, signal, now, ticket.epoch)
            self._watch(endpoint.id, ward)
        elif not ward.breaker.is_spotless:
            self._turn_on(endpoint.id, ward, signal, now, ticket.epoch)
        if ward.takes < QUICK and endpoint.id not in self._bound:
            self._quick[endpoint.id] = _windows_ahead(ward.takes)
        else:
            self._quick.pop(endpoint.id, None)

    def ready_in(self, refused: Iterable[str]) -> timedelta | None:
        """How long until one of those that found no room may have some; None when only an answer can give it."""
        now = self._clock()
        times = [at for id_ in refused if id_ in self._wards and (at := self._wards[id_].ready_at(now)) is not None]
        return timedelta(seconds=max(0.0, min(times) - now)) if times else None

    def of(self, endpoint: Endpoint) -> Health:
        """What the API shows. Fulfils `ports.HealthReader`."""
        ward = self._wards.get(endpoint.id)
        if ward is None:
            return Health(BreakerState.CLOSED, None, endpoint.rate_per_second, endpoint.window)
        now = self._clock()
        self._turn_on(endpoint.id, ward, BreakerSignal.TIMER, now)
        breaker = ward.breaker
        window = endpoint.window if breaker.limit is None else min(breaker.limit, endpoint.window)
        until = self._now() + timedelta(seconds=breaker.open_until - now)
        return Health(
            breaker.state,
            until if breaker.state is BreakerState.OPEN else None,
            _least(ward.pace.rate, endpoint.rate_per_second),
            0 if ward.pace.is_held(now) else window,
        )

    def _is_silent(self, endpoint_id: str, now: float) -> bool:
        ward = self._wards.get(endpoint_id)
        return ward is not None and ward.is_silent(now)

    def _watch(self, endpoint_id: str, ward: Ward) -> None:
        if not ward.breaker.is_well or ward.pace.rate is not None or ward.pace.is_held(self._clock()):
            self._bound.add(endpoint_id)
            self._quick.pop(endpoint_id, None)

    def _turn_on(
        self, endpoint_id: str, ward: Ward, signal: BreakerSignal, now: float, epoch: int | None = None
    ) -> None:
        before = ward.breaker
        turned = after(before, signal, now, self._chance(), epoch)
        if turned is before:
            return
        ward.breaker = turned
        if turned.epoch == before.epoch:
            return
        ward.fresh = 0
        match turned.state:
            case BreakerState.OPEN:
                pause = round(turned.open_until - now, 1)
                log.warning("breaker_opened", endpoint_id=endpoint_id, pause_seconds=pause, openings=turned.openings)
            case BreakerState.CLOSED:
                log.info("breaker_closed", endpoint_id=endpoint_id)
            case BreakerState.HALF_OPEN:
                log.debug("breaker_probes", endpoint_id=endpoint_id)

    def _admit(self, endpoint: Endpoint, now: float) -> Ward:
        if len(self._wards) >= self._prune_at:
            for id_ in [id_ for id_, ward in self._wards.items() if self._is_forgettable(id_, ward, now)]:
                del self._wards[id_]
                self._bound.discard(id_)
                self._quick.pop(id_, None)
            self._prune_at = max(MOST_WARDS, 2 * len(self._wards))
        ward = self._wards[endpoint.id] = Ward(Pace(now, endpoint.rate_per_second), now)
        return ward

    def _is_forgettable(self, endpoint_id: str, ward: Ward, now: float) -> bool:
        return not ward.in_flight and (endpoint_id not in self._bound or now - ward.heard_at > LONG_IDLE)


def _windows_ahead(takes: float) -> int:
    """How many windows may wait at hand for an endpoint that takes so many seconds."""
    return MOST_WINDOWS if takes * MOST_WINDOWS <= AT_HAND else max(1, int(AT_HAND / takes))


def _signal(answer: Answer) -> BreakerSignal:
    if is_success(answer):
        return BreakerSignal.SUCCESS
    return BreakerSignal.BUSY if answer.status in (TOO_MANY_REQUESTS, GONE) else BreakerSignal.FAILURE


def _least(one: float | None, other: float | None) -> float | None:
    return min((rate for rate in (one, other) if rate is not None), default=None)
