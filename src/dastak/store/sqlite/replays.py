"""Replays in SQLite. Fulfils `webhooks.replaying.ReplayStore` and `ReplayQueue`.

A step looks with a reader, however little of the log matches, and acts with the writer: there it judges the few
deliveries that it chose once more, as they are then. If the job was cancelled or moved on meanwhile, nothing is done.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from dastak.store.done import is_there
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.replay_rows import COLUMNS, progress_values, replay_from, replay_values
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.history import RESEND
from dastak.store.sqlite.lane import choose_head
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.replay import (
    CLOCK_JUMP,
    LOOKED_PER_STEP,
    Cut,
    Look,
    Match,
    Replay,
    Selection,
    Skip,
    Standing,
    after_step,
    cancelled,
    cut,
    why_not,
)
from dastak.webhooks.replaying import Stepped

NEWEST = "SELECT coalesce(max(position), 0) FROM deliveries WHERE merchant_id = ?"
LOOK = """
    WITH looked AS MATERIALIZED (
        SELECT position, CASE WHEN state IN (SELECT value FROM json_each(:states))
            AND (:endpoint_id IS NULL OR endpoint_id = :endpoint_id)
            AND (:verification_id IS NULL OR verification_id = :verification_id)
            AND (:since IS NULL OR created_at >= :since) AND (:until IS NULL OR created_at < :until)
            AND (:event_types = '[]' OR event_type IN (SELECT value FROM json_each(:event_types)))
            THEN id END AS matching
        FROM (
            SELECT position, id, state, endpoint_id, verification_id, created_at, event_type
            FROM deliveries INDEXED BY {index}
            WHERE merchant_id = :merchant_id AND position > :after AND position <= :up_to{also}
            ORDER BY position LIMIT :limit)
    ), found AS (
        SELECT position, matching, 0 AS rows FROM looked WHERE matching IS NOT NULL
        UNION ALL SELECT max(position), NULL, count(*) FROM looked
    )
    SELECT * FROM found ORDER BY matching IS NULL, position"""
"""What matches, and last of all where the look ended and how many rows it saw."""
BY_STATE = LOOK.format(index="deliveries_given_up", also=" AND state = 'given_up'")
BY_VERIFICATION_ID = LOOK.format(index="deliveries_by_verification_id", also=" AND verification_id = :verification_id")
BY_ENDPOINT = LOOK.format(index="deliveries_by_endpoint", also=" AND endpoint_id = :endpoint_id")
IN_ORDER = LOOK.format(index="deliveries_in_order", also="")
ADD = f"INSERT INTO replays ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"
OPEN = "SELECT count(*) FROM replays WHERE due_at IS NOT NULL"
OPEN_OF = "SELECT count(*) FROM replays WHERE merchant_id = ? AND due_at IS NOT NULL"
ONE = "SELECT * FROM replays WHERE merchant_id = ? AND id = ?"
NEWEST_FIRST = "SELECT * FROM replays WHERE merchant_id = ? AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?"
DUE = """
    SELECT * FROM replays WHERE due_at IS NOT NULL AND (due_at <= ?1 OR due_at > ?2) ORDER BY due_at LIMIT 1"""
NEXT = "SELECT min(due_at) FROM replays WHERE due_at IS NOT NULL"
SAVE = """
    UPDATE replays SET state = ?, position = ?, requeued = ?, skipped = ?, due_at = ?, started_at = ?, finished_at = ?
    WHERE merchant_id = ? AND id = ?"""
STANDING = """
    SELECT d.state, d.leased, d.failures, d.not_before, d.endpoint_id, d.journey_id, e.sealed_body <> x'' AS has_body
    FROM deliveries AS d JOIN events AS e ON e.position = d.event_position WHERE d.position = ?"""


class _Lane(NamedTuple):
    endpoint_id: str
    journey_id: str


class SqliteReplays:
    """The replays of one file."""

    def __init__(self, engine: Engine, deeds: Deeds, endpoints: SqliteEndpoints, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._deeds = deeds
        self._endpoints = endpoints
        self._committed = committed

    async def newest_delivery(self, merchant_id: str) -> int:
        return int(await self._engine.read(lambda connection: _value(connection, NEWEST, merchant_id)))

    async def look(self, merchant_id: str, selection: Selection, after: int, at_most: int) -> Look:
        return await self._engine.read(
            lambda connection: _look(connection, merchant_id, selection, after, at_most),
        )

    async def add_replay(self, replay: Replay, most_open: int) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            if _value(connection, OPEN_OF, replay.merchant_id) >= most_open:
                return False
            connection.execute(ADD, replay_values(replay))
            return True

        return await self._deeds.write(
            replay.merchant_id, work, replay.id, told=lambda _: {"matched": str(replay.matched)}
        )

    async def replay(self, merchant_id: str, replay_id: str) -> Replay | None:
        return await self._engine.read(lambda connection: _one(connection, merchant_id, replay_id))

    async def replays(self, merchant_id: str, after: str | None, limit: int) -> Sequence[Replay]:
        values = (merchant_id, after, limit)
        return await self._engine.read(
            lambda connection: [_from(row) for row in connection.execute(NEWEST_FIRST, values)]
        )

    async def cancel_replay(self, merchant_id: str, replay_id: str, now: datetime) -> Replay | None:
        def work(connection: sqlite3.Connection) -> Replay | None:
            found = _one(connection, merchant_id, replay_id)
            if found is None:
                return None
            ended = cancelled(found, now)
            _save(connection, ended)
            return ended

        return await self._deeds.write(merchant_id, work, replay_id, done=is_there)

    async def step(self, now: datetime) -> Stepped | None:
        def look(connection: sqlite3.Connection) -> tuple[Replay, Cut] | None:
            row = connection.execute(DUE, (to_us(now), to_us(now + CLOCK_JUMP))).fetchone()
            if row is None:
                return None
            job = _from(row)
            return job, cut(job, _look(connection, job.merchant_id, job.selection, job.position, LOOKED_PER_STEP))

        while (seen := await self._engine.read(look)) is not None:
            job, chosen = seen
            durable = bool(chosen.chosen) or chosen.is_last  # a step that changed nothing can be made again
            stepped = await self._engine.write(self._act(job, chosen, now), durable=durable)
            if stepped is not None:
                if stepped.requeued:
                    self._committed()
                return stepped
        return None

    async def next_step(self) -> datetime | None:
        return maybe_from_us(await self._engine.read(lambda connection: _value(connection, NEXT)))

    async def open_replays(self) -> int:
        return int(await self._engine.read(lambda connection: _value(connection, OPEN)))

    def _act(self, job: Replay, chosen: Cut, now: datetime) -> Callable[[sqlite3.Connection], Stepped | None]:
        def work(connection: sqlite3.Connection) -> Stepped | None:
            if _one(connection, job.merchant_id, job.id) != job:
                return None
            passed_over = self._requeue(connection, job, chosen, now)
            after = after_step(job, chosen, passed_over, now)
            _save(connection, after)
            return Stepped(after, after.requeued - job.requeued)

        return work

    def _requeue(self, connection: sqlite3.Connection, job: Replay, chosen: Cut, now: datetime) -> list[Skip]:
        """Make the chosen deliveries pending and their lanes ready; the reasons of those that were passed over."""
        passed_over: list[Skip] = []
        lanes: dict[_Lane, None] = {}
        for one in chosen.chosen:
            row = connection.execute(STANDING, (one.position,)).fetchone()
            reason = why_not(job.selection.states, self._standing(connection, row), now) if row else Skip.CHANGED
            if reason is not None:
                passed_over.append(reason)
                continue
            connection.execute(RESEND, (one.position,))
            lanes[_Lane(row["endpoint_id"], row["journey_id"])] = None
        for lane in lanes:
            policy = self._endpoints.by_id(connection, lane.endpoint_id).lane_policy
            choose_head(connection, lane.endpoint_id, lane.journey_id, policy, to_us(now))
        return passed_over

    def _standing(self, connection: sqlite3.Connection, row: sqlite3.Row) -> Standing:
        return Standing(
            state=DeliveryState(row["state"]),
            in_flight=bool(row["leased"]),
            failures=row["failures"],
            not_before=from_us(row["not_before"]),
            endpoint_state=self._endpoints.by_id(connection, row["endpoint_id"]).state,
            has_body=bool(row["has_body"]),
        )


def _look(connection: sqlite3.Connection, merchant_id: str, which: Selection, after: int, at_most: int) -> Look:
    if which.verification_id is not None:
        sql = BY_VERIFICATION_ID
    elif which.states == (DeliveryState.GIVEN_UP,):
        sql = BY_STATE
    else:
        sql = IN_ORDER if which.endpoint_id is None else BY_ENDPOINT
    values = {
        "merchant_id": merchant_id,
        "after": after,
        "up_to": which.up_to,
        "limit": at_most,
        "states": json.dumps(which.states),
        "endpoint_id": which.endpoint_id,
        "verification_id": which.verification_id,
        "since": maybe_us(which.since),
        "until": maybe_us(which.until),
        "event_types": json.dumps(which.event_types),
    }
    *found, end = connection.execute(sql, values).fetchall()
    matches = tuple(Match(row["position"], row["matching"]) for row in found)
    return Look(matches, end["position"] if end["rows"] == at_most else None)


def _one(connection: sqlite3.Connection, merchant_id: str, replay_id: str) -> Replay | None:
    row = connection.execute(ONE, (merchant_id, replay_id)).fetchone()
    return None if row is None else _from(row)


def _from(row: sqlite3.Row) -> Replay:
    return replay_from(dict(row))


def _save(connection: sqlite3.Connection, replay: Replay) -> None:
    connection.execute(SAVE, (*progress_values(replay), replay.merchant_id, replay.id))


def _value(connection: sqlite3.Connection, sql: str, *values: object) -> int:
    """The one number that a query gives."""
    number: int = connection.execute(sql, values).fetchone()[0]
    return number
