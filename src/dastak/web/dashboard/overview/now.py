"""How things stand at this moment: the queue, the agents, what waits for review.

In: the room's ports. Out: numbers. Reads as much as there is of it now, and nothing of what was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.web.dashboard.overview.room import OverviewRoom

LOOKED_AT = 50
"""Waiting customers of whom the longest wait is taken; they come in the order in which they are called."""
UNDER_WAY = tuple(
    name
    for name, stage in STAGES.items()
    if stage in {Stage.WAITING, Stage.ASSIGNED, Stage.IN_CALL, Stage.DROPPED, Stage.DECIDED, Stage.SCHEDULED}
)


@dataclass(frozen=True, slots=True)
class Now:
    """The numbers."""

    waiting: int
    longest_wait: timedelta | None
    """Of the first `LOOKED_AT`; None when nobody waits."""
    in_call: int
    dropped: int
    booked: int
    to_review: int
    online: int
    """Agents whose console is open and ready, those in a call included."""

    @property
    def free(self) -> int:
        """Agents who could take the next customer."""
        return max(0, self.online - self.in_call)


async def now_of(room: OverviewRoom, merchant_id: str, now: datetime) -> Now:
    """Look."""
    counts = await room.cases.count_cases(merchant_id, CaseFilter(sub_statuses=UNDER_WAY))
    queue = await room.cases.waiting(merchant_id, LOOKED_AT)
    waits = [now - case.queue.since for case in queue if case.queue is not None]

    def in_(*stages: Stage) -> int:
        return sum(number for name, number in counts.items() if STAGES[name] in stages)

    return Now(
        waiting=in_(Stage.WAITING),
        longest_wait=max(waits, default=None),
        in_call=in_(Stage.ASSIGNED, Stage.IN_CALL),
        dropped=in_(Stage.DROPPED),
        booked=in_(Stage.SCHEDULED),
        to_review=in_(Stage.DECIDED),
        online=await room.agents.online(merchant_id),
    )
