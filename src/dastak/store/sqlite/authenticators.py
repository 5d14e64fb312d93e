"""Members' authenticator apps in SQLite. Fulfils `accounts.authenticator.AuthenticatorStore`."""

import sqlite3
from collections.abc import Sequence

from dastak.accounts.authenticator import Authenticator
from dastak.store.member_rows import authenticator_from, sealed_authenticator
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

ONE = "SELECT * FROM member_authenticators WHERE merchant_id = ? AND member_id = ?"
ADD = """
    INSERT INTO member_authenticators (merchant_id, member_id, confirmed, version, sealed_state) VALUES (?, ?, ?, 1, ?)
    ON CONFLICT DO NOTHING"""
SAVE = """
    UPDATE member_authenticators SET confirmed = ?, version = version + 1, sealed_state = ?
    WHERE merchant_id = ? AND member_id = ? AND version = ?"""
DROP = "DELETE FROM member_authenticators WHERE merchant_id = ? AND member_id = ?"
GUARDED = "SELECT member_id FROM member_authenticators WHERE merchant_id = ? AND confirmed = 1"


class SqliteAuthenticators:
    """The authenticators of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def authenticator(self, merchant_id: str, member_id: str) -> Authenticator | None:
        values = (merchant_id, member_id)
        row = await self._engine.read(lambda connection: connection.execute(ONE, values).fetchone())
        return None if row is None else authenticator_from(self._vault, row)

    async def save_authenticator(self, authenticator: Authenticator) -> bool:
        sealed = sealed_authenticator(self._vault, authenticator)
        whose = (authenticator.merchant_id, authenticator.member_id)

        def work(connection: sqlite3.Connection) -> bool:
            if authenticator.version == 0:
                return connection.execute(ADD, (*whose, authenticator.confirmed, sealed)).rowcount > 0
            values = (authenticator.confirmed, sealed, *whose, authenticator.version)
            return connection.execute(SAVE, values).rowcount > 0

        # that one was begun, or was guessed at, is nobody's deed yet
        return await self._deeds.write(
            authenticator.merchant_id,
            work,
            authenticator.member_id,
            done=lambda saved: saved and authenticator.confirmed,
        )

    async def drop_authenticator(self, merchant_id: str, member_id: str) -> bool:
        values = (merchant_id, member_id)
        return await self._deeds.write(
            merchant_id, lambda connection: connection.execute(DROP, values).rowcount > 0, member_id
        )

    async def guarded_members(self, merchant_id: str) -> Sequence[str]:
        rows = await self._engine.read(lambda connection: connection.execute(GUARDED, (merchant_id,)).fetchall())
        return [row["member_id"] for row in rows]
