"""Users of Video KYC in PostgreSQL. Fulfils `journeys.video_kyc.ports.UserStore`."""

from dastak.journeys.video_kyc.errors import DuplicateUserId
from dastak.journeys.video_kyc.user import VkycUser
from dastak.store.case_records import sealed_user, user_from
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.vault import Vault

ADD = """
    INSERT INTO vkyc_users (merchant_id, user_id, user_reference_id, version, sealed_state) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (merchant_id, user_id) DO NOTHING RETURNING 1"""
SAVE = """
    UPDATE vkyc_users SET version = version + 1, sealed_state = $4
    WHERE merchant_id = $1 AND user_id = $2 AND version = $3 RETURNING 1"""
BY_ID = "SELECT * FROM vkyc_users WHERE merchant_id = $1 AND user_id = $2"
BY_REFERENCE_ID = "SELECT * FROM vkyc_users WHERE merchant_id = $1 AND user_reference_id = $2"


class PostgresVkycUsers:
    """The users of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_user(self, user: VkycUser) -> None:
        sealed = sealed_user(self._vault, user)
        values = (user.merchant_id, user.user_id, user.user_reference_id, user.version, sealed)

        async def work(connection: Connection) -> None:
            if await connection.fetchval(ADD, *values) is None:
                raise DuplicateUserId("there is a user of that user_id already")

        await self._deeds.write(user.merchant_id, work, str(user.user_reference_id))

    async def save_user(self, user: VkycUser) -> bool:
        values = (user.merchant_id, user.user_id, user.version, sealed_user(self._vault, user))

        async def work(connection: Connection) -> bool:
            return await connection.fetchval(SAVE, *values) is not None

        return await self._deeds.write(user.merchant_id, work, str(user.user_reference_id))

    async def user_by_id(self, merchant_id: str, user_id: str) -> VkycUser | None:
        return await self._one(BY_ID, merchant_id, user_id)

    async def user_by_reference_id(self, merchant_id: str, user_reference_id: int) -> VkycUser | None:
        return await self._one(BY_REFERENCE_ID, merchant_id, user_reference_id)

    async def _one(self, sql: str, *values: object) -> VkycUser | None:
        row = await self._engine.row(sql, *values)
        return None if row is None else user_from(self._vault, row)
