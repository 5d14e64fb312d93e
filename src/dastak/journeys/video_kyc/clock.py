"""When the clock has something to do with a case, and how long everything may last. Pure.

In: a case. Out: the instant at which it is due, and what is due then. `move` answers `TimeUp` by it; the store keeps
the instant in a column, which the sweeper reads.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from dastak.journeys.video_kyc.table import FINAL, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import Schedule, VideoKyc

SLOT = timedelta(minutes=15)
"""Length of a slot (contract.md §2.10), and how long after its beginning a customer may still come."""
COME_EARLY = timedelta(minutes=10)
"""From how long before the slot a customer waits as one who has booked it."""
REMIND_BEFORE = timedelta(minutes=30)
AADHAAR_SESSION = timedelta(minutes=10)
PRECHECK_LIFE = timedelta(hours=4)
"""How long what a precheck found is good enough for joining the queue."""
LONGEST_WAIT = timedelta(minutes=30)
"""In the queue; then the customer is told that there is no agent."""
CONNECT_WITHIN = timedelta(seconds=90)
"""From the agent's accepting until both are in the room."""
CUSTOMER_GRACE = timedelta(seconds=20)
"""A connection that is lost for less is no drop-off."""
AGENT_GRACE = timedelta(seconds=45)
"""How long an agent whose browser died may take to come back."""
LONGEST_CALL = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(days=7)
"""From the agent's decision; never less than until the link's end."""


class Due(StrEnum):
    """What the clock does to a case."""

    EXPIRED = "expired"
    REVIEW_OVERDUE = "review_overdue"
    AADHAAR_EXPIRED = "aadhaar_expired"
    REMINDER = "reminder"
    NO_SHOW = "no_show"
    NO_AGENT = "no_agent"
    CUSTOMER_ABSENT = "customer_absent"
    AGENT_ABSENT = "agent_absent"
    CUSTOMER_GONE = "customer_gone"
    AGENT_GONE = "agent_gone"
    CALL_TOO_LONG = "call_too_long"


def next_due(case: VideoKyc) -> tuple[datetime, Due] | None:
    """The earliest thing that the clock will do, None for a case that is over.

    Two at the same instant: the one that ends more comes first. A call under way is not cut off by the link's end; the
    link has ended as soon as the call has.
    """
    stage = STAGES[case.sub_status]
    if stage in FINAL:
        return None
    if stage is Stage.DECIDED:
        return _review_end(case), Due.REVIEW_OVERDUE
    found = _in_room(case) if stage in {Stage.ASSIGNED, Stage.IN_CALL} else _outside(case, stage)
    return min(found, key=lambda one: (one[0], list(Due).index(one[1])))


def can_still_review(case: VideoKyc, now: datetime) -> bool:
    """Whether the time for the auditor is not over."""
    return now < _review_end(case)


def reminder_at(schedule: Schedule) -> datetime | None:
    """When to remind the customer; None when it was done, or there was nothing to do."""
    return None if schedule.reminded_at is not None else schedule.at - REMIND_BEFORE


def is_in_slot(schedule: Schedule | None, now: datetime) -> bool:
    """Whether a customer who comes now is on time for the booked slot."""
    return schedule is not None and schedule.at - COME_EARLY <= now < schedule.at + SLOT


def _review_end(case: VideoKyc) -> datetime:
    decided = case.agent.at if case.agent else case.created_at
    return max(case.expires_at, decided + REVIEW_WITHIN)


def _in_room(case: VideoKyc) -> list[tuple[datetime, Due]]:
    call = case.call
    if call is None:
        return [(case.expires_at, Due.EXPIRED)]
    if call.started_at is None:
        absent = Due.CUSTOMER_ABSENT if call.customer_joined_at is None else Due.AGENT_ABSENT
        return [(call.accepted_at + CONNECT_WITHIN, absent)]
    found = [(call.started_at + LONGEST_CALL, Due.CALL_TOO_LONG)]
    if call.customer_away_since is not None:
        found.append((call.customer_away_since + CUSTOMER_GRACE, Due.CUSTOMER_GONE))
    if call.agent_away_since is not None:
        found.append((call.agent_away_since + AGENT_GRACE, Due.AGENT_GONE))
    return found


def _outside(case: VideoKyc, stage: Stage) -> list[tuple[datetime, Due]]:
    found = [(case.expires_at, Due.EXPIRED)]
    if case.aadhaar.session is not None:
        found.append((case.aadhaar.session.started_at + AADHAAR_SESSION, Due.AADHAAR_EXPIRED))
    if case.queue is not None:
        found.append((case.queue.since + LONGEST_WAIT, Due.NO_AGENT))
    if case.schedule is not None and stage is not Stage.WAITING:
        found.append((case.schedule.at + SLOT, Due.NO_SHOW))
        remind = reminder_at(case.schedule)
        if remind is not None:
            found.append((remind, Due.REMINDER))
    return found
