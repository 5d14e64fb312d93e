"""What happens to an event inside one transaction: taken in, claimed, attempted.

In: an open transaction's `Rows`, and an event or a key. Out: a `Receipt`; the caller commits. Called by `inbox`, and by
its asynchronous twin.

    arrival ──▶ received ──▶ processing ──▶ done
                   │  ▲          │  ▲
                   ▼  │          ▼  │ due, or the lease ran out
                 (its turn)    failed ──▶ dead letter ──▶ replayed or skipped

Every act locks the event's lane first and looks again after that, so that whatever two processes do with one journey
happens one after the other.
"""

from __future__ import annotations

import inspect
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

from dastak_sdk.envelope import Event
from dastak_sdk.inbox.record import Lane, Record, State, record_of, same_event, taught
from dastak_sdk.inbox.rows import Rows
from dastak_sdk.inbox.standing import standing_of
from dastak_sdk.inbox.store import InboxError

HandleT = TypeVar("HandleT")
Effect = Callable[[HandleT, Event], Any]
"""What you do with an event: it writes with the handle it gets, and neither commits nor rolls back."""

LONGEST_PROBLEM = 500
FARTHEST_AHEAD = 1000
"""How far beyond the next one a sequence is believed that came with a webhook; journeys have a few dozen events."""

_log = logging.getLogger("dastak_sdk.inbox")


class Outcome(str, Enum):
    """What became of an arrival or an attempt."""

    HANDLED = "handled"
    """Its effect is committed."""
    LATE = "late"
    """Something newer of its journey was handled before: `on_late` was called, if there is one."""
    DUPLICATE = "duplicate"
    """It is here already, and has no second effect."""
    KEPT = "kept"
    """It is here, and a worker will handle it."""
    WAITING = "waiting"
    """It is here, and waits for an earlier one of its journey."""
    RETRYING = "retrying"
    """The effect raised, and will be tried again."""
    DEAD = "dead"
    """The effect raised for the last time: a dead letter."""
    UNKNOWN = "unknown"
    """This version does not know such an event, or cannot read it: it is kept and has no effect."""
    TEST = "test"
    """Somebody tests the URL; nothing is kept."""

    __str__ = str.__str__


@dataclass(frozen=True)
class Receipt:
    """What became of an event. Whatever it says, the event is safe: answer 200."""

    outcome: Outcome
    key: str = ""
    """Of the record; empty for a test."""
    woken: str | None = None
    """The record whose turn it is now."""


