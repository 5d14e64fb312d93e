"""One endpoint's line in `endpoint_trouble`, read and written within a caller's transaction.

In: a connection inside a transaction. Out: the line as a `Trouble`, with the number of events told about it. `troubles`
and `endpoints` call it.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime

from dastak.store.trouble_rows import COLUMNS, trouble_from, values
from dastak.webhooks.trouble import Trouble, cleared

ONE = "SELECT * FROM endpoint_trouble WHERE merchant_id = ? AND endpoint_id = ?"
PUT = f"""
    INSERT INTO endpoint_trouble (merchant_id, endpoint_id, told, {", ".join(COLUMNS)})
    VALUES (?, ?, ?{", ?" * len(COLUMNS)})
    ON CONFLICT (merchant_id, endpoint_id) DO UPDATE SET told = excluded.told,
        {", ".join(f"{column} = excluded.{column}" for column in COLUMNS)}"""


def line(connection: sqlite3.Connection, merchant_id: str, endpoint_id: str) -> tuple[Trouble, int]:
    """What is known of the endpoint, and how many events were told about it."""
    row = connection.execute(ONE, (merchant_id, endpoint_id)).fetchone()
    return (Trouble(merchant_id, endpoint_id), 0) if row is None else (trouble_from(dict(row)), row["told"])


def put(connection: sqlite3.Connection, trouble: Trouble, told: int) -> None:
    """Replace the line."""
    connection.execute(PUT, (trouble.merchant_id, trouble.endpoint_id, told, *values(trouble)))


def clear(connection: sqlite3.Connection, merchant_id: str, endpoint_id: str, now: datetime) -> None:
    """The endpoint was enabled."""
    trouble, told = line(connection, merchant_id, endpoint_id)
    put(connection, cleared(trouble, now), told)


def mark_gone(connection: sqlite3.Connection, merchant_id: str, endpoint_id: str, now: datetime) -> None:
    """It was disabled by a 410, which is to be told."""
    trouble, told = line(connection, merchant_id, endpoint_id)
    put(connection, replace(trouble, gone_at=now), told)
