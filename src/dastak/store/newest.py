"""Lists, newest first, as SQL that both databases understand: values are `$1`, `$2` and so on.

In: conditions, where the page before ended. Out: SQL with its values, and whole pages of what opens. The questions of
each kind of journey (`case_query`, `link_query`) are made of it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from dastak.journeys.paging import Cursor
from dastak.store.instant import from_us, to_us

NEWEST_FIRST = "ORDER BY created_at DESC, id DESC"

T = TypeVar("T")
Keys = tuple[str, Sequence[object]]
"""A column, and the values of which it must have one."""


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, column: str, /) -> Any: ...


@dataclass(slots=True)
class Question:
    """SQL whose values are numbered as they are put in."""

    sql: str = ""
    values: list[Any] = field(default_factory=list)

    def put(self, value: object) -> str:
        """What stands for this value."""
        self.values.append(value)
        return f"${len(self.values)}"


def is_one_of(asked: Question, column: str, keys: Sequence[object]) -> str:
    """A condition: the column has one of these values."""
    return f"{column} IN ({', '.join(asked.put(key) for key in keys)})" if keys else "1 = 0"


def walked(
    asked: Question,
    table: str,
    narrow: Sequence[str],
    leads: Keys | None,
    after: Cursor | None,
    length: str,
    order: str = NEWEST_FIRST,
) -> Question:
    """Ask for a page along an index; several values of the leading column are as many walks, put in order together.

    Args:
        asked: what the conditions' values are in already.
        table: to look in.
        narrow: conditions of every walk.
        leads: the column that the index has before the order, None if it has none.
        after: where the page before ended.
        length: what stands for the rows wanted.
        order: of the list.
    """
    every = [*narrow]
    if after is not None:
        every.append(f"(created_at, id) < ({asked.put(to_us(after.at))}, {asked.put(after.id)})")

    def walk(*more: str) -> str:
        return f"SELECT * FROM {table} WHERE {' AND '.join((*every, *more))} {order} LIMIT {length}"

    if leads is None:
        asked.sql = walk()
        return asked
    column, keys = leads
    walks = [walk(f"{column} = {asked.put(key)}") for key in keys] or [walk("1 = 0")]
    parts = " UNION ALL ".join(f"SELECT * FROM ({one}) AS part" for one in walks)
    asked.sql = walks[0] if len(walks) == 1 else f"SELECT * FROM ({parts}) AS parts {NEWEST_FIRST} LIMIT {length}"
    return asked


async def filled(
    readable: Callable[[Sequence[Row]], Sequence[T]],
    fetch: Callable[[Cursor | None, int], Awaitable[Sequence[Row]]],
    sorted_by: str,
    after: Cursor | None,
    limit: int,
) -> Sequence[T]:
    """A page of what opens, whole unless it is the last: more is fetched in place of what does not."""
    found: list[T] = []
    while len(found) < limit:
        rows = await fetch(after, limit - len(found))
        short = len(rows) < limit - len(found)
        found += readable(rows)
        if short:
            break
        after = Cursor(from_us(rows[-1][sorted_by]), rows[-1]["id"])
    return found
