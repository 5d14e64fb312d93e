"""The delivery queue in PostgreSQL. Fulfils `webhooks.ports.DeliveryQueue` and `BacklogReader`.

Any number of dispatchers claim at once; an endpoint from which another is just claiming is passed over. A claim asks
each endpoint that has something due for as many rows as it has room, so an endpoint that hangs costs its own window and
no scan of its backlog. `webhooks.turns` shares the room between merchants; windows and rates are shared between the
dispatchers. A batch of settlements is two statements, whatever its size.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
import structlog

from dastak.store.instant import from_us, maybe_from_us, to_us
from dastak.store.postgres.dispatchers import Dispatchers
from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import BEGIN_PLANNED, BEGIN_RELAXED, Connection, Engine
from dastak.store.postgres.merchants import PostgresMerchants
from dastak.store.postgres.settlement import Settlement
from dastak.store.trouble import StoreUnavailable
from dastak.store.vault import Vault, VaultLocked
from dastak.webhooks.batching import BUSY
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.ports import Room
from dastak.webhooks.turns import take_turns

log = structlog.get_logger("dastak.store")

WAITING = """
    WITH RECURSIVE heads AS (
        (SELECT merchant_id, endpoint FROM queue WHERE due_at IS NOT NULL ORDER BY endpoint, due_at LIMIT 1)
        UNION ALL
        SELECT next.* FROM heads CROSS JOIN LATERAL (
            SELECT merchant_id, endpoint FROM queue WHERE due_at IS NOT NULL AND endpoint > heads.endpoint
            ORDER BY endpoint, due_at LIMIT 1) AS next
    )
    SELECT h.merchant_id, e.id, e.version, e.state, e.number, free.due_at AS since, least(free.due_at, CASE
        WHEN free.due_at IS NULL OR free.due_at > $1 THEN (
            SELECT min(lease_until) FROM queue
            WHERE endpoint = h.endpoint AND merchant_id = h.merchant_id AND due_at <= $1 AND leased_by IS NOT NULL)
        END) AS due_at
    FROM heads AS h JOIN endpoints AS e ON e.merchant_id = h.merchant_id AND e.number = h.endpoint
    LEFT JOIN LATERAL (
        SELECT due_at FROM queue
        WHERE endpoint = h.endpoint AND merchant_id = h.merchant_id AND due_at IS NOT NULL
            AND (leased_by IS NULL OR lease_until <= $1)
        ORDER BY due_at LIMIT 1) AS free ON true
    ORDER BY h.merchant_id, e.id"""
"""Walks the due index from endpoint to endpoint: a few probes each, however long their backlogs are. What is leased is
passed over, and is never more than the windows allow."""
CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT due.* FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $8::bigint[])
            WITH ORDINALITY AS w (merchant_id, endpoint_id, wanted, version, since, turn)
        JOIN endpoints AS e ON e.merchant_id = w.merchant_id AND e.id = w.endpoint_id AND e.version = w.version
        CROSS JOIN LATERAL (
            SELECT pg_try_advisory_xact_lock(1684108148, (e.number & 2147483647)::integer) AS is_mine OFFSET 0
        ) AS turnstile
        CROSS JOIN LATERAL (
            SELECT q.ctid AS place, q.merchant_id, q.lane, q.sequence, w.turn FROM queue AS q
            WHERE turnstile.is_mine AND q.endpoint = e.number AND q.merchant_id = e.merchant_id AND q.due_at <= $5
                AND q.due_at >= w.since AND (q.leased_by IS NULL OR q.lease_until <= $5)
            ORDER BY q.due_at, q.position LIMIT w.wanted
        ) AS due
        ORDER BY due.lane, due.sequence
    ), leased AS (
        UPDATE queue AS q SET lease_until = $6, leased_by = $7, attempts = q.attempts + 1
        FROM picked AS p
        WHERE q.ctid = p.place AND q.merchant_id = p.merchant_id AND q.due_at <= $5
            AND (q.leased_by IS NULL OR q.lease_until <= $5)
        RETURNING q.*, p.turn
    )
    SELECT l.turn, l.due_at, l.position, l.lane, l.sequence, l.delivery_id, l.attempts, l.failures, l.created_at,
        e.id, e.type, e.journey_id, e.sealed_body, e.traceparent
    FROM leased AS l JOIN events AS e ON e.merchant_id = l.merchant_id AND e.position = l.event_position
    ORDER BY l.turn, l.due_at, l.position"""