@dataclass(frozen=True)
class Turns(Generic[HandleT]):
    """The rules of one inbox."""

    effect: Effect[HandleT] | None
    on_late: Effect[HandleT] | None
    on_unknown: Effect[HandleT] | None
    retries: Sequence[timedelta]
    patience: timedelta | None
    lease: timedelta

    def with_effect(self, effect: Effect[HandleT]) -> Turns[HandleT]:
        """The same rules with the effect that was missing. Raises `TypeError` when it is not."""
        if self.effect is not None:
            raise TypeError(
                "This inbox has its effect already; make one without, and the decorated function becomes it."
            )
        return replace(self, effect=effect)

    def accept(self, rows: Rows[HandleT], event: Event, now: float, *, pulled: bool, attempt: bool) -> Receipt:
        """Take an arrival in; attempt its effect at once if that is wanted and it is its turn."""
        record = record_of(event, pulled=pulled, now=now)
        lane = rows.lock_lane(record.lane)
        alike = rows.alike(record.digest, record.event_id)
        known = same_event(record, alike)
        if known is not None:
            learned = taught(known, record, now, pulled=pulled)
            learned = _believed(rows, lane, learned, pulled=pulled)
            return self._learn(rows, lane, known, learned, record.sequence, now)
        if alike:
            record = replace(record, key=f"{record.digest}+{record.event_id}")
        record = _believed(rows, lane, record, pulled=pulled)
        waits = record.sequence is not None and record.sequence > lane.next_sequence
        if waits:
            record = replace(record, due_at=self._patience_ends(now))
        if not rows.insert(record):
            return Receipt(Outcome.DUPLICATE, record.key)
        if waits:
            return Receipt(Outcome.WAITING, record.key)
        if not attempt:
            return Receipt(Outcome.KEPT, record.key)
        return self._attempt(rows, lane, replace(record, attempts=1), event, now)

    def claim(self, rows: Rows[HandleT], key: str, now: float) -> str | None:
        """Begin an attempt of what is due, as a worker: return its lease. None: there is nothing to do now."""
        locked = self._lock(rows, key)
        if locked is None:
            return None
        lane, record = locked
        if record.state is State.DONE or record.due_at is None or record.due_at > now:
            return None
        if not _is_turn(rows, lane, record):
            rows.save(replace(record, due_at=self._patience_ends(now)))
            return None
        if record.attempts > len(self.retries):
            rows.save(
                self._failed(record, "The worker did not come back: it was killed, or slower than the lease.", now)
            )
            return None
        lease = secrets.token_hex(8)
        ends = now + self.lease.total_seconds()
        rows.save(replace(record, state=State.PROCESSING, attempts=record.attempts + 1, lease=lease, due_at=ends))
        return lease

    def attempt(self, rows: Rows[HandleT], key: str, lease: str, now: float) -> Receipt | None:
        """Run the effect of what was claimed, and note it. None: the lease ran out, and it is somebody else's."""
        locked = self._lock(rows, key)
        if locked is None:
            return None
        lane, record = locked
        if record.state is not State.PROCESSING or record.lease != lease:
            return None
        return self._attempt(rows, lane, record, record.event(), now)

    def replay(self, rows: Rows[HandleT], key: str, now: float) -> bool:
        """Give a dead letter, or what was unknown, all its attempts again. Whether it was one and its body is here."""
        locked = self._lock(rows, key)
        if locked is None or not (locked[1].is_dead or locked[1].is_unknown) or not locked[1].raw:
            return False
        rows.save(replace(locked[1], state=State.FAILED, attempts=0, due_at=now))
        return True

    def skip(self, rows: Rows[HandleT], key: str, now: float) -> Receipt | None:
        """Let a dead letter be, as if it had no effect; its journey goes on. None: it was none."""
        locked = self._lock(rows, key)
        if locked is None or not locked[1].is_dead:
            return None
        return self._done(rows, *locked, now)

    def _learn(
        self, rows: Rows[HandleT], lane: Lane, known: Record, learned: Record, hint: int | None, now: float
    ) -> Receipt:
        """Note what a duplicate taught; its sequence may tell that the lane is further, or that its turn has come.

        Of what was done without a sequence a hint tells that it was the next; it stays without, since it may be wrong.
        """
        woken = None
        if learned.sequence is not None and learned.sequence <= lane.next_sequence and learned.state is State.RECEIVED:
            learned, woken = replace(learned, due_at=now), learned.key
        elif learned.due_at != known.due_at:
            woken = learned.key
        if learned != known:
            rows.save(learned)
        if learned.state is State.DONE:
            is_next = learned.sequence is None and known.lane == lane.name and hint == lane.next_sequence
            if learned != known or is_next:
                woken = _go_on(rows, lane, hint if is_next else learned.sequence, now)
        return Receipt(Outcome.DUPLICATE, known.key, woken)

    def _lock(self, rows: Rows[HandleT], key: str) -> tuple[Lane, Record] | None:
        seen = rows.find(key)
        if seen is None:
            return None
        lane = rows.lock_lane(seen.lane)
        record = rows.find(key)
        return None if record is None else (lane, record)

    def _attempt(self, rows: Rows[HandleT], lane: Lane, record: Record, event: Event, now: float) -> Receipt:
        record = replace(record, is_late=_is_late(rows, lane, record, event))
        effect = self._effect_of(record, event)
        try:
            with rows.transaction.savepoint():
                if effect is not None:
                    _refuse_promise(effect(rows.transaction.handle, event))
        except InboxError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever the merchant's code raises, the event is kept
            _log.warning("the effect of %s %s failed", record.event_type, record.key, exc_info=True)
            failed = self._failed(record, f"{type(problem).__name__}: {problem}", now)
            rows.save(failed)
            return Receipt(Outcome.DEAD if failed.is_dead else Outcome.RETRYING, record.key)
        unknown = None if event.is_known or effect is not None else event.problem or f"unknown type {event.type}"
        return self._done(rows, lane, record, now, unknown=unknown)

    def _effect_of(self, record: Record, event: Event) -> Effect[HandleT] | None:
        if not event.is_known:
            return self.on_unknown
        if record.is_late:
            return self.on_late
        if self.effect is None:
            raise InboxError("This inbox has no effect yet: give it one, or decorate one with webhook(…, inbox=…).")
        return self.effect

    def _done(
        self, rows: Rows[HandleT], lane: Lane, record: Record, now: float, *, unknown: str | None = None
    ) -> Receipt:
        problem = None if unknown is None else _shown(unknown)
        rows.save(replace(record, state=State.DONE, due_at=None, lease=None, problem=problem))
        if not record.is_late:
            lane = replace(lane, standing=max(lane.standing, standing_of(record.event()) or lane.standing))
        woken = _go_on(rows, lane, record.sequence, now)
        if unknown is not None:
            return Receipt(Outcome.UNKNOWN, record.key, woken)
        return Receipt(Outcome.LATE if record.is_late else Outcome.HANDLED, record.key, woken)

    def _failed(self, record: Record, problem: str, now: float) -> Record:
        again = (
            now + self.retries[record.attempts - 1].total_seconds() if record.attempts <= len(self.retries) else None
        )
        return replace(record, state=State.FAILED, due_at=again, lease=None, problem=_shown(problem))

    def _patience_ends(self, now: float) -> float | None:
        return None if self.patience is None else now + self.patience.total_seconds()


