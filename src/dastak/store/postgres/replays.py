"""Replays in PostgreSQL. Fulfils `webhooks.replaying.ReplayStore` and `ReplayQueue`.

A step is one transaction that holds the job's row: other replayers pass over it (SKIP LOCKED), and whoever cancels the
job waits for the end of that step. What it re-queues is locked as by everybody who adds to a lane: journeys first, then
lanes, each in the order of its key.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg

from dastak.store.done import is_there
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_PLANNED, Connection, Engine
from dastak.store.postgres.history import COLUMNS as DELIVERY_COLUMNS
from dastak.store.postgres.history import LAST_ATTEMPT, QUEUED
from dastak.store.postgres.lane import Lane, choose_heads, lock
from dastak.store.replay_rows import COLUMNS, progress_values, replay_from, replay_values
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
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

STATE = """CASE WHEN d.state <> 'open' THEN d.state WHEN EXISTS (
        SELECT 1 FROM queue AS q WHERE q.lane = d.lane AND q.position = d.position AND q.merchant_id = d.merchant_id
    ) THEN 'pending' ELSE 'delivered' END"""
"""Asked of the queue only for rows that match in all else."""
NEWEST = "SELECT coalesce(max(position), 0) FROM deliveries WHERE merchant_id = $1"
LOOK = """
    WITH looked AS MATERIALIZED (
        SELECT d.position, CASE WHEN ($6::text IS NULL OR d.endpoint_id = $6)
            AND ($7::text IS NULL OR d.verification_id = $7)
            AND ($8::bigint IS NULL OR d.created_at >= $8) AND ($9::bigint IS NULL OR d.created_at < $9)
            AND (cardinality($10::text[]) = 0 OR d.event_type = ANY($10::text[]))
            AND {state} = ANY($5::text[]) THEN d.id END AS matching
        FROM (SELECT d.* {source} ORDER BY {key} LIMIT $4) AS d
    ), found AS (
        SELECT position, matching, 0 AS rows FROM looked WHERE matching IS NOT NULL
        UNION ALL SELECT max(position), NULL, count(*) FROM looked
    )
    SELECT * FROM found ORDER BY matching IS NULL, position"""
"""What matches, and last of all where the look ended and how many rows it saw."""
RANGE = "FROM deliveries AS d WHERE d.merchant_id = $1 AND d.position > $2 AND d.position <= $3"
IN_ORDER = LOOK.format(state=STATE, key="d.position", source=RANGE)
BY_ENDPOINT = LOOK.format(state=STATE, key="d.position", source=f"{RANGE} AND d.endpoint_id = $6")
BY_VERIFICATION_ID = LOOK.format(
    state=STATE,
    key="d.position",
    source=f"""{RANGE} AND d.event_id = ANY(ARRAY(
        SELECT id FROM events WHERE merchant_id = $1 AND verification_id = $7))""",
)
BY_STATE = LOOK.format(
    state=STATE,
    key="g.position",
    source="""FROM given_up AS g CROSS JOIN LATERAL (
            SELECT * FROM deliveries AS l WHERE l.merchant_id = $1 AND l.position = g.position OFFSET 0) AS d
        WHERE g.merchant_id = $1 AND g.position > $2 AND g.position <= $3""",
)
"""A row of the log is a look-up of its own (OFFSET 0): without statistics the planner would walk the log for each."""
LOCK_MERCHANT = "SELECT 1 FROM merchants WHERE id = $1 FOR NO KEY UPDATE"
PLACES = ", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))
ADD = f"INSERT INTO replays ({', '.join(COLUMNS)}) VALUES ({PLACES})"
OPEN = "SELECT count(*) FROM replays WHERE due_at IS NOT NULL"
OPEN_OF = "SELECT count(*) FROM replays WHERE merchant_id = $1 AND due_at IS NOT NULL"
ONE = "SELECT * FROM replays WHERE merchant_id = $1 AND id = $2"
ONE_LOCKED = f"{ONE} FOR UPDATE"
NEWEST_FIRST = """
    SELECT * FROM replays WHERE merchant_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"""
DUE_LOCKED = """
    SELECT * FROM replays WHERE due_at IS NOT NULL AND (due_at <= $1 OR due_at > $2)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
NEXT = "SELECT min(due_at) FROM replays WHERE due_at IS NOT NULL"
SAVE = """
    UPDATE replays SET state = $3, position = $4, requeued = $5, skipped = $6, due_at = $7, started_at = $8,
        finished_at = $9
    WHERE merchant_id = $1 AND id = $2"""
