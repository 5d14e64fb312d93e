"""The log of deliveries from its newest end, in PostgreSQL. Fulfils `webhooks.browsing.DeliveryBrowser`.

How far a page looks is decided in an index alone (`WINDOW`); then rows are read until the page is full, and only for
those of the page is the last attempt looked up. The queue is asked by lanes, so statistics do not matter.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.store.instant import maybe_us, to_us
from dastak.store.order_in_time import LATENESS
from dastak.store.postgres.engine import BEGIN_PAGING, Connection, Engine
from dastak.store.postgres.history import COLUMNS, FEW_POSITIONS, LAST_ATTEMPT, QUEUED, ROW_OF, delivery_from
from dastak.webhooks.browsing import FEW, LogPage, Sought
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryRow

IS_QUEUED = """EXISTS (
    SELECT 1 FROM queue AS w WHERE w.lane = d.lane AND w.position = d.position AND w.merchant_id = d.merchant_id)"""
IN_STATE: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: f" AND d.state = 'open' AND {IS_QUEUED}",
    DeliveryState.DELIVERED: f" AND d.state = 'open' AND NOT {IS_QUEUED}",
    DeliveryState.GIVEN_UP: " AND d.state = 'given_up'",
    DeliveryState.CANCELLED: " AND d.state = 'cancelled'",
}
IN_ORDER = "FROM deliveries AS d WHERE d.merchant_id = $1 AND d.position > $2 AND d.position < $3"
GIVEN_UP = """FROM given_up AS d WHERE d.merchant_id = $1 AND d.position > $2 AND d.position < $3"""
GIVEN_UP_ROWS = f"""FROM given_up AS g {ROW_OF.format("g")}
    WHERE g.merchant_id = $1 AND g.position > $2 AND g.position < $3"""
WINDOW = """
    SELECT min(position) AS first, count(*) AS size FROM (
        SELECT d.position {source} ORDER BY d.position DESC LIMIT $4) AS looked"""
SHOWN = f"{COLUMNS} FROM ({{rows}}) AS d LEFT JOIN {QUEUED} {LAST_ATTEMPT} ORDER BY d.position DESC"
"""Rows of the log with how they stand."""
PAGE = "SELECT d.* {source} ORDER BY {position} DESC LIMIT $4"
OF_POSITIONS = f"""
    SELECT d.* FROM unnest($5::bigint[]) AS p (position) {ROW_OF.format("p")}
    WHERE d.position > $2 AND d.position < $3{{also}} ORDER BY d.position DESC LIMIT $4"""
PENDING = """
    WITH heads AS MATERIALIZED (
        SELECT h.lane FROM endpoints AS e CROSS JOIN LATERAL (
            SELECT lane FROM queue WHERE endpoint = e.number AND merchant_id = $1 AND due_at IS NOT NULL OFFSET 0) AS h
        WHERE e.merchant_id = $1 LIMIT $2)
    SELECT q.position FROM heads CROSS JOIN LATERAL (
        SELECT position FROM queue WHERE lane = heads.lane AND merchant_id = $1 OFFSET 0) AS q
    LIMIT $2"""
"""All that is pending, if it is few: each lane has a head, and by its lane the rest is found."""
NAMED = """SELECT d.* FROM unnest($2::text[]) AS n (id) CROSS JOIN LATERAL (
    SELECT * FROM deliveries AS l WHERE l.merchant_id = $1 AND l.id = n.id OFFSET 0) AS d"""
BOUNDARY = """
    WITH RECURSIVE halving (low, high) AS (
        SELECT min(position), max(position) + 1 FROM deliveries WHERE merchant_id = $1
        UNION ALL
        SELECT CASE WHEN found.created_at < $2 THEN found.position + 1 ELSE low END,
            CASE WHEN found.created_at < $2 THEN high ELSE low + (high - low) / 2 END
        FROM halving CROSS JOIN LATERAL (
            SELECT position, created_at FROM deliveries
            WHERE merchant_id = $1 AND position >= low + (high - low) / 2 ORDER BY position LIMIT 1) AS found
        WHERE low < high
    )
    SELECT max(low) FROM halving"""
"""As `order_in_time.boundary`, in one round trip; NULL when there is no row."""
BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class _Range:
    """Between these two, both excluded."""

    low: int
    before: int


class PostgresBrowsing:
    """The log of one database, newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def page(self, merchant_id: str, sought: Sought, before: int | None, limit: int, scan: int) -> LogPage:
        async def work(connection: Connection) -> LogPage:
            positions = await _few(connection, merchant_id, sought)
            if positions is not None:
                return await _of_positions(connection, merchant_id, sought, before or BEYOND, limit, positions)
            low, end = await _bounds(connection, merchant_id, sought.since, sought.until)
            within = _Range(low, min(before or BEYOND, end))
            return await _scanned(connection, merchant_id, sought, within, limit, sought.scan(limit, scan))

        return await self._engine.read(work, begin=BEGIN_PAGING)

    async def named(self, merchant_id: str, delivery_ids: Collection[str]) -> Sequence[DeliveryRow]:
        sql = SHOWN.format(rows=NAMED)
        rows = await self._engine.read(
            lambda connection: connection.fetch(sql, merchant_id, list(delivery_ids)), begin=BEGIN_PAGING
        )
        return [delivery_from(row) for row in rows]

    async def bounds(self, merchant_id: str, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        return await self._engine.read(
            lambda connection: _bounds(connection, merchant_id, since, until), begin=BEGIN_PAGING
        )


async def _few(connection: Connection, merchant_id: str, sought: Sought) -> list[int] | None:
    """The positions among which everything is that fits, if they are few and known; else None."""
    for name, sql in FEW_POSITIONS.items():
        value = getattr(sought, name)
        if value is not None:
            return [row["position"] for row in await connection.fetch(sql, merchant_id, value)]
    if sought.state is not DeliveryState.PENDING:
        return None
    rows = await connection.fetch(PENDING, merchant_id, FEW + 1)
    return [row["position"] for row in rows] if len(rows) <= FEW else None


async def _of_positions(
    connection: Connection, merchant_id: str, sought: Sought, before: int, limit: int, positions: Sequence[int]
) -> LogPage:
    also, values = _also(sought, first=6)
    sql = SHOWN.format(rows=OF_POSITIONS.format(also=also))
    rows = [
        delivery_from(row) for row in await connection.fetch(sql, merchant_id, 0, before, limit, positions, *values)
    ]
    is_full = len(rows) == limit
    return LogPage(rows, rows[-1].position if is_full else 0, is_last=not is_full)


async def _scanned(
    connection: Connection, merchant_id: str, sought: Sought, within: _Range, limit: int, scan: int
) -> LogPage:
    """A page of what fits among the next rows of the log, or of the part of it that an index has."""
    of_endpoint = sought.endpoint_id is not None and sought.state is not DeliveryState.GIVEN_UP
    window = GIVEN_UP if sought.state is DeliveryState.GIVEN_UP else IN_ORDER
    looked = await connection.fetchrow(
        WINDOW.format(source=window + (" AND d.endpoint_id = $5" if of_endpoint else "")),
        *(merchant_id, within.low, within.before, scan),
        *([sought.endpoint_id] if of_endpoint else []),
    )
    if looked is None or not looked["size"]:
        return LogPage([], 0, is_last=True)
    also, values = _also(sought, first=5)
    source, position = (
        (GIVEN_UP_ROWS, "g.position") if sought.state is DeliveryState.GIVEN_UP else (IN_ORDER, "d.position")
    )
    sql = SHOWN.format(rows=PAGE.format(source=source + also, position=position))
    found = await connection.fetch(sql, merchant_id, looked["first"] - 1, within.before, limit, *values)
    rows = [delivery_from(row) for row in found]
    if len(rows) == limit:
        return LogPage(rows, rows[-1].position, is_last=False)
    return LogPage(rows, looked["first"], is_last=looked["size"] < scan)


async def _bounds(
    connection: Connection, merchant_id: str, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """Between which positions the asked time lies."""
    low, before = None, None
    if since is not None:
        low = await connection.fetchval(BOUNDARY, merchant_id, to_us(since - LATENESS))
    if until is not None:
        before = await connection.fetchval(BOUNDARY, merchant_id, to_us(until + LATENESS))
    return 0 if low is None else low - 1, BEYOND if before is None else before


def _also(sought: Sought, first: int) -> tuple[str, list[object]]:
    """Every condition that has a value, with places numbered from `first`; they are constants of this module."""
    wanted = {
        "d.endpoint_id = {}": sought.endpoint_id,
        "d.event_type = {}": sought.event_type,
        "d.event_id = {}": sought.event_id,
        "d.journey_id = {}": sought.journey_id,
        "d.verification_id = {}": sought.verification_id,
        "d.created_at >= {}": maybe_us(sought.since),
        "d.created_at < {}": maybe_us(sought.until),
    }
    given = [(condition, value) for condition, value in wanted.items() if value is not None]
    conditions = [f" AND {condition.format(f'${first + at}')}" for at, (condition, _) in enumerate(given)]
    state = IN_STATE[sought.state] if sought.state is not None else ""
    return "".join(conditions) + state, [value for _, value in given]
