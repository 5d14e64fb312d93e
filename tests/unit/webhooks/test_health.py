"""How each endpoint stands: breaker, pace and silence together, as a claim sees them."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.breaker import MINIMUM, BreakerState
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.health import AT_HAND, MOST_WINDOWS, QUICK, SILENCE, FreeRoom, Health, HealthBook, Ticket
from dastak.webhooks.post import Answer
from dastak.webhooks.windows import Windows
from unit.webhooks.props import NOW, a_claim, an_answer, an_endpoint, no_answer


class Ward:
    """A health book with one endpoint of interest, at a time that the test sets."""

    def __init__(self, endpoint: Endpoint | None = None, capacity: int = 1000) -> None:
        self.at = 50.0
        self.endpoint = endpoint or an_endpoint(window=16)
        self.windows = Windows(capacity)
        self.book = HealthBook(clock=lambda: self.at, chance=lambda: 0.0, now=self.now)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at)

    def room(self) -> FreeRoom:
        return self.book.room(self.windows)

    def left(self, endpoint: Endpoint | None = None) -> int:
        one = endpoint or self.endpoint
        return self.room().left(one.id, one.window, one.rate_per_second)

    def send(self, count: int = 1, endpoint: Endpoint | None = None) -> list[Ticket]:
        one = endpoint or self.endpoint
        self.windows.sent[one.id] += count
        self.windows.sent_total += count
        return [self.book.sent(one) for _ in range(count)]

    def hear(self, answer: Answer, *tickets: Ticket, endpoint: Endpoint | None = None) -> None:
        one = endpoint or self.endpoint
        for ticket in tickets:
            self.book.answered(one, ticket, answer)
            self.windows.ended(one.id)

    def fail(self, count: int = MINIMUM) -> None:
        self.hear(no_answer(), *self.send(count))

    @property
    def health(self) -> Health:
        return self.book.of(self.endpoint)


def test_an_endpoint_never_heard_of_has_its_window() -> None:
    ward = Ward()
    assert ward.left() == 16
    assert ward.health == Health(BreakerState.CLOSED, None, None, 16)


def test_an_endpoint_that_fails_has_no_room_until_its_probe_and_then_room_for_one() -> None:
    ward = Ward()
    ward.fail()
    assert ward.left() == 0
    until = NOW + timedelta(seconds=55)
    assert ward.health == Health(BreakerState.OPEN, until, None, 0)
    room = ward.room()
    room.left("ep_1", 16)
    room.left("ep_2", 16)
    assert room.refused == {"ep_1"}
    assert ward.book.ready_in(room.refused) == timedelta(seconds=5)
    ward.at += 5
    assert ward.left() == 1
    assert ward.health == Health(BreakerState.HALF_OPEN, None, None, 1)
    (probe,) = ward.send()
    assert ward.left() == 0
    assert ward.book.ready_in({"ep_1"}) is None, "only the probe's answer gives room"
    ward.hear(an_answer(), probe)
    assert (ward.left(), ward.health.breaker, ward.health.window_now) == (1, BreakerState.CLOSED, 1)
    ward.hear(an_answer(), *ward.send())
    assert ward.left() == 2


def test_attempts_that_hang_since_before_do_not_take_the_place_of_the_probe() -> None:
    ward = Ward()
    hanging = ward.send(6)
    ward.fail()
    ward.at += 5
    assert ward.left() == 1
    (probe,) = ward.send()
    ward.hear(no_answer(), *hanging)
    assert ward.health.window_now == 1, "they say nothing about the probe"
    ward.hear(an_answer(), probe)
    assert ward.health.breaker is BreakerState.CLOSED


def test_what_was_claimed_just_before_it_opened_does_not_count_afterwards() -> None:
    ward = Ward()
    ward.fail()
    late = ward.send(3)
    ward.at += 5
    assert ward.left() == 1
    ward.hear(an_answer(), *late)
    assert (ward.health.breaker, ward.left()) == (BreakerState.HALF_OPEN, 1)


def test_too_many_requests_opens_nothing_and_lowers_the_rate() -> None:
    ward = Ward()
    for _ in range(3):
        ward.hear(an_answer("dlv_1", 429), *ward.send(16))
    assert (ward.health.breaker, ward.health.rate_per_second, ward.left()) == (BreakerState.CLOSED, 8, 0)
    ready = ward.book.ready_in({"ep_1"})
    assert ready is not None
    ward.at += ready.total_seconds()
    assert ward.left() == 1


@pytest.mark.parametrize("value", ["30", "Sat, 10 Jan 2026 09:31:20 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_the_endpoint(status: int, value: str) -> None:
    ward = Ward()
    ward.hear(an_answer("dlv_1", status, ("retry-after", value)), *ward.send())
    assert (ward.left(), ward.health.window_now) == (0, 0)
    ward.at += 29.9
    assert ward.left() == 0
    ward.at += 0.2
    assert ward.left() == 1


def test_retry_after_on_another_answer_holds_nothing() -> None:
    ward = Ward()
    ward.hear(an_answer("dlv_1", 500, ("retry-after", "30")), *ward.send())
    assert (ward.left(), ward.health.rate_per_second) == (16, None)


def test_410_is_no_matter_for_the_breaker() -> None:
    ward = Ward()
    ward.hear(an_answer("dlv_1", 410), *ward.send(16))
    assert ward.health.breaker is BreakerState.CLOSED


def test_the_owner_s_limit_is_kept_from_the_first_claim() -> None:
    ward = Ward(replace(an_endpoint(window=16), rate_per_second=50.0))
    assert ward.left() == 5
    ward.send(5)
    assert ward.left() == 0
    ward.at += 0.1
    assert ward.left() == 5
    assert ward.health.rate_per_second == 50


def test_a_limit_that_was_changed_or_taken_away_counts_with_the_next_claim() -> None:
    ward = Ward(replace(an_endpoint(window=16), rate_per_second=100.0))
    ward.hear(an_answer(), *ward.send(10))
    ward.endpoint = replace(ward.endpoint, rate_per_second=1.0)
    ward.at += 1
    assert (ward.left(), ward.health.rate_per_second) == (1, 1)
    ward.send()
    ward.endpoint = replace(ward.endpoint, rate_per_second=None)
    ward.at += 1
    assert ward.left() == 15
    ward.send(15)
    assert ward.health.rate_per_second is None


def test_an_endpoint_that_is_silent_gets_none_of_the_last_half_of_the_room() -> None:
    ward, other = Ward(capacity=30), an_endpoint(2)
    ward.send(14)
    ward.at += 2
    assert ward.left() == 2, "there is plenty"
    busy = ward.send(2, other)
    assert (ward.left(), ward.left(other)) == (0, 14)
    assert ward.book.ready_in({"ep_1"}) is None
    ward.hear(an_answer(), *busy, endpoint=other)
    assert ward.left() == 2


def test_a_slow_endpoint_that_goes_on_answering_is_not_silent() -> None:
    ward = Ward(capacity=20)
    tickets = ward.send(12)
    ward.at += 3
    assert ward.left() == 0
    ward.hear(an_answer(), tickets[0])
    assert ward.left() == 5


def test_endpoints_that_are_well_and_idle_are_forgotten_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dastak.webhooks.health.MOST_WARDS", 10)
    ward = Ward()
    ward.fail()
    for number in range(2, 40):
        endpoint = an_endpoint(number)
        ward.hear(an_answer(), *ward.send(1, endpoint), endpoint=endpoint)
    assert len(ward.book._wards) <= 11
    assert ward.health.breaker is BreakerState.OPEN


@pytest.mark.parametrize(
    ("total", "taken", "window", "rate", "left"),
    [
        (10, 0, 3, None, 3),
        (2, 0, 3, None, 2),
        (10, 3, 3, None, 0),
        (10, 5, 3, None, 0),
        (0, 0, 3, None, 0),
        (100, 0, 50, 100.0, 10),
        (100, 0, 50, 0.5, 1),
    ],
)
def test_room_is_what_window_total_and_rate_leave(
    total: int, taken: int, window: int, rate: float | None, left: int
) -> None:
    room = FreeRoom(total, Counter({"ep_1": taken}))
    assert room.left("ep_1", window, rate) == left
    assert room.refused == set()


def test_a_claim_looks_at_few_endpoints_only() -> None:
    """Those that are well, and those whose limit leaves them a whole burst, cost nothing."""
    ward = Ward()
    for number in range(2, 30):
        endpoint = replace(an_endpoint(number), rate_per_second=100.0 if number % 2 else None)
        ward.hear(an_answer(), *ward.send(1, endpoint), endpoint=endpoint)
    ward.at += 1
    assert ward.room().bounds == {}
    assert ward.book._bound == set()


def heard(ward: Ward, seconds: float, count: int = 10, answer: Answer | None = None) -> None:
    """So many attempts, one after the other, each answered after so many seconds."""
    for _ in range(count):
        tickets = ward.send()
        ward.at += seconds
        ward.hear(answer or an_answer(), *tickets)


def test_an_endpoint_that_answers_fast_may_have_a_second_window_at_hand() -> None:
    ward = Ward()
    heard(ward, QUICK / 2, count=1)
    assert ward.left() == 16, "one fast answer says little"
    heard(ward, QUICK / 2)
    assert ward.left() == 32
    ward.send(20)
    assert ward.left() == 12


@pytest.mark.parametrize(
    ("seconds", "windows"), [(0.001, MOST_WINDOWS), (AT_HAND / 2.5, 2), (AT_HAND, 1), (QUICK / 2, 1)]
)
def test_the_faster_an_endpoint_answers_the_more_windows_wait_at_hand(seconds: float, windows: int) -> None:
    ward = Ward()
    heard(ward, seconds, count=60)
    assert ward.room().ahead == {"ep_1": windows}
    assert ward.left() == 16 * (1 + windows)


@pytest.mark.parametrize("seconds", [QUICK * 1.1, 5.0])
def test_an_endpoint_that_becomes_slow_has_one_window_again(seconds: float) -> None:
    ward = Ward()
    heard(ward, 0.001)
    assert ward.left() == 32
    heard(ward, seconds, count=40)
    assert ward.left() == 16


def test_an_endpoint_that_falls_silent_has_one_window_again() -> None:
    ward = Ward()
    heard(ward, 0.001)
    ward.send()
    ward.at += 2 * SILENCE
    assert ward.left() == 15
    assert ward.book.silent(["ep_1", "ep_2"]) == ["ep_1"]


def test_an_endpoint_that_has_a_limit_has_nothing_at_hand() -> None:
    limited = replace(an_endpoint(window=16), rate_per_second=1000.0)
    ward = Ward(limited)
    heard(ward, 0.001)
    assert ward.room().ahead == {}
    assert ward.left() <= 16


def test_an_endpoint_whose_breaker_is_not_well_has_nothing_at_hand() -> None:
    ward = Ward()
    heard(ward, 0.001)
    assert ward.book.is_well("ep_1")
    heard(ward, 0.001, count=20, answer=no_answer())
    assert not ward.book.is_well("ep_1")
    assert not ward.book.admits(ward.endpoint)
    assert ward.room().ahead == {}
    ward.at += 6
    assert ward.left() == 1
    ward.windows.put([a_claim()], ward.at)
    assert ward.left() == 0, "the probe is at hand"
    assert ward.book.admits(ward.endpoint)