LANES = "SELECT journey_id, lane FROM deliveries WHERE merchant_id = $1 AND position = ANY($2::bigint[])"
LOCK_JOURNEYS = """
    SELECT 1 FROM journeys WHERE merchant_id = $1 AND id = ANY($2::text[]) ORDER BY merchant_id, id FOR UPDATE"""
LOCK_ENDPOINTS = """
    SELECT 1 FROM endpoints WHERE merchant_id = $1 AND id = ANY($2::text[]) ORDER BY merchant_id, id FOR UPDATE"""
"""An endpoint's own events have its id for a journey."""
LOCK_BODIES = """
    SELECT 1 FROM deliveries AS d JOIN events AS f ON f.merchant_id = d.merchant_id AND f.position = d.event_position
    WHERE d.merchant_id = $1 AND d.position = ANY($2::bigint[])
    ORDER BY d.position FOR UPDATE OF d FOR SHARE OF f"""
"""What is too old cannot go while it is put into the queue again."""
STANDING = f"""{DELIVERY_COLUMNS}, coalesce(q.failures, 0) AS failures, coalesce(q.not_before, 0) AS not_before,
        e.state AS endpoint_state, EXISTS (
            SELECT 1 FROM events AS f WHERE f.merchant_id = d.merchant_id AND f.position = d.event_position
                AND octet_length(f.sealed_body) > 0) AS has_body
    FROM deliveries AS d LEFT JOIN {QUEUED} {LAST_ATTEMPT}
    JOIN endpoints AS e ON e.merchant_id = d.merchant_id AND e.id = d.endpoint_id
    WHERE d.merchant_id = $1 AND d.position = ANY($2::bigint[])"""
ASK_AGAIN = """
    UPDATE queue AS q SET failures = 0, not_before = 0 FROM unnest($2::bigint[], $3::bigint[]) AS a (lane, position)
    WHERE q.merchant_id = $1 AND q.lane = ANY(ARRAY[a.lane]) AND q.position = a.position"""
QUEUE_AGAIN = """
    INSERT INTO queue (merchant_id, endpoint, lane, sequence, position, delivery_id, event_position, created_at,
        attempts)
    SELECT d.merchant_id, e.number, d.lane, d.sequence, d.position, d.id, d.event_position, d.created_at, a.attempts
    FROM unnest($2::bigint[], $3::integer[]) AS a (position, attempts)
    JOIN deliveries AS d ON d.merchant_id = $1 AND d.position = a.position
    JOIN endpoints AS e ON e.merchant_id = d.merchant_id AND e.id = d.endpoint_id"""
OPEN_AGAIN = """
    UPDATE deliveries SET state = 'open', finished_at = NULL WHERE merchant_id = $1 AND position = ANY($2::bigint[])"""
NO_LONGER_GIVEN_UP = "DELETE FROM given_up WHERE merchant_id = $1 AND position = ANY($2::bigint[])"


