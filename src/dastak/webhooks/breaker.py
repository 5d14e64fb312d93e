"""The breaker of one endpoint: a literal table of states and signals. Pure; clock and chance are arguments.

In: what attempts came to. Out: how many attempts the endpoint may have in flight. It never touches a delivery: each
keeps its own retry schedule, and waits for room when its time has come. `health` keeps one breaker per endpoint.

Closed: everything goes. It opens when most of the last answers are failures; then nothing is sent for a pause that
grows from opening to opening. After the pause one attempt goes as a probe. Its failure opens again, its success closes;
then the window grows from 1 to 2, 4, 8… with each window full of successes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

SAMPLE = 20
"""How many of the last outcomes are looked at."""

MINIMUM = 10
"""With fewer outcomes than this it stays closed."""

OPENING_RATIO = 0.8
"""It opens when at least this part of the sample failed."""

RELAPSE = 3
"""While the window refills, so many failures in a row open it again."""

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds without an attempt: doubled from opening to opening."""

JITTER = 0.25
"""A pause is shortened by up to this part, so that the probes of many endpoints spread out."""

FULL = 256
"""The largest window of an endpoint; one that has refilled to this is whole again, and openings are forgotten."""

_MASK = (1 << SAMPLE) - 1
_RELAPSED = (1 << RELAPSE) - 1


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerSignal(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    BUSY = "busy"
    """It answered, and wants no more now (429) or nothing at all (410): alive, so no matter for a breaker."""
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of an endpoint. Times are seconds of a monotonic clock."""

    state: BreakerState = BreakerState.CLOSED
    epoch: int = 0
    """Counts changes of state: what was sent in an earlier one says nothing about this one."""
    outcomes: int = 0
    """The last outcomes as bits, newest lowest, 1 for a failure."""
    known: int = 0
    """How many of those bits mean something, up to `SAMPLE`."""
    refill: int | None = None
    """The window while it refills; None: whole."""
    credit: int = 0
    """Successes since the window grew last."""
    openings: int = 0
    """Since the window was whole last."""
    open_until: float = 0.0

    @property
    def limit(self) -> int | None:
        """How many attempts of this epoch may be in flight together; None: as many as the endpoint's window."""
        match self.state:
            case BreakerState.OPEN:
                return 0
            case BreakerState.HALF_OPEN:
                return 1
            case BreakerState.CLOSED:
                return self.refill

    @property
    def is_well(self) -> bool:
        """Closed, with its whole window."""
        return self.state is BreakerState.CLOSED and self.refill is None

    @property
    def is_spotless(self) -> bool:
        """Well, and the whole sample succeeded: one more success changes nothing."""
        return not self.outcomes and self.known == SAMPLE and self.is_well


def after(breaker: Breaker, signal: BreakerSignal, now: float, chance: float, epoch: int | None = None) -> Breaker:
    """The breaker after a signal; the same object when nothing changes.

    Args:
        breaker: as it is.
        signal: what happened.
        now: seconds of the monotonic clock.
        chance: uniform in [0, 1), for the jitter of pauses.
        epoch: the epoch in which the attempt was sent; what belongs to an earlier one is ignored. None for a timer.
    """
    if epoch is not None and epoch != breaker.epoch:
        return breaker
    return TABLE[breaker.state][signal](breaker, now, chance)


def pause_after(openings: int, chance: float) -> float:
    """Seconds until the probe after so many openings in a row (from 1)."""
    whole = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(openings - 1, 30))
    return whole * (1 - JITTER * chance)


def _stay(breaker: Breaker, _now: float, _chance: float) -> Breaker:
    return breaker


def _count_success(breaker: Breaker, _now: float, _chance: float) -> Breaker:
    if breaker.refill is None and not breaker.outcomes and breaker.known == SAMPLE:
        return breaker
    noted = _noted(breaker, failed=0)
    if breaker.refill is None:
        return noted
    if breaker.credit + 1 < breaker.refill:
        return replace(noted, credit=breaker.credit + 1)
    if breaker.refill * 2 >= FULL:
        return replace(noted, refill=None, credit=0, openings=0)
    return replace(noted, refill=breaker.refill * 2, credit=0)


def _count_failure(breaker: Breaker, now: float, chance: float) -> Breaker:
    noted = _noted(breaker, failed=1)
    if _opens(noted):
        return _open(noted, now, chance)
    if noted.refill is None:
        return noted
    return replace(noted, refill=max(1, noted.refill // 2), credit=0)


def _open(breaker: Breaker, now: float, chance: float) -> Breaker:
    openings = breaker.openings + 1
    until = now + pause_after(openings, chance)
    return Breaker(BreakerState.OPEN, breaker.epoch + 1, openings=openings, open_until=until)


def _probe(breaker: Breaker, now: float, _chance: float) -> Breaker:
    if now < breaker.open_until:
        return breaker
    return replace(breaker, state=BreakerState.HALF_OPEN, epoch=breaker.epoch + 1)


def _close(breaker: Breaker, _now: float, _chance: float) -> Breaker:
    return Breaker(BreakerState.CLOSED, breaker.epoch + 1, refill=1, openings=breaker.openings)


def _noted(breaker: Breaker, failed: int) -> Breaker:
    outcomes = (breaker.outcomes << 1 | failed) & _MASK
    return replace(breaker, outcomes=outcomes, known=min(SAMPLE, breaker.known + 1))


def _opens(breaker: Breaker) -> bool:
    if breaker.refill is not None and breaker.outcomes & _RELAPSED == _RELAPSED:
        return True
    return breaker.known >= MINIMUM and breaker.outcomes.bit_count() >= OPENING_RATIO * breaker.known


Act = Callable[[Breaker, float, float], Breaker]

TABLE: Mapping[BreakerState, Mapping[BreakerSignal, Act]] = {
    BreakerState.CLOSED: {
        BreakerSignal.SUCCESS: _count_success,
        BreakerSignal.FAILURE: _count_failure,
        BreakerSignal.BUSY: _stay,
        BreakerSignal.TIMER: _stay,
    },
    BreakerState.OPEN: {
        BreakerSignal.SUCCESS: _stay,
        BreakerSignal.FAILURE: _stay,
        BreakerSignal.BUSY: _stay,
        BreakerSignal.TIMER: _probe,
    },
    BreakerState.HALF_OPEN: {
        BreakerSignal.SUCCESS: _close,
        BreakerSignal.FAILURE: _open,
        BreakerSignal.BUSY: _close,
        BreakerSignal.TIMER: _stay,
    },
}
"""Every state has a row, every signal a column."""
