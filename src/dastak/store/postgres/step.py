"""One statement in a short transaction whose commit waits for nobody: what it does may be done again.

In: a statement and its values. Out: its rows, or how many it changed. `days` and `retention` call it.
"""

import asyncpg

from dastak.store.postgres.engine import BEGIN_RELAXED, Engine


async def changed(engine: Engine, sql: str, *values: object) -> int:
    """Run it; how many rows it changed."""
    return count_of(await engine.write(lambda connection: connection.execute(sql, *values), begin=BEGIN_RELAXED))


async def fetched(engine: Engine, sql: str, *values: object) -> list[asyncpg.Record]:
    """Its rows."""
    rows: list[asyncpg.Record] = await engine.write(
        lambda connection: connection.fetch(sql, *values), begin=BEGIN_RELAXED, writes=0
    )
    return rows


def count_of(done: str) -> int:
    """How many rows a statement changed, as the server says it, such as `DELETE 12`."""
    return int(done.rpartition(" ")[2])
