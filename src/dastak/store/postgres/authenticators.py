"""Members' authenticator apps in PostgreSQL. Fulfils `accounts.authenticator.AuthenticatorStore`."""

from collections.abc import Sequence

from dastak.accounts.authenticator import Authenticator
from dastak.store.member_rows import authenticator_from, sealed_authenticator
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.vault import Vault

ONE = "SELECT * FROM member_authenticators WHERE merchant_id = $1 AND member_id = $2"
ADD = """
    INSERT INTO member_authenticators (merchant_id, member_id, confirmed, version, sealed_state)
    VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO NOTHING RETURNING 1"""
SAVE = """
    UPDATE member_authenticators SET confirmed = $3, version = version + 1, sealed_state = $4
    WHERE merchant_id = $1 AND member_id = $2 AND version = $5 RETURNING 1"""
DROP = "DELETE FROM member_authenticators WHERE merchant_id = $1 AND member_id = $2 RETURNING 1"
GUARDED = "SELECT member_id FROM member_authenticators WHERE merchant_id = $1 AND confirmed"


class PostgresAuthenticators:
    """The authenticators of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def authenticator(self, merchant_id: str, member_id: str) -> Authenticator | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, member_id))
        return None if row is None else authenticator_from(self._vault, row)

    async def save_authenticator(self, authenticator: Authenticator) -> bool:
        sealed = sealed_authenticator(self._vault, authenticator)
        values = (authenticator.merchant_id, authenticator.member_id, authenticator.confirmed, sealed)

        async def work(connection: Connection) -> bool:
            if authenticator.version == 0:
                return await connection.fetchval(ADD, *values) is not None
            return await connection.fetchval(SAVE, *values, authenticator.version) is not None

        # that one was begun, or was guessed at, is nobody's deed yet
        return await self._deeds.write(
            authenticator.merchant_id,
            work,
            authenticator.member_id,
            done=lambda saved: saved and authenticator.confirmed,
        )

    async def drop_authenticator(self, merchant_id: str, member_id: str) -> bool:
        values = (merchant_id, member_id)

        async def work(connection: Connection) -> bool:
            return await connection.fetchval(DROP, *values) is not None

        return await self._deeds.write(merchant_id, work, member_id)

    async def guarded_members(self, merchant_id: str) -> Sequence[str]:
        rows = await self._engine.read(lambda connection: connection.fetch(GUARDED, merchant_id))
        return [row["member_id"] for row in rows]