"""Of one endpoint one dispatcher claims at a time; who comes second passes it over instead of waiting. It begins where
the last walk found the first that is free: before it the index holds what has long been delivered, until a vacuum."""
PUT_OFF = """
    WITH off AS (
        UPDATE queue AS q SET due_at = $4, not_before = $4, leased_by = NULL, lease_until = NULL,
            attempts = q.attempts - 1
        FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u (merchant_id, lane, position)
        WHERE q.lane = ANY(ARRAY[u.lane]) AND q.position = u.position AND q.merchant_id = u.merchant_id
        RETURNING q.merchant_id, q.position
    )
    UPDATE deliveries AS d SET last_reason = $5 FROM off
    WHERE d.merchant_id = off.merchant_id AND d.position = off.position"""
UNREADABLE_PAUSE_US = 3_600_000_000
"""An event that does not open is looked at again after an hour: its key may have come back."""
RELEASE = """
    UPDATE queue AS q SET due_at = greatest(q.not_before, $5), leased_by = NULL, lease_until = NULL,
            attempts = q.attempts - 1
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[]) AS r (merchant_id, lane, position, attempt)
    WHERE q.lane = ANY(ARRAY[r.lane]) AND q.position = r.position AND q.merchant_id = r.merchant_id
        AND q.attempts = r.attempt AND q.leased_by IS NOT NULL"""
TAKE_BACK = """
    UPDATE queue SET leased_by = NULL, lease_until = NULL, attempts = attempts - 1
    WHERE leased_by = $1 AND position <> ALL($2::bigint[])"""
"""What this dispatcher claimed without hearing of it, or could not give back."""
PENDING = "SELECT count(*) FROM (SELECT 1 FROM queue LIMIT $1) AS owed"
CLOCK_WENT_BACK = """
    UPDATE queue SET due_at = $1, not_before = least(not_before, $1)
    WHERE due_at > $1 AND leased_by IS NULL AND (not_before <= $1 OR not_before > $2)"""
"""What the clock of before made wait for a time that it no longer is: due at once, but for retries still to come."""
FURTHEST_RETRY_US = 8 * 24 * 3_600_000_000
"""No interval and no Retry-After is longer than seven days."""
BACKWARDS_US = 1_000_000

WALK_SHARE = 20
LONGEST_UNWALKED = 0.1
"""One part in so many of the time goes into walks from endpoint to endpoint, more only when they take long: then there
is one every tenth of a second. Between them the last answer serves, as long as it fills the room or brings a crowd."""

FRESH = 0.002
"""Seconds for which a walk is as good as another."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An enabled endpoint with something pending, and when the first of it is due."""

    endpoint: Endpoint
    due_at: int
    version: int
    """A claim takes nothing for an endpoint that was changed since."""
    since: int
    """Nothing that may be claimed was due earlier; what has become so since is found by the next walk."""


