"""How endpoints did, hour by hour: counts that stay small however many deliveries there are. Pure.

In: attempts that have ended. Out: counts to add to what is kept, and from what is kept the part that succeeded and how
long answers took. `hour_counter` folds and hands on, the store keeps, the dashboard reads.

Times are kept as numbers of answers within bands, so that hours can be added up and a percentile read from the sum; it
is exact to the width of a band.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import add

from dastak.webhooks.delivery import Settled
from dastak.webhooks.verdict import Outcome

HOUR = timedelta(hours=1)
NEVER = datetime.min.replace(tzinfo=UTC)

BANDS_MS = (2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 750, 1000, 1500, 2000, 3500, 5000, 7500, 10_000, 15_000)
"""Upper ends in milliseconds; what took longer than the last one is in a band beyond it. Never change one that was
released: rows hold their places."""

BANDS = len(BANDS_MS) + 1


ACCEPTED, REFUSED, SILENT, KINDS = range(4)
"""Places in a tally: answered 200-299, answered otherwise, not answered; and how many there are of these."""


@dataclass(frozen=True, slots=True)
class EndpointHour:
    """One hour of one endpoint. An hour without attempts has none."""

    merchant_id: str
    endpoint_id: str
    hour: datetime
    """Its beginning, UTC."""
    accepted: int
    """Attempts that were answered 200-299."""
    refused: int
    """Any other answer."""
    silent: int
    """No answer: no connection, no trust, too late."""
    bands: tuple[int, ...]
    """Answers by how long they took, one number for each of `BANDS`."""

    @property
    def attempts(self) -> int:
        return self.accepted + self.refused + self.silent


@dataclass(frozen=True, slots=True)
class Standing:
    """What several hours come to."""

    attempts: int
    accepted: int
    p50_ms: float | None
    """None when nothing was answered."""
    p95_ms: float | None

    @property
    def success_rate(self) -> float | None:
        """From 0 to 1; None when nothing was attempted."""
        return self.accepted / self.attempts if self.attempts else None


class Tally:
    """Attempts as they end, until they are handed on. Each costs half a microsecond: no key is made anew for it."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, datetime], list[int]] = {}
        """For each merchant, endpoint and hour: accepted, refused, silent, then the bands."""
        self._at = self._hour = NEVER

    def add(self, settled: Iterable[Settled]) -> None:
        """Count these."""
        for one in settled:
            if one.ended_at is not self._at:  # those of a batch have ended at one moment
                self._at = one.ended_at
                self._hour = self._at.replace(minute=0, second=0, microsecond=0)
            endpoint, answer = one.claimed.endpoint, one.answer
            key = endpoint.merchant_id, endpoint.id, self._hour
            counts = self._counts.get(key)
            if counts is None:
                counts = self._counts[key] = [0] * (KINDS + BANDS)
            if answer.status is None:
                counts[SILENT] += 1
            else:
                counts[ACCEPTED if one.verdict.outcome is Outcome.DELIVERED else REFUSED] += 1
                counts[KINDS + band_of(answer.timings.total_us)] += 1

    def hours(self) -> list[EndpointHour]:
        """What was counted, in the order of merchant, endpoint and hour."""
        return [
            EndpointHour(*key, counts[ACCEPTED], counts[REFUSED], counts[SILENT], tuple(counts[KINDS:]))
            for key, counts in sorted(self._counts.items())
        ]


def band_of(total_us: int) -> int:
    """The band of an answer that took so long."""
    return bisect_left(BANDS_MS, total_us / 1000)


def percentile_ms(bands: Sequence[int], part: float) -> float | None:
    """The time within which this part of the answers came, in milliseconds; None without answers.

    Within a band answers are taken to be spread evenly; the last, open band counts as its lower end.
    """
    total = sum(bands)
    if not total:
        return None
    wanted, before = part * total, 0
    for place, count in enumerate(bands):
        if count and before + count >= wanted:
            low = BANDS_MS[place - 1] if place else 0
            high = BANDS_MS[place] if place < len(BANDS_MS) else low
            return low + (high - low) * (wanted - before) / count
        before += count
    return float(BANDS_MS[-1])


def standing(hours: Iterable[EndpointHour]) -> Standing:
    """What these hours come to together."""
    attempts = accepted = 0
    bands = [0] * BANDS
    for one in hours:
        attempts += one.attempts
        accepted += one.accepted
        bands = list(map(add, bands, one.bands))
    return Standing(attempts, accepted, percentile_ms(bands, 0.5), percentile_ms(bands, 0.95))


def added(one: EndpointHour, other: EndpointHour) -> EndpointHour:
    """Both counts of the same hour of the same endpoint."""
    return replace(
        one,
        accepted=one.accepted + other.accepted,
        refused=one.refused + other.refused,
        silent=one.silent + other.silent,
        bands=tuple(map(add, one.bands, other.bands)),
    )


def first_hour(now: datetime, hours: int) -> datetime:
    """The beginning of the first of so many hours, of which the last is the present one."""
    return now.replace(minute=0, second=0, microsecond=0) - (hours - 1) * HOUR