def _is_turn(rows: Rows[HandleT], lane: Lane, record: Record) -> bool:
    """Whether nothing that is here comes before it; what is missing was waited for until it was due."""
    if record.sequence is None or record.sequence <= lane.next_sequence:
        return True
    return rows.lowest_waiting(lane) == record.sequence


def _refuse_promise(result: object) -> None:
    """Raise `InboxError` for work that was only promised: noted as done, it would never be."""
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        if inspect.iscoroutine(result):
            result.close()
        raise InboxError(
            f"The effect returned a {type(result).__name__} and has done nothing. An Inbox calls plain functions; for "
            "async def use AsyncInbox."
        )


def _believed(rows: Rows[HandleT], lane: Lane, record: Record, *, pulled: bool) -> Record:
    """The record, without a sequence that cannot be right: no signature covers what came with a webhook.

    One that was pulled is right; then another event that came under it loses it.
    """
    if record.sequence is None or record.lane != lane.name:
        return record
    others = [other for other in rows.numbered(lane.name, record.sequence) if other.key != record.key]
    if pulled:
        for other in others:
            rows.save(replace(other, sequence=None))
        return record
    is_odd = bool(others) or record.sequence > lane.next_sequence + FARTHEST_AHEAD
    return replace(record, sequence=None) if is_odd else record


def _is_late(rows: Rows[HandleT], lane: Lane, record: Record, event: Event) -> bool:
    """By sequence, unless the signed body is newer; by standing where this event or a handled one has no sequence."""
    standing = standing_of(event)
    if record.sequence is not None and record.sequence < lane.next_sequence:
        return standing is None or standing <= lane.standing
    is_older = standing is not None and standing < lane.standing
    return is_older and (record.sequence is None or rows.has_unnumbered(lane.name))


def _go_on(rows: Rows[HandleT], lane: Lane, sequence: int | None, now: float) -> str | None:
    """Save how far the lane is with an event of this sequence done. Return whose turn it is, if it is here."""
    if sequence is None or sequence < lane.next_sequence:
        rows.save_lane(lane)
        return None
    moved = replace(lane, next_sequence=sequence + 1)
    rows.save_lane(moved)
    return rows.wake(moved, now)


def _shown(problem: str) -> str:
    return problem.replace("\0", "")[:LONGEST_PROBLEM]