class PostgresDeliveries:
    """One dispatcher's side of a database."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        endpoints: PostgresEndpoints,
        merchants: PostgresMerchants,
        dispatchers: Dispatchers,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._endpoints = endpoints
        self._merchants = merchants
        self._dispatchers = dispatchers
        self._settlement = Settlement(vault, endpoints)
        self._monotonic = monotonic
        self._turn = 0
        self._latest: int | None = None
        self._walked: list[_Waiting] = []
        self._walk_again_at = 0.0
        self._walked_at = float("-inf")
        self._held: set[int] = set()
        """Positions from claim to settlement."""
        self._unheard = False
        """A claim may have been committed whose answer was lost, or a release may not."""
        self._unsettled: set[str] = set()
        """Deliveries whose settlement may have been committed, its answer lost."""

    async def claim(self, now: datetime, lease_until: datetime, room: Room) -> Sequence[Claimed]:
        number = await self._dispatchers.number()
        at = to_us(now)
        await self._heed_the_clock(at)

        until = to_us(lease_until)
        self._turn += 1
        enough = min(room.total, BUSY)

        async def work(connection: Connection) -> list[Claimed]:
            claimed: list[Claimed] = []
            if self._unheard:
                await connection.execute(TAKE_BACK, number, sorted(self._held))
            if self._monotonic() < self._walk_again_at:
                wanted = self._turns(at, room, claimed)
                if sum(limit for _, limit in wanted) >= enough:
                    claimed += await self._take(connection, wanted, at, until, number)
            if len(claimed) < enough:
                await self._look_around(connection)
                claimed += await self._take(connection, self._turns(at, room, claimed), at, until, number)
            return claimed

        try:
            taken = await self._engine.write(work, begin=BEGIN_RELAXED)
        except StoreUnavailable:
            self._unheard = True
            raise
        self._unheard = False
        self._held.update(one.position for one in taken)
        return taken

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        in_order = sorted(settled, key=lambda one: (one.claimed.lane, one.claimed.sequence, one.claimed.attempt))
        rows = self._settlement.rows(in_order)
        ids = {one.claimed.id for one in settled}

        async def work(connection: Connection) -> None:
            if self._unsettled.isdisjoint(ids):
                await self._settlement.record(connection, in_order, rows, now)
            elif left := await self._settlement.unrecorded(connection, in_order):
                await self._settlement.record(connection, left, self._settlement.rows(left), now)

        try:
            await self._engine.write(work, begin=BEGIN_PLANNED, writes=len(settled))
        except StoreUnavailable:
            self._unsettled |= ids
            raise
        self._unsettled -= ids
        self._held.difference_update(one.claimed.position for one in settled)

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Give leases back unsent; the attempts count as never made."""
        in_order = sorted(claimed, key=lambda one: (one.lane, one.sequence))
        values = (
            [one.endpoint.merchant_id for one in in_order],
            [one.lane for one in in_order],
            [one.position for one in in_order],
            [one.attempt for one in in_order],
            self._latest or 0,
        )
        try:
            await self._engine.write(lambda connection: connection.execute(RELEASE, *values), begin=BEGIN_RELAXED)
        except StoreUnavailable:
            self._unheard = True
            raise
        finally:
            self._held.difference_update([one.position for one in claimed])

    async def next_due(self, room: Room | None = None) -> datetime | None:
        async def work(connection: Connection) -> int | None:
            await self._look_around(connection)
            return self._earliest(room)

        if room is not None and self._monotonic() - self._walked_at < FRESH:  # by the claim that brought nothing
            return maybe_from_us(self._earliest(room))

        return maybe_from_us(await self._engine.write(work, begin=BEGIN_RELAXED, writes=0))

    def _earliest(self, room: Room | None) -> int | None:
        times = [one.due_at for one in self._walked if room is None or _left(room, one.endpoint) > 0]
        return min(times, default=None)

    async def pending(self, at_most: int) -> int:
        return int(await self._engine.read(lambda connection: connection.fetchval(PENDING, at_most)))

    async def _heed_the_clock(self, now: int) -> None:
        """At the first claim, and whenever the wall clock has gone back."""
        if self._latest is None or now < self._latest - BACKWARDS_US:
            values = (now, now + FURTHEST_RETRY_US)
            await self._engine.write(lambda connection: connection.execute(CLOCK_WENT_BACK, *values))
            self._latest = now
        self._latest = max(self._latest, now)

    def _seen(self) -> int:
        """The latest time of a claim; for a process that never claims, now."""
        return self._latest if self._latest is not None else time.time_ns() // 1000

    def _turns(self, at: int, room: Room, claimed: Sequence[Claimed]) -> list[tuple[_Waiting, int]]:
        """Of those known to wait, who may claim how much beside what is claimed already."""
        taken = Counter(one.endpoint.id for one in claimed)
        due = {one.endpoint.id: one for one in self._walked if one.due_at <= at}
        rooms: dict[str, dict[str, int]] = {}
        for id_, one in due.items():
            rooms.setdefault(one.endpoint.merchant_id, {})[id_] = _left(room, one.endpoint) - taken[id_]
        return [(due[id_], limit) for id_, limit in take_turns(rooms, room.total - len(claimed), self._turn)]

    async def _look_around(self, connection: Connection) -> None:
        """Walk, and remember for a while who waits: a thousand endpoints are not asked again at every claim."""
        began = self._monotonic()
        self._walked = await self._walk(connection)
        ended = self._monotonic()
        self._walked_at = began
        self._walk_again_at = ended + min((ended - began) * WALK_SHARE, LONGEST_UNWALKED)

    async def _walk(self, connection: Connection) -> list[_Waiting]:
        rows = await connection.fetch(WAITING, self._seen())
        for row in rows:
            if row["state"] == EndpointState.DELETED.value:  # an event was just being added when it was deleted
                await self._endpoints.cancel(connection, row["merchant_id"], row["number"], self._latest or 0)
        enabled = [row for row in rows if row["state"] == EndpointState.ENABLED.value]
        versions = {(row["merchant_id"], row["id"]): row["version"] for row in enabled}
        known = await self._endpoints.known(connection, versions)
        found = [
            _Waiting(known[row["merchant_id"], row["id"]].endpoint, row["due_at"], row["version"], row["since"] or 0)
            for row in enabled
        ]
        return [self._shared(one) for one in found if one.endpoint.state is EndpointState.ENABLED]

    def _shared(self, one: _Waiting) -> _Waiting:
        """With this dispatcher's part of the endpoint's window and rate."""
        together, endpoint = self._dispatchers.together, one.endpoint
        if together <= 1:
            return one
        rate = None if endpoint.rate_per_second is None else endpoint.rate_per_second / together
        return replace(
            one, endpoint=replace(endpoint, window=max(1, endpoint.window // together), rate_per_second=rate)
        )

    async def _take(
        self, connection: Connection, wanted: Sequence[tuple[_Waiting, int]], now: int, lease_until: int, number: int
    ) -> list[Claimed]:
        if not wanted:
            return []
        rows = await connection.fetch(
            CLAIM,
            [one.endpoint.merchant_id for one, _ in wanted],
            [one.endpoint.id for one, _ in wanted],
            [limit for _, limit in wanted],
            [one.version for one, _ in wanted],
            now,
            lease_until,
            number,
            [one.since for one, _ in wanted],
        )
        of = [one.endpoint for one, _ in wanted]
        merchants = await self._merchants.opened(connection, list({endpoint.merchant_id for endpoint in of}))
        at = from_us(now)
        secrets = {id_: merchant.signing_key(at).client_secret for id_, merchant in merchants.items()}
        claimed, unreadable, why = [], [], ""
        for row in rows:
            endpoint = of[row[0] - 1]
            try:
                body = self._vault.open(row[12], f"event/{row[9]}")
            except VaultLocked as error:
                unreadable.append(row)
                why = str(error)
                log.error("event_unreadable", event_id=row["id"], delivery_id=row["delivery_id"], error=why)  # noqa: TRY400
                continue
            claimed.append(_claimed(row, endpoint, body, secrets.get(endpoint.merchant_id, "")))
        if unreadable:
            merchant_ids = [of[row["turn"] - 1].merchant_id for row in unreadable]
            await self._put_off(connection, merchant_ids, unreadable, now + UNREADABLE_PAUSE_US, why)
        return claimed

    async def _put_off(
        self,
        connection: Connection,
        merchant_ids: Sequence[str],
        rows: Sequence[asyncpg.Record],
        until: int,
        why: str,
    ) -> None:
        lanes, positions = [row["lane"] for row in rows], [row["position"] for row in rows]
        await connection.execute(PUT_OFF, merchant_ids, lanes, positions, until, why)


def _claimed(row: asyncpg.Record, endpoint: Endpoint, body: bytes, secret: str) -> Claimed:
    """By place, in the order of `CLAIM`: this is done for every delivery."""
    (
        _,
        _,
        position,
        lane,
        sequence,
        delivery_id,
        attempts,
        failures,
        created_at,
        event_id,
        type_,
        journey_id,
        _,
        trace,
    ) = row
    return Claimed(
        delivery_id,
        endpoint,
        event_id,
        type_,
        journey_id,
        sequence,
        body,
        secret,
        attempts,
        failures,
        from_us(created_at),
        position,
        lane,
        trace,
    )


def _left(room: Room, endpoint: Endpoint) -> int:
    return room.left(endpoint.id, endpoint.window, endpoint.rate_per_second)
