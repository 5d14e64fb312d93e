"""Which journey a code of a link leads to, in PostgreSQL.

In: the code of a customer's link. Out: the key of the journey. A look of its own and no join with the journey: codes
may lie elsewhere than what they lead to. A code leads to the same journey for ever, so the two looks need no snapshot.
"""

from dastak.store.postgres.engine import Engine
from dastak.store.postgres.lookup import Lookup
from dastak.store.vault import Vault

OF_CODE = """
    SELECT k.number, c.merchant_id, c.journey_id FROM unnest($1::bytea[]) WITH ORDINALITY AS k (digest, number)
    CROSS JOIN LATERAL (
        SELECT merchant_id, journey_id FROM codes WHERE digest = k.digest AND journey_id IS NOT NULL OFFSET 0
    ) AS c"""


class PostgresCodes:
    """The codes of one database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._vault = vault
        self._by_digest = Lookup(engine, OF_CODE)

    async def journey_of(self, code: str) -> tuple[str, str] | None:
        """(merchant_id, journey id); None for a code that leads to none. Raises `StoreUnavailable`."""
        for digest in self._vault.digests(code):
            row = await self._by_digest.row(digest)
            if row is not None:
                return row["merchant_id"], row["journey_id"]
        return None
