"""PostgreSQL finds rows of the log by keys, also before it has any statistics of the tables."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from conformance.house import PostgresHouse
from dastak.store.postgres.browsing import FEW_POSITIONS, GIVEN_UP_ROWS, NAMED, OF_POSITIONS, PAGE, PENDING
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_READING
from dastak.store.postgres.replays import BY_STATE

LOOKED: tuple[object, ...] = ("mer_1", 0, 2**60, 2000, ["given_up"], "ep_1", None, None, None, [])
PAGED: tuple[object, ...] = ("mer_1", 0, 2**60, 50)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostgresHouse]:
    opened = await PostgresHouse.opened(tmp_path)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("sql", "values", "begin"),
    [
        (BY_STATE, LOOKED, BEGIN_READING),
        (PAGE.format(source=GIVEN_UP_ROWS, position="g.position"), PAGED, BEGIN_PAGING),
        (OF_POSITIONS.format(also=""), (*PAGED, [1, 2]), BEGIN_PAGING),
        (NAMED, ("mer_1", ["dlv_1"]), BEGIN_PAGING),
        (PENDING, ("mer_1", 2000), BEGIN_PAGING),
        *((sql, ("mer_1", "x"), BEGIN_PAGING) for sql in FEW_POSITIONS.values()),
    ],
)
async def test_each_row_is_looked_up_by_its_key(
    house: PostgresHouse, sql: str, values: tuple[object, ...], begin: str
) -> None:
    """A join filter instead would walk the whole log for every row: minutes in a log of a million."""

    async def explain(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> str:
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))

    plan = await house.store._engine.read(explain, begin=begin)
    assert "Join Filter" not in plan
    assert "Seq Scan" not in plan
