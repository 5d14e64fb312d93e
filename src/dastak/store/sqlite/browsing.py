"""The log of deliveries from its newest end, in SQLite. Fulfils `webhooks.browsing.DeliveryBrowser`.

Every statement names its index: SQLite has no statistics of ours. How far a page looks is decided in the index alone
(`WINDOW`); only then are rows read, until the page is full.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dastak.store.instant import maybe_us, to_us
from dastak.store.order_in_time import LATENESS, boundary
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.history import delivery_from
from dastak.webhooks.browsing import FEW, LogPage, Sought
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryRow

FROM = "FROM deliveries INDEXED BY {index} WHERE merchant_id = :merchant_id"
WINDOW = """
    SELECT min(position) AS first, count(*) AS size FROM (
        SELECT position {source} AND position > :low AND position < :before ORDER BY position DESC LIMIT :scan)"""
PAGE = "SELECT * {source} AND position >= :floor AND position < :before{also} ORDER BY position DESC LIMIT :limit"
OF_EVENT = "SELECT * {source} AND event_id = :event_id AND position < :before{also} ORDER BY position DESC LIMIT :limit"
OF_VERIFICATION_ID = """
    SELECT * {source} AND verification_id = :verification_id AND position < :before{also}
    ORDER BY position DESC LIMIT :limit"""
OF_JOURNEY = """
    SELECT d.* FROM events AS e INDEXED BY events_by_journey
    CROSS JOIN deliveries AS d INDEXED BY deliveries_by_event_position ON d.event_position = e.position
    WHERE e.merchant_id = :merchant_id AND e.journey_id = :journey_id AND d.position < :before{also}
    ORDER BY d.position DESC LIMIT :limit"""
PENDING = """
    SELECT d.position FROM endpoints AS e INDEXED BY endpoints_by_merchant
    CROSS JOIN deliveries AS d INDEXED BY deliveries_by_lane ON d.endpoint_id = e.id
    WHERE e.merchant_id = :merchant_id AND d.state = 'pending' LIMIT :few"""
"""All that is pending, if it is few: it is found by its lanes, however long the log."""
OF_POSITIONS = """
    SELECT d.* FROM json_each(:positions) AS p CROSS JOIN deliveries AS d ON d.position = p.value
    WHERE d.merchant_id = :merchant_id AND d.position < :before{also} ORDER BY d.position DESC LIMIT :limit"""
NAMED = """
    SELECT d.* FROM json_each(:ids) AS n CROSS JOIN deliveries AS d INDEXED BY deliveries_by_id
        ON d.merchant_id = :merchant_id AND d.id = n.value
    ORDER BY d.position DESC"""
END = """
    SELECT position FROM deliveries INDEXED BY deliveries_in_order
    WHERE merchant_id = ? ORDER BY position {order} LIMIT 1"""
AT_OR_AFTER = """
    SELECT position, created_at FROM deliveries INDEXED BY deliveries_in_order
    WHERE merchant_id = ? AND position >= ? ORDER BY position LIMIT 1"""
BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows are looked for, in the order of their positions."""

    index: str
    also: str = ""
    low: int = 0
    """Nothing that fits lies here or before."""
    before: int = BEYOND
    """Nothing that fits lies here or after."""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """FROM and WHERE, for the rows of the merchant."""
        return FROM.format(index=self.index) + self.also


