"""A `NoticeQueue` in memory: for unit tests, ours and those of whoever builds on Dastak.

In: notices through `add`. Out: what any queue gives. Nothing survives the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dastak.notices.notice import ClaimedNotice, Notice, NoticeOutcome


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(slots=True)
class KeptNotice:
    """A notice and what became of it so far."""

    notice: Notice
    due_at: datetime
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    error: str = ""


class MemoryNoticeQueue:
    """Fulfils `NoticeQueue`; single-threaded, like the event loop that uses it."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptNotice] = {}

    def add(self, notice: Notice, due_at: datetime | None = None) -> None:
        """Queue a notice, due at once unless told otherwise; a second one with the same id changes nothing."""
        self._kept.setdefault(notice.id, KeptNotice(notice, due_at or notice.created_at))

    def look_up(self, notice_id: str) -> KeptNotice:
        """Return what is known of a notice. Raises `KeyError`."""
        return self._kept[notice_id]

    async def claim_notices(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[ClaimedNotice]:
        """Lease the longest due notices, at most `limit`."""
        due = sorted((k for k in self._waiting() if k.due_at <= now), key=lambda k: (k.due_at, k.notice.id))
        for kept in due[:limit]:
            kept.due_at = lease_until
            kept.attempts += 1
        return [ClaimedNotice(kept.notice, kept.attempts) for kept in due[:limit]]

    async def settle_notices(self, outcomes: Sequence[NoticeOutcome], now: datetime) -> None:  # noqa: ARG002 - the port's
        """Record outcomes; unknown ids are passed over, and a notice that was sent stays sent."""
        for outcome in outcomes:
            kept = self._kept.get(outcome.notice_id)
            if kept is not None and kept.state is not NoticeState.SENT:
                _record(kept, outcome)

    async def next_notice_due(self) -> datetime | None:
        """The earliest due instant or end of a lease; None when nothing waits."""
        return min((kept.due_at for kept in self._waiting()), default=None)

    def _waiting(self) -> list[KeptNotice]:
        return [kept for kept in self._kept.values() if kept.state is NoticeState.WAITING]


def _record(kept: KeptNotice, outcome: NoticeOutcome) -> None:
    kept.error = outcome.error
    if outcome.sent:
        kept.state = NoticeState.SENT
    elif outcome.retry_at is None:
        kept.state = NoticeState.GIVEN_UP
    elif kept.state is NoticeState.WAITING:
        kept.due_at = outcome.retry_at
