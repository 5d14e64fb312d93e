"""How a case is told to an auditor: times, ages, and what happened, in plain words. Pure.

In: values of a case. Out: text.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dastak.accounts.availability import INDIA
from dastak.journeys.video_kyc.call import CallEnd
from dastak.journeys.video_kyc.interview import Decision

CALL_ENDS: Mapping[CallEnd, str] = {
    CallEnd.DECIDED: "the agent decided",
    CallEnd.CUSTOMER_LEFT: "the customer left",
    CallEnd.CUSTOMER_ABSENT: "the customer did not come",
    CallEnd.AGENT_LOST: "the agent was lost",
    CallEnd.TOO_LONG: "it was too long",
    CallEnd.CANCELLED: "the case was cancelled",
}

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def decided(decision: Decision) -> str:
    """`approved` or `rejected`."""
    return "approved" if decision.approved else "rejected"


def exact(at: datetime) -> str:
    """`26 Jan 2026, 14:05:09`, in India: as it is burned into the recording."""
    there = at.astimezone(INDIA)
    return f"{there.day} {there:%b %Y, %H:%M:%S}"


def age(span: timedelta) -> str:
    """How long ago, roughly."""
    minutes, hours, days = (span // unit for unit in (MINUTE, HOUR, DAY))
    if span < MINUTE:
        return "less than a minute"
    if span < HOUR:
        return _counted(minutes, "minute")
    return _counted(hours, "hour") if span < 2 * DAY else _counted(days, "day")


def length(span: timedelta) -> str:
    """`4 min 10 s`."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
