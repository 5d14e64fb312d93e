"""PostgreSQL finds rows by their keys, also before it has any statistics of the tables."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from conformance.house import PostgresHouse
from dastak.store.postgres.audit import LIST as AUDIT_LIST
from dastak.store.postgres.audit import WITHOUT_READING
from dastak.store.postgres.browsing import GIVEN_UP_ROWS, NAMED, OF_POSITIONS, PAGE, PENDING
from dastak.store.postgres.deliveries import PUT_OFF, RELEASE
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_PLANNED, BEGIN_READING
from dastak.store.postgres.history import FEW_POSITIONS, _deliveries_of
from dastak.store.postgres.lane import CHOOSE, LOCK
from dastak.store.postgres.replays import ASK_AGAIN, BY_STATE
from dastak.store.postgres.settlement import FINISH, WAIT
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryFilter

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
    plan = await explained(house, sql, values, begin)
    assert "Join Filter" not in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("state", [None, *DeliveryState])
async def test_deliveries_of_one_case_are_found_without_walking_the_log(
    house: PostgresHouse, state: DeliveryState | None
) -> None:
    sql, _ = _deliveries_of(DeliveryFilter(verification_id="v-1", state=state), first=5, are_few=True)
    plan = await explained(house, sql, ("mer_1", 0, 50, [1, 2], "v-1"), BEGIN_PAGING)
    assert '("position" = p."position")' in plan
    assert re.search(r"Index Cond: \(lane = \w+.lane\)", plan), plan
    assert set(re.findall(r"Join Filter: (.*)", plan)) <= {"(d.state = 'open'::text)"}, plan
    assert "Seq Scan" not in plan


async def test_the_audit_log_without_reading_is_read_from_its_own_index(house: PostgresHouse) -> None:
    """In a log of a million readings the others would be walked for otherwise."""
    sql = f"{AUDIT_LIST} AND sequence < $2{WITHOUT_READING} ORDER BY sequence DESC LIMIT 51"
    plan = await explained(house, sql, ("mer_1", 10**6), BEGIN_PAGING)
    assert "Index Scan Backward using audit_entries_without_reading" in plan


MANY = 50


def _values(sql: str, plain: object) -> tuple[object, ...]:
    """Long arrays for the parameters that are arrays, `plain` for the others."""
    casts = dict(re.findall(r"\$(\d+)((?:::text)?::\w+\[\])", sql))
    numbers = sorted({int(number) for number in re.findall(r"\$(\d+)", sql)})
    nothing = ",".join(["NULL"] * MANY)

    def value(cast: str) -> object:
        if not cast:
            return plain
        return f"{{{nothing}}}" if cast.startswith("::text::") else [None] * MANY

    return tuple(value(casts.get(str(number), "")) for number in numbers)


@pytest.mark.parametrize(
    ("sql", "plain"),
    [
        *((sql, None) for sql in (LOCK, CHOOSE, FINISH, WAIT, PUT_OFF, RELEASE)),
        (ASK_AGAIN, "mer_1"),
    ],
)
async def test_a_lane_is_looked_up_also_when_the_queue_was_empty_at_the_last_look(
    house: PostgresHouse, sql: str, plain: object
) -> None:
    """An empty queue costs nothing to walk, so it is planned: and walked for every lane when a backlog has come."""
    await house.store._engine.write(lambda connection: connection.execute("ANALYZE queue"), begin=BEGIN_PLANNED)
    plan = await explained(house, sql, _values(sql, plain), BEGIN_PLANNED)
    looks = re.findall(r"Index Scan using queue_lane on queue.*\n(.*)", plan)
    assert looks
    assert all("Index Cond: (" in look and "(lane = " in look for look in looks), plan
    assert "Seq Scan" not in plan


async def explained(house: PostgresHouse, sql: str, values: tuple[object, ...], begin: str) -> str:
    async def explain(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> str:
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))

    return await house.store._engine.read(explain, begin=begin)
