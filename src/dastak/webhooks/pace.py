"""How fast one endpoint may be sent to: its owner's limit, and what the receiver asks for by 429, 503 and Retry-After.

In: attempts and what they came to, with the time of each. Out: how many may go now, and when more may. No clock is read
here: `now` is seconds of a monotonic clock. `health` keeps one pace per endpoint.

A token bucket that holds a tenth of a second: over any interval of t seconds at most `burst(rate) + rate * t` attempts
begin. A push-back halves the rate; successes raise it by a twentieth of what it was per second, until it is the owner's
limit or, without one, twice what it was, and then there is none.
"""

LEAST_RATE = 0.1
"""Attempts per second: a receiver that only ever pushes back is still asked every ten seconds."""

BURST_SECONDS = 0.1
HALVED = 0.5
RAISE_SHARE = 0.05
FREE_AT = 2.0
"""Without an owner's limit: free again at so many times the rate at which it was pushed back last."""

LONGEST_HOLD = 300.0
"""Seconds that Retry-After can hold an endpoint; a delivery's own wait may be longer."""

LOOK_BACK = 1.0
"""Seconds over which attempts are counted, to know the rate of an endpoint that had none."""

_ROUNDING = 1e-9


def burst(rate: float) -> float:
    """How many attempts may begin at one moment."""
    return max(1.0, rate * BURST_SECONDS)


class Pace:
    """The pace of one endpoint. Not for several threads."""

    __slots__ = (
        "_at",
        "_began",
        "_count",
        "_count_before",
        "_held_until",
        "_limit",
        "_lowered_at",
        "_rate",
        "_tokens",
        "_trouble",
    )

    def __init__(self, now: float, limit: float | None = None) -> None:
        self._limit: float | None = None
        self._rate: float | None = None
        self._tokens = 0.0
        self._at = now
        self._held_until = now
        self._lowered_at: float | None = None
        self._trouble = 0.0
        self._began = now
        self._count = 0
        self._count_before = 0
        self.set_limit(limit, now)

    @property
    def rate(self) -> float | None:
        """Attempts per second, None for no limit."""
        if self._rate is None or self._limit is None:
            return self._limit if self._rate is None else self._rate
        return min(self._rate, self._limit)

    @property
    def limit(self) -> float | None:
        """The owner's limit."""
        return self._limit

    def is_free(self, now: float) -> bool:
        """Neither limited nor held."""
        return self.rate is None and now >= self._held_until

    def is_rested(self, now: float) -> bool:
        """Neither lowered nor held, and a whole burst may begin: a new pace would say the same."""
        if self._rate is not None or now < self._held_until:
            return False
        self._refill(now)
        return self._limit is None or self._tokens >= burst(self._limit)

    def is_held(self, now: float) -> bool:
        """Whether the receiver asked for silence now."""
        return now < self._held_until

    def set_limit(self, limit: float | None, now: float) -> None:
        """Take over the owner's limit."""
        if limit == self._limit:
            return
        was_free = self.rate is None
        self._refill(now)
        self._limit = limit
        rate = self.rate
        if rate is not None:
            self._tokens = burst(rate) if was_free else min(self._tokens, burst(rate))

    def allowed(self, now: float) -> int | None:
        """How many attempts may begin now; None for any number."""
        if now < self._held_until:
            return 0
        if self.rate is None:
            return None
        self._refill(now)
        return max(0, int(self._tokens + _ROUNDING))

    def take(self, now: float) -> None:
        """One attempt begins."""
        if now - self._began >= LOOK_BACK:
            self._count_before = self._count if now - self._began < 2 * LOOK_BACK else 0
            self._count = 0
            self._began = now
        self._count += 1
        if self.rate is not None:
            self._refill(now)
            self._tokens -= 1

    def ready_at(self, now: float) -> float:
        """When attempts may begin again: half a burst is waited for, so that few wake-ups send many."""
        rate = self.rate
        if rate is None:
            return max(now, self._held_until)
        self._refill(now)
        wanted = max(1.0, burst(rate) / 2)
        return max(now + max(0.0, wanted - self._tokens) / rate, self._held_until)

    def succeeded(self, now: float) -> None:
        """An attempt was answered with success: a little more, at most twice as much."""
        if self._rate is None:
            return
        self._refill(now)
        self._rate += min(RAISE_SHARE * self._trouble / self._rate, self._rate)
        if self._rate >= (FREE_AT * self._trouble if self._limit is None else self._limit):
            self._rate = None

    def pushed_back(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """An attempt was answered with 429 or 503.

        Answers to what was sent before the rate was last lowered hold, but do not lower it once more.
        """
        if retry_after is not None:
            self._held_until = max(self._held_until, now + min(max(0.0, retry_after), LONGEST_HOLD))
        if self._lowered_at is not None and sent_at <= self._lowered_at:
            return
        self._refill(now)
        rate = self.rate
        self._trouble = max(LEAST_RATE, rate if rate is not None else float(max(1, self._count, self._count_before)))
        self._rate = max(LEAST_RATE, self._trouble * HALVED)
        self._tokens = 0.0 if rate is None else min(self._tokens, 0.0)
        self._lowered_at = now

    def _refill(self, now: float) -> None:
        rate = self.rate
        if rate is not None and now > self._at:
            self._tokens = min(burst(rate), self._tokens + rate * (now - self._at))
        self._at = max(self._at, now)
