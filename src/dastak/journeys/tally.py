"""How many journeys came how far, counted as they move: what funnels are drawn from.

In: the store adds to the numbers in the transaction of the move itself. Out: sums, without reading a journey.

Each journey is counted once for every step that it comes to, at the time at which it was begun, whenever it comes to
the step. So the numbers of a day tell of the journeys that began on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

SLOT = timedelta(minutes=30)
"""Journeys are counted by half hours, so that days of every time zone can be put together from them."""
CREATED = "created"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What kind of journey."""

    KYC_LINK = "kyc_link"
    VIDEO_KYC = "video_kyc"


@dataclass(frozen=True, slots=True)
class Tally:
    """So many journeys of one template, begun in one half hour, came to one step."""

    slot: datetime
    """The first instant of the half hour."""
    template: str
    step: str
    number: int


class TallyReader(Protocol):
    """The numbers of a merchant."""

    async def tallies(self, merchant_id: str, kind: Kind, since: datetime, until: datetime) -> Sequence[Tally]:
        """Of journeys begun from `since` to before `until`, whole half hours; no row where there is nothing."""


def slot_of(at: datetime) -> datetime:
    """The first instant of the half hour that has this one."""
    return at - (at - EPOCH) % SLOT


def newly(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The steps that are new."""
    return tuple(step for step in after if step not in before)
