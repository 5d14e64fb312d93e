"""Single rows by their keys: whoever asks while a question is under way is answered by the next one, together.

In: a statement over arrays of keys, and keys. Out: for each key its row or None, of everything committed when it was
asked. Under load a round trip brings many rows, and a lone key still goes at once. A statement looks its keys up one by
one (`CROSS JOIN LATERAL (... OFFSET 0)`): a join may be planned as a walk over the table while that is small.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from dastak.store.postgres.batching import Batcher
from dastak.store.postgres.engine import BEGIN_READING_PLANNED, Engine

NUMBER = "number"
"""The column in which a statement returns, by `WITH ORDINALITY`, which of the keys a row is for."""

Key = tuple[Any, ...]


class Lookup:
    """Finds rows by one statement, which takes one array for each part of a key."""

    def __init__(self, engine: Engine, sql: str) -> None:
        self._engine = engine
        self._sql = sql
        self._asking: Batcher[Key, asyncpg.Record | None] = Batcher(self._ask, id)

    async def row(self, *key: object) -> asyncpg.Record | None:
        """The row of this key. Raises `StoreUnavailable`."""
        return await self._asking.submit(key)

    async def _ask(self, keys: Sequence[Key]) -> list[asyncpg.Record | Exception | None]:
        parts = [list(part) for part in zip(*keys, strict=True)]
        rows = await self._engine.rows(self._sql, *parts, begin=BEGIN_READING_PLANNED)
        found = {row[NUMBER]: row for row in rows}
        return [found.get(number) for number in range(1, len(keys) + 1)]
