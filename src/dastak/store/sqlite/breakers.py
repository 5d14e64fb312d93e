"""How dispatchers see breakers, in SQLite. Fulfils `webhooks.ports.BreakerStore`."""

import sqlite3
from collections.abc import Mapping, Sequence

from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.sqlite.engine import Engine
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import BreakerNote

PUT = """
    INSERT OR REPLACE INTO endpoint_breakers (merchant_id, endpoint_id, state, open_until, noted_at)
    VALUES (?, ?, ?, ?, ?)"""
OF_MERCHANT = "SELECT * FROM endpoint_breakers WHERE merchant_id = ?"


class SqliteBreakers:
    """The notes of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def put_breakers(self, notes: Sequence[BreakerNote]) -> None:
        rows = [
            (one.merchant_id, one.endpoint_id, one.state.value, maybe_us(one.open_until), to_us(one.noted_at))
            for one in notes
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(PUT, rows)

        await self._engine.write(work, durable=False)

    async def breakers(self, merchant_id: str) -> Mapping[str, BreakerNote]:
        rows = await self._engine.read(lambda connection: connection.execute(OF_MERCHANT, (merchant_id,)).fetchall())
        return {row["endpoint_id"]: _note(row) for row in rows}


def _note(row: sqlite3.Row) -> BreakerNote:
    return BreakerNote(
        row["merchant_id"],
        row["endpoint_id"],
        BreakerState(row["state"]),
        maybe_from_us(row["open_until"]),
        from_us(row["noted_at"]),
    )
