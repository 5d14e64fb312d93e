"""What customers read: every failure explained, waits as they are, times in India."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.estimate import QueueStanding, queue_standing
from dastak.journeys.video_kyc.table import PRECHECK_FAILURES
from dastak.journeys.video_kyc.video_kyc import Schedule
from dastak.web.hosted.video.words import FAILURES, day_text, place_text, reminder_text, time_text, wait_text
from unit.journeys.video_kyc.cases import NOW, SLOT_AT, a_case


def test_every_way_to_fail_has_words_that_help() -> None:
    assert FAILURES.keys() == PRECHECK_FAILURES.keys()
    assert all(len(failure.helps) >= 3 for failure in FAILURES.values())


@pytest.mark.parametrize(
    ("ahead", "agents", "place", "wait"),
    [
        (0, 1, "You are next", "It should take less than 6 minutes."),
        (0, 6, "You are next", "It should take less than a minute."),
        (2, 2, "You are number 3 in the queue", "It should take 6 to 9 minutes."),
        (4, 0, "You are number 5 in the queue", "No agent is online right now"),
    ],
)
def test_place_and_wait(ahead: int, agents: int, place: str, wait: str) -> None:
    standing = queue_standing(ahead, agents, ())
    assert place_text(standing) == place
    assert wait_text(standing).startswith(wait)


@given(st.integers(1, 500), st.integers(1, 50), st.integers(0, 7200), st.integers(0, 7200))
def test_a_wait_never_promises_less_than_the_estimate(position: int, agents: int, least: int, more: int) -> None:
    standing = QueueStanding(position, agents, timedelta(seconds=least), timedelta(seconds=least + more))
    said = [int(word) for word in wait_text(standing).replace("a minute", "1 minutes").split() if word.isdecimal()]
    assert max(said) * 60 >= least + more
    assert len(said) == 1 or min(said) * 60 <= least


def test_days_and_times_are_those_of_india() -> None:
    late = datetime(2026, 1, 10, 18, 45, tzinfo=UTC)
    assert (day_text(late), time_text(late)) == ("Sunday 11 January", "12:15 AM")
    assert time_text(datetime(2026, 1, 10, 6, 30, tzinfo=UTC)) == "12:00 PM"
    assert time_text(datetime(2026, 1, 10, 12, 0, tzinfo=UTC)) == "5:30 PM"


def test_a_reminder_is_promised_only_where_one_is_sent() -> None:
    booked = replace(a_case(), schedule=Schedule(SLOT_AT))
    assert reminder_text(booked) == "No reminder is sent, so put it into your calendar."
    asked = replace(booked, notification_types=("sms", "email"))
    assert reminder_text(asked) == "We remind you by SMS and e-mail, 30 minutes before."
    assert reminder_text(replace(asked, email=None)) == "We remind you by SMS, 30 minutes before."
    assert "no other reminder" in reminder_text(replace(asked, schedule=Schedule(SLOT_AT, NOW)))
