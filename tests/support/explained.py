"""An engine that has every statement explained as it runs: what was planned, and what of that was executed.

In: statements of the store, with the values and settings they really come with. Out: their plans. Each is run once under
EXPLAIN ANALYZE and taken back, and then really. Called by tests.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

import asyncpg

from dastak.store.postgres.engine import BEGIN, BEGIN_READING, Connection, Engine

T = TypeVar("T")

EXPLAINABLE = ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Ran:
    """One statement, once."""

    sql: str
    values: tuple[Any, ...]
    plan: dict[str, Any]


class ExplainedEngine(Engine):
    """For tests: `ran` is every statement since it was made, in order."""

    ran: list[Ran]

    async def write(self, work: Callable[[Connection], Awaitable[T]], *, begin: str = BEGIN, writes: int = 1) -> T:
        return await super().write(lambda connection: work(self._explained(connection)), begin=begin, writes=writes)

    async def read(self, work: Callable[[Connection], Awaitable[T]], *, begin: str = BEGIN_READING) -> T:
        return await super().read(lambda connection: work(self._explained(connection)), begin=begin)

    async def rows(self, sql: str, *values: object, begin: str = BEGIN_READING) -> list[asyncpg.Record]:
        return await self.read(lambda connection: connection.fetch(sql, *values), begin=begin)

    def _explained(self, connection: Connection) -> Connection:
        return cast("Connection", _Explained(connection, self.ran))


class _Explained:
    _types: ClassVar[dict[str, list[str]]] = {}

    def __init__(self, connection: Connection, ran: list[Ran]) -> None:
        self._connection = connection
        self._ran = ran

    async def fetch(self, sql: str, *values: object) -> object:
        await self._explain(sql, values)
        return await self._connection.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> object:
        await self._explain(sql, values)
        return await self._connection.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> object:
        await self._explain(sql, values)
        return await self._connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> object:
        await self._explain(sql, values)
        return await self._connection.execute(sql, *values)

    async def executemany(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        await self._connection.executemany(sql, rows)

    async def copy_to_table(self, table: str, **how: Any) -> object:
        return await self._connection.copy_to_table(table, **how)

    async def _explain(self, sql: str, values: tuple[object, ...]) -> None:
        """As a prepared statement, so that it is planned with the settings and the generic plan that it asks for."""
        if not sql.lstrip().startswith(EXPLAINABLE):
            return
        types = await self._types_of(sql)
        texts = ", ".join(f"quote_nullable((${at}::{type_})::text)" for at, type_ in enumerate(types, start=1))
        quoted = list(await self._connection.fetchrow(f"SELECT {texts}", *values) or ()) if types else []
        of, given = (f"({', '.join(some)})" if some else "" for some in (types, quoted))
        await self._connection.execute(f"SAVEPOINT explained; PREPARE asked {of} AS {sql}")
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE asked{given}"
        (explained,) = json.loads(await self._connection.fetchval(explain))
        await self._connection.execute("ROLLBACK TO SAVEPOINT explained; DEALLOCATE asked")
        self._ran.append(Ran(sql, values, explained["Plan"]))

    async def _types_of(self, sql: str) -> list[str]:
        if sql not in self._types:
            parameters = (await self._connection.prepare(sql)).get_parameters()
            self._types[sql] = [type_.name for type_ in parameters]
        return self._types[sql]
