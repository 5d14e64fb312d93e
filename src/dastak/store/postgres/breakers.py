"""How dispatchers see breakers, in PostgreSQL. Fulfils `webhooks.ports.BreakerStore`.

Dispatchers may note the same endpoint at the same time: each takes the locks of its rows in the order of their keys.
"""

from collections.abc import Mapping, Sequence

import asyncpg

from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import BreakerNote

PUT = """
    INSERT INTO endpoint_breakers (merchant_id, endpoint_id, state, open_until, noted_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (merchant_id, endpoint_id) DO UPDATE SET state = excluded.state, open_until = excluded.open_until,
        noted_at = excluded.noted_at"""
OF_MERCHANT = "SELECT * FROM endpoint_breakers WHERE merchant_id = $1"


class PostgresBreakers:
    """The notes of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def put_breakers(self, notes: Sequence[BreakerNote]) -> None:
        rows = sorted(
            (one.merchant_id, one.endpoint_id, one.state.value, maybe_us(one.open_until), to_us(one.noted_at))
            for one in notes
        )

        async def work(connection: Connection) -> None:
            await connection.executemany(PUT, rows)

        await self._engine.write(work, begin=BEGIN_RELAXED)

    async def breakers(self, merchant_id: str) -> Mapping[str, BreakerNote]:
        rows = await self._engine.rows(OF_MERCHANT, merchant_id)
        return {row["endpoint_id"]: _note(row) for row in rows}


def _note(row: asyncpg.Record) -> BreakerNote:
    return BreakerNote(
        row["merchant_id"],
        row["endpoint_id"],
        BreakerState(row["state"]),
        maybe_from_us(row["open_until"]),
        from_us(row["noted_at"]),
    )
