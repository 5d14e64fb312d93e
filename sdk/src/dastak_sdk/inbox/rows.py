"""The statements of the inbox, by name.

In: an open `Transaction`. Out: records and lanes, read and written. Called by `inbox`; every SQL statement is here.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Generic, TypeVar

from dastak_sdk.inbox.record import Lane, Record, State, from_row
from dastak_sdk.inbox.standing import NOTHING, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dastak_sdk.inbox.store import Transaction, Value

HandleT = TypeVar("HandleT")

_COLUMNS = tuple(field.name for field in fields(Record))
_NAMES = ", ".join(_COLUMNS)
_SELECT = f"SELECT {_NAMES} FROM dastak_inbox"

_INSERT = (
    f"INSERT INTO dastak_inbox ({_NAMES}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"
    " ON CONFLICT DO NOTHING RETURNING key"
)
_UPDATE = (
    "UPDATE dastak_inbox SET event_id = :event_id, sequence = :sequence, raw = :raw, state = :state,"
    " attempts = :attempts, due_at = :due_at, lease = :lease, is_late = :is_late, problem = :problem WHERE key = :key"
)
_LOCK_LANE = (
    "INSERT INTO dastak_inbox_lane (name, next_sequence, stage, seconds, status_rank)"
    " VALUES (:name, 1, :stage, :seconds, :rank)"
    " ON CONFLICT (name) DO UPDATE SET name = excluded.name"
    " RETURNING next_sequence, stage, seconds, status_rank"
)
_SAVE_LANE = (
    "UPDATE dastak_inbox_lane SET next_sequence = :next_sequence, stage = :stage, seconds = :seconds,"
    " status_rank = :rank WHERE name = :name"
)


class Rows(Generic[HandleT]):
    """The inbox's tables inside one transaction."""

    __slots__ = ("transaction",)

    def __init__(self, transaction: Transaction[HandleT]) -> None:
        self.transaction = transaction

    def lock_lane(self, name: str) -> Lane:
        """Read a lane, and keep every other transaction out of it until this one ends."""
        values = {"name": name, **_standing(NOTHING)}
        ((next_sequence, stage, seconds, rank),) = self.transaction.run(_LOCK_LANE, values)
        return Lane(name, next_sequence, Standing(stage, seconds, rank))

    def save_lane(self, lane: Lane) -> None:
        values = {"name": lane.name, "next_sequence": lane.next_sequence, **_standing(lane.standing)}
        self.transaction.run(_SAVE_LANE, values)

    def insert(self, record: Record) -> bool:
        """Whether it was new."""
        return bool(self.transaction.run(_INSERT, _values(record)))

    def save(self, record: Record) -> None:
        self.transaction.run(_UPDATE, {name: _values(record)[name] for name in _CHANGING})

    def find(self, key: str) -> Record | None:
        found = self._select("WHERE key = :key", {"key": key})
        return found[0] if found else None

    def alike(self, digest: str, event_id: str | None) -> list[Record]:
        """Those with these bytes or this id."""
        return self._select(
            "WHERE digest = :digest OR event_id = :event_id ORDER BY received_at, key",
            {"digest": digest, "event_id": event_id},
        )

    def numbered(self, lane: str, sequence: int) -> list[Record]:
        """Those of a lane that came under this sequence: one, unless somebody wrote another into a header."""
        return self._select("WHERE lane = :lane AND sequence = :sequence", {"lane": lane, "sequence": sequence})

    def lowest_waiting(self, lane: Lane) -> int | None:
        """The first sequence of a lane, from its next on, that is here and not done."""
        ((lowest,),) = self.transaction.run(
            "SELECT MIN(sequence) FROM dastak_inbox WHERE lane = :lane AND sequence >= :first AND state <> 'done'",
            {"lane": lane.name, "first": lane.next_sequence},
        )
        return lowest if lowest is None else int(lowest)

    def wake(self, lane: Lane, now: float) -> str | None:
        """It is the turn of the lane's next, and of what is late: let them be looked at now. Return the first's key."""
        woken = self.transaction.run(
            "UPDATE dastak_inbox SET due_at = :now WHERE lane = :lane AND sequence <= :sequence AND state = 'received'"
            " RETURNING sequence, key",
            {"now": now, "lane": lane.name, "sequence": lane.next_sequence},
        )
        return min((int(sequence), str(key)) for sequence, key in woken)[1] if woken else None

    def has_unnumbered(self, lane: str) -> bool:
        """Whether an event of the lane was handled whose sequence nobody has told."""
        statement = "SELECT 1 FROM dastak_inbox WHERE lane = :lane AND sequence IS NULL AND state = 'done' LIMIT 1"
        return bool(self.transaction.run(statement, {"lane": lane}))

    def due(self, now: float, limit: int) -> list[str]:
        """Keys to look at now, longest due first."""
        found = self.transaction.run(
            "SELECT key FROM dastak_inbox WHERE due_at <= :now ORDER BY due_at, sequence, key LIMIT :limit",
            {"now": now, "limit": limit},
        )
        return [str(key) for (key,) in found]

    def next_due(self) -> float | None:
        ((due_at,),) = self.transaction.run("SELECT MIN(due_at) FROM dastak_inbox", {})
        return None if due_at is None else float(due_at)

    def dead(self, limit: int) -> list[Record]:
        """Dead letters, oldest first."""
        return self._select(
            "WHERE state = 'failed' AND due_at IS NULL ORDER BY received_at, key LIMIT :limit", {"limit": limit}
        )

    def unknown(self, limit: int) -> list[Record]:
        """What was kept without an effect, oldest first."""
        return self._select(
            "WHERE state = 'done' AND problem IS NOT NULL ORDER BY received_at, key LIMIT :limit", {"limit": limit}
        )

    def gaps(self, limit: int) -> list[tuple[str, int, int]]:
        """Lanes that wait for events that are not here: name, first and last sequence missing."""
        found = self.transaction.run(
            "SELECT lane.name, lane.next_sequence, MIN(waiting.sequence) FROM dastak_inbox waiting"
            " JOIN dastak_inbox_lane lane ON lane.name = waiting.lane"
            " WHERE waiting.state <> 'done' AND waiting.sequence >= lane.next_sequence"
            " GROUP BY lane.name, lane.next_sequence HAVING MIN(waiting.sequence) > lane.next_sequence"
            " ORDER BY MIN(waiting.received_at) LIMIT :limit",
            {"limit": limit},
        )
        return [(str(name), int(first), int(waiting) - 1) for name, first, waiting in found]

    def counts(self) -> dict[State, int]:
        found = self.transaction.run("SELECT state, COUNT(*) FROM dastak_inbox GROUP BY state", {})
        return {State(state): int(count) for state, count in found}

    def forget(self, before: float) -> int:
        """Empty the bodies of what was done and received before then."""
        emptied = self.transaction.run(
            "UPDATE dastak_inbox SET raw = '' WHERE state = 'done' AND received_at < :before AND raw <> ''"
            " RETURNING key",
            {"before": before},
        )
        return len(emptied)

    def cursor(self, source: str) -> str | None:
        found = self.transaction.run(
            "SELECT cursor FROM dastak_inbox_cursor WHERE source = :source", {"source": source}
        )
        return str(found[0][0]) if found else None

    def save_cursor(self, source: str, cursor: str) -> None:
        self.transaction.run(
            "INSERT INTO dastak_inbox_cursor (source, cursor) VALUES (:source, :cursor)"
            " ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor",
            {"source": source, "cursor": cursor},
        )

    def _select(self, rest: str, values: Mapping[str, Value]) -> list[Record]:
        found = self.transaction.run(f"{_SELECT} {rest}", values)
        return [from_row(dict(zip(_COLUMNS, row, strict=True))) for row in found]


_CHANGING = ("key", "event_id", "sequence", "raw", "state", "attempts", "due_at", "lease", "is_late", "problem")


def _values(record: Record) -> dict[str, Value]:
    return {**asdict(record), "state": record.state.value, "is_late": int(record.is_late)}


def _standing(standing: Standing) -> dict[str, Value]:
    return {"stage": standing.stage, "seconds": standing.seconds, "rank": standing.rank}
