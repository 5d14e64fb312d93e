"""Users of Video KYC in SQLite. Fulfils `journeys.video_kyc.ports.UserStore`."""

import sqlite3

from dastak.journeys.video_kyc.errors import DuplicateUserId
from dastak.journeys.video_kyc.user import VkycUser
from dastak.store.case_records import sealed_user, user_from
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

ADD = """
    INSERT INTO vkyc_users (merchant_id, user_id, user_reference_id, version, sealed_state) VALUES (?, ?, ?, ?, ?)"""
SAVE = """
    UPDATE vkyc_users SET version = version + 1, sealed_state = ?
    WHERE merchant_id = ? AND user_id = ? AND version = ?"""
BY_ID = "SELECT * FROM vkyc_users WHERE merchant_id = ? AND user_id = ?"
BY_REFERENCE_ID = "SELECT * FROM vkyc_users WHERE merchant_id = ? AND user_reference_id = ?"


class SqliteVkycUsers:
    """The users of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_user(self, user: VkycUser) -> None:
        sealed = sealed_user(self._vault, user)
        values = (user.merchant_id, user.user_id, user.user_reference_id, user.version, sealed)

        def work(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(ADD, values)
            except sqlite3.IntegrityError as error:
                if "vkyc_users.user_id" in str(error):
                    raise DuplicateUserId("there is a user of that user_id already") from None
                raise

        await self._deeds.write(user.merchant_id, work, str(user.user_reference_id))

    async def save_user(self, user: VkycUser) -> bool:
        values = (sealed_user(self._vault, user), user.merchant_id, user.user_id, user.version)
        return await self._deeds.write(
            user.merchant_id,
            lambda connection: connection.execute(SAVE, values).rowcount > 0,
            str(user.user_reference_id),
        )

    async def user_by_id(self, merchant_id: str, user_id: str) -> VkycUser | None:
        return await self._one(BY_ID, merchant_id, user_id)

    async def user_by_reference_id(self, merchant_id: str, user_reference_id: int) -> VkycUser | None:
        return await self._one(BY_REFERENCE_ID, merchant_id, user_reference_id)

    async def _one(self, sql: str, *values: object) -> VkycUser | None:
        row = await self._engine.read(lambda connection: connection.execute(sql, values).fetchone())
        return None if row is None else user_from(self._vault, row)