class SqliteBrowsing:
    """The log of one file, newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def page(self, merchant_id: str, sought: Sought, before: int | None, limit: int, scan: int) -> LogPage:
        def work(connection: sqlite3.Connection) -> LogPage:
            values: dict[str, Any] = {"merchant_id": merchant_id, "before": before or BEYOND, "limit": limit}
            values |= _values(sought)
            if sought.is_of_few:
                return _whole(connection, _few(sought), values)
            if sought.state is DeliveryState.PENDING:
                positions = connection.execute(PENDING, {"merchant_id": merchant_id, "few": FEW + 1}).fetchall()
                if len(positions) <= FEW:
                    values["positions"] = json.dumps([row["position"] for row in positions])
                    return _whole(connection, OF_POSITIONS.format(also=_also(sought)), values)
            return _scanned(
                connection,
                _source(connection, merchant_id, sought),
                sought,
                values,
                sought.scan(limit, scan),
            )

        return await self._engine.read(work)

    async def named(self, merchant_id: str, delivery_ids: Collection[str]) -> Sequence[DeliveryRow]:
        values = {"merchant_id": merchant_id, "ids": json.dumps(list(delivery_ids))}
        return await self._engine.read(
            lambda connection: [delivery_from(row) for row in connection.execute(NAMED, values)]
        )

    async def bounds(self, merchant_id: str, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        return await self._engine.read(lambda connection: _bounds(connection, merchant_id, since, until))


def _whole(connection: sqlite3.Connection, sql: str, values: Mapping[str, Any]) -> LogPage:
    """A page of few rows, all of which are looked at."""
    rows = [delivery_from(row) for row in connection.execute(sql, values)]
    is_full = len(rows) == values["limit"]
    return LogPage(rows, rows[-1].position if is_full else 0, is_last=not is_full)


def _scanned(
    connection: sqlite3.Connection, source: Source, sought: Sought, values: dict[str, Any], scan: int
) -> LogPage:
    """A page of what fits among the next rows of a source."""
    values |= {"low": source.low, "before": min(values["before"], source.before), "scan": scan}
    window = connection.execute(WINDOW.format(source=source.sql), values).fetchone()
    if not window["size"]:
        return LogPage([], 0, is_last=True)
    sql = PAGE.format(source=source.sql, also=_also(sought))
    rows = [delivery_from(row) for row in connection.execute(sql, {**values, "floor": window["first"]})]
    if len(rows) == values["limit"]:
        return LogPage(rows, rows[-1].position, is_last=False)
    return LogPage(rows, window["first"], is_last=window["size"] < scan)


def _source(connection: sqlite3.Connection, merchant_id: str, sought: Sought) -> Source:
    low, before = _bounds(connection, merchant_id, sought.since, sought.until)
    if sought.state is DeliveryState.GIVEN_UP:
        return Source("deliveries_given_up", " AND state = 'given_up'", low, before)
    if sought.endpoint_id is not None:
        return Source("deliveries_by_endpoint", " AND endpoint_id = :endpoint_id", low, before)
    return Source("deliveries_in_order", "", low, before)


def _bounds(
    connection: sqlite3.Connection, merchant_id: str, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """Between which positions the asked time lies."""
    if since is None and until is None:
        return 0, BEYOND
    first, last = (connection.execute(END.format(order=order), (merchant_id,)).fetchone() for order in ("ASC", "DESC"))
    if first is None:
        return 0, BEYOND

    def found(position: int) -> tuple[int, int]:
        row = connection.execute(AT_OR_AFTER, (merchant_id, position)).fetchone()
        return row["position"], row["created_at"]

    def at(moment: datetime) -> int:
        return boundary(first["position"], last["position"], to_us(moment), found)

    return at(since - LATENESS) - 1 if since else 0, at(until + LATENESS) if until else BEYOND


def _few(sought: Sought) -> str:
    if sought.event_id is not None:
        return OF_EVENT.format(source=FROM.format(index="deliveries_by_event"), also=_also(sought))
    if sought.verification_id is not None:
        source = FROM.format(index="deliveries_by_verification_id")
        return OF_VERIFICATION_ID.format(source=source, also=_also(sought))
    return OF_JOURNEY.format(also=_also(sought, "d."))


def _values(sought: Sought) -> dict[str, object]:
    return {
        "endpoint_id": sought.endpoint_id,
        "event_type": sought.event_type,
        "state": sought.state.value if sought.state else None,
        "event_id": sought.event_id,
        "journey_id": sought.journey_id,
        "verification_id": sought.verification_id,
        "since": maybe_us(sought.since),
        "until": maybe_us(sought.until),
    }


def _also(sought: Sought, table: str = "") -> str:
    """Every condition that has a value; the conditions are constants of this module."""
    conditions = {name: f"{table}{name} = :{name}" for name in ("endpoint_id", "event_type", "state", "event_id")}
    conditions |= {name: f"{table}{name} = :{name}" for name in ("journey_id", "verification_id")}
    conditions |= {"since": f"{table}created_at >= :since", "until": f"{table}created_at < :until"}
    values = _values(sought)
    return "".join(f" AND {condition}" for name, condition in conditions.items() if values[name] is not None)
