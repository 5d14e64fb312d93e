"""Endpoints that fail, in PostgreSQL. Fulfils `webhooks.ports.TroubleStore`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import BEGIN_PLANNED, Connection, Engine
from dastak.store.postgres.notices import add_messages
from dastak.store.postgres.outbox import Outbox
from dastak.store.postgres.trouble_lines import lines, put
from dastak.store.trouble_rows import event_of, messages_of, trouble_from
from dastak.store.vault import Vault
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.telling import Step
from dastak.webhooks.trouble import Act, Note, Trouble, noted

IS_OPEN = "(t.failing_since IS NOT NULL OR t.recovered_at IS NOT NULL OR t.gone_at IS NOT NULL)"
WITH_ENDPOINT = """
    endpoint_trouble AS t JOIN endpoints AS e ON e.merchant_id = t.merchant_id AND e.id = t.endpoint_id"""
TROUBLED = f"""
    SELECT t.* FROM {WITH_ENDPOINT}
    WHERE {IS_OPEN} AND (e.state = 'enabled' OR e.state = 'disabled' AND t.gone_at IS NOT NULL)"""
FAILING_KEYS = f"""
    SELECT t.endpoint_id FROM endpoint_trouble AS t WHERE {IS_OPEN} AND t.failing_since IS NOT NULL"""
OF_MERCHANT = "SELECT * FROM endpoint_trouble WHERE merchant_id = $1 AND failing_since IS NOT NULL"
FAILING = f"""
    SELECT count(*) FROM {WITH_ENDPOINT} WHERE {IS_OPEN} AND t.failing_since IS NOT NULL AND e.state = 'enabled'"""


class PostgresTroubles:
    """The troubles of one database."""

    def __init__(
        self, engine: Engine, vault: Vault, endpoints: PostgresEndpoints, outbox: Outbox, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._endpoints = endpoints
        self._outbox = outbox
        self._committed = committed

    async def note(self, notes: Sequence[Note]) -> None:
        rows = await self._engine.read(lambda connection: connection.fetch(FAILING_KEYS))
        failing = {row["endpoint_id"] for row in rows} | {one.endpoint_id for one in notes if one.failures}
        worth = [one for one in notes if one.endpoint_id in failing]
        if not worth:
            return

        async def work(connection: Connection) -> None:
            keys = {(one.merchant_id, one.endpoint_id) for one in worth}
            before = await lines(connection, sorted(keys))
            after = dict(before)
            for one in worth:
                trouble, told = after[(one.merchant_id, one.endpoint_id)]
                after[(one.merchant_id, one.endpoint_id)] = (noted(trouble, one), told)
            await put(connection, [after[key] for key in sorted(keys) if after[key] != before[key]])

        await self._engine.write(work, begin=BEGIN_PLANNED)

    async def troubled(self) -> Sequence[Trouble]:
        rows = await self._engine.read(lambda connection: connection.fetch(TROUBLED))
        return [trouble_from(dict(row)) for row in rows]

    async def troubles(self, merchant_id: str) -> Mapping[str, Trouble]:
        rows = await self._engine.read(lambda connection: connection.fetch(OF_MERCHANT, merchant_id))
        return {row["endpoint_id"]: trouble_from(dict(row)) for row in rows}

    async def failing(self) -> int:
        return int(await self._engine.read(lambda connection: connection.fetchval(FAILING)))

    async def act(
        self, merchant_id: str, endpoint_id: str, decide: Callable[[Trouble, Endpoint], Step | None], now: datetime
    ) -> Step | None:
        key = (merchant_id, endpoint_id)

        async def work(connection: Connection) -> Step | None:
            known = await self._endpoints.locked(connection, key)
            if known is None:
                return None
            before, told = (await lines(connection, [key]))[key]
            step = decide(before, known.endpoint)
            if step is None:
                return None
            if step.endpoint != known.endpoint:
                await self._endpoints.save(connection, known.endpoint, step.endpoint, known.number, now)
            await put(connection, [(step.trouble, told + 1)])
            await self._outbox.append(connection, [event_of(step, told + 1)])
            await add_messages(connection, self._vault, messages_of(step))
            if step.act is Act.DISABLE:
                await self._endpoints.note_disabled(connection, [step.endpoint], now)
            return step

        step = await self._engine.write(work, begin=BEGIN_PLANNED)
        if step is not None:
            self._committed()
        return step
