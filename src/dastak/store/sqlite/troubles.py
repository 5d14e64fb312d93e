"""Endpoints that fail, in SQLite. Fulfils `webhooks.ports.TroubleStore`."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.notices import add_messages
from dastak.store.sqlite.outbox import Outbox
from dastak.store.sqlite.trouble_lines import line, put
from dastak.store.trouble_rows import event_of, messages_of, trouble_from
from dastak.store.vault import Vault
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.telling import Step
from dastak.webhooks.trouble import Act, Note, Trouble, noted

IS_OPEN = "(t.failing_since IS NOT NULL OR t.recovered_at IS NOT NULL OR t.gone_at IS NOT NULL)"
TROUBLED = f"""
    SELECT t.* FROM endpoint_trouble AS t JOIN endpoints AS e ON e.id = t.endpoint_id
    WHERE {IS_OPEN} AND (e.state = 'enabled' OR e.state = 'disabled' AND t.gone_at IS NOT NULL)"""
FAILING_KEYS = f"SELECT t.endpoint_id FROM endpoint_trouble AS t WHERE {IS_OPEN} AND t.failing_since IS NOT NULL"
OF_MERCHANT = "SELECT * FROM endpoint_trouble WHERE merchant_id = ? AND failing_since IS NOT NULL"
FAILING = f"""
    SELECT count(*) AS number FROM endpoint_trouble AS t JOIN endpoints AS e ON e.id = t.endpoint_id
    WHERE {IS_OPEN} AND t.failing_since IS NOT NULL AND e.state = 'enabled'"""
ENDPOINT = "SELECT state FROM endpoints WHERE merchant_id = ? AND id = ?"


class SqliteTroubles:
    """The troubles of one file."""

    def __init__(
        self, engine: Engine, vault: Vault, endpoints: SqliteEndpoints, outbox: Outbox, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._endpoints = endpoints
        self._outbox = outbox
        self._committed = committed

    async def note(self, notes: Sequence[Note]) -> None:
        rows = await self._engine.read(lambda connection: connection.execute(FAILING_KEYS).fetchall())
        failing = {row["endpoint_id"] for row in rows} | {one.endpoint_id for one in notes if one.failures}
        worth = [one for one in notes if one.endpoint_id in failing]
        if not worth:
            return

        def work(connection: sqlite3.Connection) -> None:
            for one in worth:
                before, told = line(connection, one.merchant_id, one.endpoint_id)
                after = noted(before, one)
                if after != before:
                    put(connection, after, told)

        await self._engine.write(work)

    async def troubled(self) -> Sequence[Trouble]:
        rows = await self._engine.read(lambda connection: connection.execute(TROUBLED).fetchall())
        return [trouble_from(dict(row)) for row in rows]

    async def troubles(self, merchant_id: str) -> Mapping[str, Trouble]:
        rows = await self._engine.read(lambda connection: connection.execute(OF_MERCHANT, (merchant_id,)).fetchall())
        return {row["endpoint_id"]: trouble_from(dict(row)) for row in rows}

    async def failing(self) -> int:
        row = await self._engine.read(lambda connection: connection.execute(FAILING).fetchone())
        return int(row["number"])

    async def act(
        self, merchant_id: str, endpoint_id: str, decide: Callable[[Trouble, Endpoint], Step | None], now: datetime
    ) -> Step | None:
        def work(connection: sqlite3.Connection) -> Step | None:
            row = connection.execute(ENDPOINT, (merchant_id, endpoint_id)).fetchone()
            if row is None or row["state"] == EndpointState.DELETED.value:
                return None
            endpoint = self._endpoints.by_id(connection, endpoint_id)
            before, told = line(connection, merchant_id, endpoint_id)
            step = decide(before, endpoint)
            if step is None:
                return None
            if step.endpoint != endpoint:
                self._endpoints.save(connection, step.endpoint, now)
            put(connection, step.trouble, told + 1)
            self._outbox.append(connection, [event_of(step, told + 1)])
            add_messages(connection, self._vault, messages_of(step))
            if step.act is Act.DISABLE:
                self._endpoints.note_disabled(connection, step.endpoint, now)
            return step

        step = await self._engine.write(work)
        if step is not None:
            self._committed()
        return step
