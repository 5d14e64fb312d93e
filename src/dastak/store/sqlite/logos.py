"""Merchants' logos in SQLite. Fulfils `accounts.logo.LogoStore`."""

import sqlite3

from dastak.accounts.logo import MOST_LOGOS, Logo, TooManyLogos
from dastak.store.sqlite.engine import Engine

COUNT = "SELECT count(*) FROM logos WHERE merchant_id = ?"
ADD = "INSERT INTO logos (merchant_id, id, body) VALUES (?, ?, ?)"
ONE = "SELECT body FROM logos WHERE merchant_id = ? AND id = ?"
DROP = "DELETE FROM logos WHERE merchant_id = ? AND id = ?"


class SqliteLogos:
    """The logos of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add_logo(self, logo: Logo) -> None:
        def work(connection: sqlite3.Connection) -> None:
            if connection.execute(COUNT, (logo.merchant_id,)).fetchone()[0] >= MOST_LOGOS:
                raise TooManyLogos
            connection.execute(ADD, (logo.merchant_id, logo.id, logo.body))

        await self._engine.write(work)

    async def logo(self, merchant_id: str, logo_id: str) -> bytes | None:
        row = await self._engine.read(lambda connection: connection.execute(ONE, (merchant_id, logo_id)).fetchone())
        return None if row is None else bytes(row["body"])

    async def drop_logo(self, merchant_id: str, logo_id: str) -> None:
        await self._engine.write(lambda connection: connection.execute(DROP, (merchant_id, logo_id)))
