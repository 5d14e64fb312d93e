"""How an endpoint is said to stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dastak.web.dashboard.webhooks.room import health_of
from dastak.web.dashboard.webhooks.standing import Seen, hour_by_hour, milliseconds, rate_said, shown
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import BreakerNote
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.health import Health
from dastak.webhooks.hours import BANDS, HOUR, EndpointHour
from dastak.webhooks.trouble import Trouble, TroubleRules
from unit.webhooks.props import NOW, an_endpoint

AT = NOW.replace(minute=0)
RULES = TroubleRules()
WELL = Health(BreakerState.CLOSED, None, None, 16)


def an_hour(accepted: int, refused: int = 0, *, ago: int = 0, band: int = 3) -> EndpointHour:
    bands = tuple(accepted + refused if place == band else 0 for place in range(BANDS))
    return EndpointHour("mer_1", "ep_1", AT - ago * HOUR, accepted, refused, 0, bands)


def test_an_endpoint_that_takes_what_it_is_sent_is_well() -> None:
    page = shown(Seen(an_endpoint(), [an_hour(100, ago=1), an_hour(900)], WELL, None), RULES, NOW)
    assert (page.word, page.tone, page.rate, page.attempts, page.breaker) == ("Well", "", "100 %", "1,000", "Closed")
    assert (page.p50, page.p95) == ("15 ms", "20 ms")


def test_one_that_fails_now_and_then_is_shaky() -> None:
    page = shown(Seen(an_endpoint(), [an_hour(95, 5)], WELL, None), RULES, NOW)
    assert (page.word, page.rate) == ("Shaky", "95 %")


def test_one_that_goes_on_failing_says_since_when_why_and_what_comes_of_it() -> None:
    trouble = Trouble("mer_1", "ep_1", NOW - HOUR, 7, NOW, "answered 500")
    page = shown(Seen(an_endpoint(), [an_hour(95)], WELL, trouble), RULES, NOW)
    assert (page.word, page.tone, page.failing_since, page.last_reason) == (
        "Failing",
        "bad",
        NOW - HOUR,
        "answered 500",
    )
    assert page.disables_at == NOW - HOUR + timedelta(hours=120)


@pytest.mark.parametrize(
    ("reason", "word"), [("by_merchant", "Somebody"), ("gone", "410"), ("failing", "for days"), ("", "Some")]
)
def test_one_that_is_disabled_says_why(reason: str, word: str) -> None:
    endpoint = replace(an_endpoint(), state=EndpointState.DISABLED, disabled_reason=reason)
    page = shown(Seen(endpoint, [], WELL, None), RULES, NOW)
    assert page.word == "Disabled"
    assert word in page.why
    assert page.disables_at is None


def test_one_without_traffic_is_quiet_and_has_no_numbers() -> None:
    page = shown(Seen(an_endpoint(), [], WELL, None), RULES, NOW)
    assert (page.word, page.rate, page.p50, page.attempts) == ("Quiet", "–", "–", "0")  # noqa: RUF001


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        (BreakerState.CLOSED, "Closed", ""),
        (BreakerState.OPEN, "Open", "bad"),
        (BreakerState.HALF_OPEN, "Half open", "note"),
    ],
)
def test_the_breaker_is_named(state: BreakerState, word: str, tone: str) -> None:
    page = shown(Seen(an_endpoint(), [], replace(WELL, breaker=state), None), RULES, NOW)
    assert (page.breaker, page.breaker_tone) == (word, tone)


def a_note(state: BreakerState, ago: float = 1) -> BreakerNote:
    return BreakerNote("mer_1", "ep_1", state, NOW + timedelta(seconds=4), NOW - timedelta(seconds=ago))


def test_a_process_that_does_not_deliver_shows_what_another_noted() -> None:
    assert health_of(an_endpoint(), a_note(BreakerState.OPEN), NOW) == Health(
        BreakerState.OPEN, NOW + timedelta(seconds=4), None, 0
    )
    assert health_of(an_endpoint(), a_note(BreakerState.HALF_OPEN), NOW) == Health(
        BreakerState.HALF_OPEN, None, None, 1
    )
    assert health_of(an_endpoint(), a_note(BreakerState.CLOSED), NOW) == WELL
    assert health_of(an_endpoint(), None, NOW) == WELL


def test_a_note_that_nobody_renewed_says_nothing_any_more() -> None:
    assert health_of(an_endpoint(), a_note(BreakerState.OPEN, ago=29), NOW).breaker is BreakerState.OPEN
    assert health_of(an_endpoint(), a_note(BreakerState.OPEN, ago=30), NOW) == WELL


def test_the_line_has_a_place_for_each_of_the_last_hours() -> None:
    hours = hour_by_hour([an_hour(1, ago=23), an_hour(2), an_hour(9, ago=24)], NOW)
    assert len(hours) == 24
    assert [one.accepted if one else None for one in (hours[0], hours[1], hours[23])] == [1, None, 2]


@pytest.mark.parametrize(
    ("rate", "words"), [(1.0, "100 %"), (0.9999, "99.9 %"), (0.5, "50 %"), (0.0, "0 %"), (0.29, "29 %")]
)
def test_nothing_looks_flawless_that_is_not(rate: float, words: str) -> None:
    assert rate_said(rate) == words


def test_times_are_said_in_the_unit_that_fits() -> None:
    assert [milliseconds(value) for value in (0.4, 8, 999, 1200)] == ["0 ms", "8 ms", "999 ms", "1.2 s"]
