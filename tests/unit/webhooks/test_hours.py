"""Where an attempt is counted, and what is read from the sums."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from dastak.webhooks.delivery import Settled
from dastak.webhooks.hours import (
    BANDS,
    BANDS_MS,
    HOUR,
    EndpointHour,
    Tally,
    added,
    band_of,
    first_hour,
    percentile_ms,
    standing,
)
from dastak.webhooks.post import Stage, Timings
from dastak.webhooks.verdict import Outcome, Verdict
from unit.webhooks.props import NOW, a_claim, an_answer, an_endpoint

AT = NOW.replace(minute=0, second=0, microsecond=0)


def ended(outcome: Outcome, status: int | None, milliseconds: float) -> Settled:
    stage = Stage.ANSWERED if status else Stage.CONNECT
    answer = replace(an_answer(), status=status, stage=stage, timings=Timings(total_us=int(milliseconds * 1000)))
    return Settled(a_claim(endpoint=an_endpoint(1)), (), answer, Verdict(outcome, ""), NOW, NOW)


def bands(**counts: int) -> tuple[int, ...]:
    """`bands(b3=2)`: two answers in the band at place 3."""
    return tuple(counts.get(f"b{place}", 0) for place in range(BANDS))


@pytest.mark.parametrize(
    ("outcome", "status", "answered"),
    [
        (Outcome.DELIVERED, 204, "accepted"),
        (Outcome.RETRY, 500, "refused"),
        (Outcome.GIVEN_UP, 302, "refused"),
        (Outcome.GONE, 410, "refused"),
        (Outcome.RETRY, None, "silent"),
        (Outcome.GIVEN_UP, None, "silent"),
    ],
)
def test_an_attempt_is_counted_by_what_the_endpoint_did(outcome: Outcome, status: int | None, answered: str) -> None:
    tally = Tally()
    tally.add([ended(outcome, status, 40)])
    (hour,) = tally.hours()
    assert (hour.merchant_id, hour.endpoint_id, hour.hour, hour.attempts) == ("mer_1", "ep_1", AT, 1)
    assert {name for name in ("accepted", "refused", "silent") if getattr(hour, name)} == {answered}
    assert hour.bands == (bands() if status is None else bands(b5=1))


def test_every_time_has_one_band_and_the_last_one_is_open() -> None:
    assert [band_of(end * 1000) for end in BANDS_MS] == list(range(len(BANDS_MS)))
    assert band_of(0) == 0
    assert band_of(10**9) == len(BANDS_MS) == BANDS - 1


def test_no_percentile_without_answers() -> None:
    assert percentile_ms(bands(), 0.5) is None


def test_a_percentile_lies_within_its_band() -> None:
    spread = bands(b3=90, b10=10)
    assert percentile_ms(spread, 0.5) == pytest.approx(10 + 10 * 50 / 90)
    assert percentile_ms(spread, 0.95) == pytest.approx(200 + 150 / 2)
    assert percentile_ms(bands(**{f"b{BANDS - 1}": 3}), 0.95) == BANDS_MS[-1]


def test_percentiles_of_random_times_are_those_of_the_times_to_the_width_of_a_band() -> None:
    chance = random.Random(7)
    times = sorted(min(chance.expovariate(1 / 180), 14_000) for _ in range(5000))
    counts = [0] * BANDS
    for time in times:
        counts[band_of(int(time * 1000))] += 1
    for part in (0.5, 0.95, 0.99):
        true = times[int(part * len(times)) - 1]
        said = percentile_ms(counts, part)
        assert said is not None
        assert abs(band_of(int(true * 1000)) - band_of(int(said * 1000))) <= 1


def test_hours_add_up_to_a_standing() -> None:
    first = EndpointHour("mer_1", "ep_1", AT, 6, 1, 1, bands(b3=7))
    second = EndpointHour("mer_1", "ep_1", AT + HOUR, 2, 0, 0, bands(b10=2))
    whole = standing([first, second])
    assert (whole.attempts, whole.accepted, whole.success_rate) == (10, 8, 0.8)
    assert whole.p50_ms == pytest.approx(10 + 10 * 4.5 / 7)
    nothing = standing([])
    assert (nothing.attempts, nothing.success_rate, nothing.p50_ms) == (0, None, None)


def test_attempts_become_hours_in_order() -> None:
    tally = Tally()
    tally.add([replace(ended(Outcome.DELIVERED, 200, 40), ended_at=NOW + HOUR), ended(Outcome.RETRY, None, 3)])
    tally.add([ended(Outcome.RETRY, 500, 40)] * 2)
    assert tally.hours() == [
        EndpointHour("mer_1", "ep_1", AT, 0, 2, 1, bands(b5=2)),
        EndpointHour("mer_1", "ep_1", AT + HOUR, 1, 0, 0, bands(b5=1)),
    ]


def test_two_counts_of_an_hour_are_added() -> None:
    one = EndpointHour("mer_1", "ep_1", AT, 1, 2, 3, bands(b3=3))
    other = EndpointHour("mer_1", "ep_1", AT, 10, 20, 30, bands(b3=1, b4=29))
    assert added(one, other) == EndpointHour("mer_1", "ep_1", AT, 11, 22, 33, bands(b3=4, b4=29))


def test_the_last_of_the_hours_is_the_present_one() -> None:
    assert first_hour(NOW, 1) == AT
    assert first_hour(NOW, 24) == AT - timedelta(hours=23)
