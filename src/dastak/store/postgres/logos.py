"""Merchants' logos in PostgreSQL. Fulfils `accounts.logo.LogoStore`."""

from dastak.accounts.logo import MOST_LOGOS, Logo, TooManyLogos
from dastak.store.postgres.engine import Connection, Engine

COUNT = "SELECT count(*) FROM logos WHERE merchant_id = $1"
ADD = "INSERT INTO logos (merchant_id, id, body) VALUES ($1, $2, $3)"
ONE = "SELECT body FROM logos WHERE merchant_id = $1 AND id = $2"
DROP = "DELETE FROM logos WHERE merchant_id = $1 AND id = $2"


class PostgresLogos:
    """The logos of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add_logo(self, logo: Logo) -> None:
        async def work(connection: Connection) -> None:
            if await connection.fetchval(COUNT, logo.merchant_id) >= MOST_LOGOS:
                raise TooManyLogos
            await connection.execute(ADD, logo.merchant_id, logo.id, logo.body)

        await self._engine.write(work)

    async def logo(self, merchant_id: str, logo_id: str) -> bytes | None:
        row = await self._engine.row(ONE, merchant_id, logo_id)
        return None if row is None else bytes(row["body"])

    async def drop_logo(self, merchant_id: str, logo_id: str) -> None:
        await self._engine.write(lambda connection: connection.execute(DROP, merchant_id, logo_id))