class PostgresReplays:
    """The replays of one database."""

    def __init__(self, engine: Engine, deeds: Deeds, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._deeds = deeds
        self._committed = committed

    async def newest_delivery(self, merchant_id: str) -> int:
        return int(await self._engine.read(lambda connection: connection.fetchval(NEWEST, merchant_id)))

    async def look(self, merchant_id: str, selection: Selection, after: int, at_most: int) -> Look:
        async def work(connection: Connection) -> Look:
            return await _look(connection, merchant_id, selection, after, at_most)

        return await self._engine.write(work, begin=BEGIN_PLANNED, writes=0)

    async def add_replay(self, replay: Replay, most_open: int) -> bool:
        async def work(connection: Connection) -> bool:
            await connection.execute(LOCK_MERCHANT, replay.merchant_id)
            if await connection.fetchval(OPEN_OF, replay.merchant_id) >= most_open:
                return False
            await connection.execute(ADD, *replay_values(replay))
            return True

        return await self._deeds.write(
            replay.merchant_id, work, replay.id, told=lambda _: {"matched": str(replay.matched)}
        )

    async def replay(self, merchant_id: str, replay_id: str) -> Replay | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, replay_id))
        return None if row is None else _from(row)

    async def replays(self, merchant_id: str, after: str | None, limit: int) -> Sequence[Replay]:
        values = (merchant_id, after, limit)
        rows = await self._engine.read(lambda connection: connection.fetch(NEWEST_FIRST, *values))
        return [_from(row) for row in rows]

    async def cancel_replay(self, merchant_id: str, replay_id: str, now: datetime) -> Replay | None:
        async def work(connection: Connection) -> Replay | None:
            row = await connection.fetchrow(ONE_LOCKED, merchant_id, replay_id)
            if row is None:
                return None
            ended = cancelled(_from(row), now)
            await _save(connection, ended)
            return ended

        return await self._deeds.write(merchant_id, work, replay_id, done=is_there)

    async def step(self, now: datetime) -> Stepped | None:
        async def work(connection: Connection) -> Stepped | None:
            row = await connection.fetchrow(DUE_LOCKED, to_us(now), to_us(now + CLOCK_JUMP))
            if row is None:
                return None
            job = _from(row)
            look = await _look(connection, job.merchant_id, job.selection, job.position, LOOKED_PER_STEP)
            chosen = cut(job, look)
            passed_over = await self._requeue(connection, job, chosen, now)
            after = after_step(job, chosen, passed_over, now)
            await _save(connection, after)
            return Stepped(after, after.requeued - job.requeued)

        stepped = await self._engine.write(work, begin=BEGIN_PLANNED)
        if stepped is not None and stepped.requeued:
            self._committed()
        return stepped

    async def next_step(self) -> datetime | None:
        return maybe_from_us(await self._engine.read(lambda connection: connection.fetchval(NEXT)))

    async def open_replays(self) -> int:
        return int(await self._engine.read(lambda connection: connection.fetchval(OPEN)))

    async def _requeue(self, connection: Connection, job: Replay, chosen: Cut, now: datetime) -> list[Skip]:
        """Make the chosen deliveries pending and their lanes ready; the reasons of those that were passed over."""
        positions = [one.position for one in chosen.chosen]
        if not positions:
            return []
        rows = await connection.fetch(LANES, job.merchant_id, positions)
        lanes = [Lane(job.merchant_id, name) for name in {row["lane"] for row in rows}]
        journeys = sorted({row["journey_id"] for row in rows})
        await connection.execute(LOCK_JOURNEYS, job.merchant_id, journeys)
        await connection.execute(LOCK_ENDPOINTS, job.merchant_id, journeys)
        await lock(connection, lanes)
        await connection.execute(LOCK_BODIES, job.merchant_id, positions)
        rows = await connection.fetch(STANDING, job.merchant_id, positions)  # now that nobody can change them
        judged = [(row, why_not(job.selection.states, _standing(row), now)) for row in rows]
        again = [row for row, reason in judged if reason is None]
        await self._pending_again(connection, job.merchant_id, again)
        touched = {row["lane"] for row in again}
        await choose_heads(connection, [lane for lane in lanes if lane.name in touched], to_us(now))
        vanished = [Skip.CHANGED] * (len(positions) - len(rows))
        return [reason for _, reason in judged if reason is not None] + vanished

    async def _pending_again(self, connection: Connection, merchant_id: str, rows: Sequence[asyncpg.Record]) -> None:
        waiting = [row for row in rows if row["state"] == DeliveryState.PENDING.value]
        ended = [row for row in rows if row["state"] != DeliveryState.PENDING.value]
        given_up = [row["position"] for row in ended if row["state"] == DeliveryState.GIVEN_UP.value]
        if waiting:
            values = ([row["lane"] for row in waiting], [row["position"] for row in waiting])
            await connection.execute(ASK_AGAIN, merchant_id, *values)
        if ended:
            values = ([row["position"] for row in ended], [row["attempts"] or 0 for row in ended])
            await connection.execute(QUEUE_AGAIN, merchant_id, *values)
        if given_up:
            await connection.execute(OPEN_AGAIN, merchant_id, given_up)
            await connection.execute(NO_LONGER_GIVEN_UP, merchant_id, given_up)


async def _look(connection: Connection, merchant_id: str, which: Selection, after: int, at_most: int) -> Look:
    if which.verification_id is not None:
        sql = BY_VERIFICATION_ID
    elif which.states == (DeliveryState.GIVEN_UP,):
        sql = BY_STATE
    else:
        sql = IN_ORDER if which.endpoint_id is None else BY_ENDPOINT
    *found, end = await connection.fetch(
        sql,
        merchant_id,
        after,
        which.up_to,
        at_most,
        [state.value for state in which.states],
        which.endpoint_id,
        which.verification_id,
        maybe_us(which.since),
        maybe_us(which.until),
        list(which.event_types),
    )
    matches = tuple(Match(row["position"], row["matching"]) for row in found)
    return Look(matches, end["position"] if end["rows"] == at_most else None)


async def _save(connection: Connection, replay: Replay) -> None:
    await connection.execute(SAVE, replay.merchant_id, replay.id, *progress_values(replay))


def _from(row: asyncpg.Record) -> Replay:
    return replay_from(dict(row))


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(
        state=DeliveryState(row["state"]),
        in_flight=row["leased_by"] is not None,
        failures=row["failures"],
        not_before=from_us(row["not_before"]),
        endpoint_state=EndpointState(row["endpoint_state"]),
        has_body=row["has_body"],
    )
