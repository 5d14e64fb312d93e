"""Lines of `endpoint_trouble`, read and written within a caller's transaction.

In: a connection inside a transaction. Out: lines as `Trouble`s, each with the number of events told about its endpoint.
`troubles` and `endpoints` call it. Whoever changes lines locks them first, in the order of their key; whoever holds an
endpoint's row, too, has locked that before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from dastak.store.postgres.engine import Connection
from dastak.store.trouble_rows import COLUMNS, trouble_from, values
from dastak.webhooks.trouble import Trouble, cleared

MAKE = """
    INSERT INTO endpoint_trouble (merchant_id, endpoint_id) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT DO NOTHING"""
LOCK = """
    SELECT t.* FROM unnest($1::text[], $2::text[]) AS k (merchant_id, endpoint_id)
    JOIN endpoint_trouble AS t ON t.merchant_id = k.merchant_id AND t.endpoint_id = k.endpoint_id
    ORDER BY t.merchant_id, t.endpoint_id FOR UPDATE OF t"""
PUT = f"""
    UPDATE endpoint_trouble SET told = $3, {", ".join(f"{name} = ${at}" for at, name in enumerate(COLUMNS, start=4))}
    WHERE merchant_id = $1 AND endpoint_id = $2"""

Key = tuple[str, str]
"""(merchant_id, endpoint id)"""


async def lines(connection: Connection, keys: Sequence[Key]) -> Mapping[Key, tuple[Trouble, int]]:
    """What is known of these endpoints, locked; what was not known of before is made."""
    columns = ([key[0] for key in sorted(keys)], [key[1] for key in sorted(keys)])
    await connection.execute(MAKE, *columns)
    rows = await connection.fetch(LOCK, *columns)
    return {(row["merchant_id"], row["endpoint_id"]): (trouble_from(dict(row)), row["told"]) for row in rows}


async def put(connection: Connection, changed: Sequence[tuple[Trouble, int]]) -> None:
    """Replace lines, which are locked."""
    rows = [(one.merchant_id, one.endpoint_id, told, *values(one)) for one, told in changed]
    await connection.executemany(PUT, rows)


async def clear(connection: Connection, key: Key, now: datetime) -> None:
    """The endpoint was enabled."""
    trouble, told = (await lines(connection, [key]))[key]
    await put(connection, [(cleared(trouble, now), told)])


async def mark_gone(connection: Connection, key: Key, now: datetime) -> None:
    """It was disabled by a 410, which is to be told."""
    trouble, told = (await lines(connection, [key]))[key]
    await put(connection, [(replace(trouble, gone_at=now), told)])
