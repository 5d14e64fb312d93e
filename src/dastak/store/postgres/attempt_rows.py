"""Rows of `attempts` as a binary COPY carries them.

In: finished attempts with their sealed boxes. Out: the bytes of one COPY, and the COPY itself. `settlement` calls it
for every batch: it costs the database and us a third of what an INSERT over arrays does.

Format: PostgreSQL documentation, COPY, "Binary Format". All numbers are big-endian; a length of -1 is NULL.
"""

import struct
from collections.abc import AsyncIterator, Iterable
from functools import lru_cache
from typing import Final

from dastak.store.instant import to_us
from dastak.store.postgres.engine import Connection
from dastak.webhooks.delivery import Settled

TABLE: Final = "attempts"
COLUMNS: Final = (
    "merchant_id",
    "delivery_position",
    "number",
    "started_at",
    "ended_at",
    "status",
    "outcome",
    "reason",
    "sealed_exchange",
)
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_FIELDS = struct.pack(">h", len(COLUMNS))
_LENGTH = struct.Struct(">i")
_NUMBERS = struct.Struct(">iqiiiqiq")
"""delivery_position, number, started_at, ended_at, each behind its length."""
_NULL = _LENGTH.pack(-1)


def attempt_row(one: Settled, box: bytes) -> bytes:
    """One row; `box` is what of it is sealed."""
    claimed, verdict = one.claimed, one.verdict
    numbers = _NUMBERS.pack(8, claimed.position, 4, claimed.attempt, 8, to_us(one.started_at), 8, to_us(one.ended_at))
    begins = _beginning(claimed.endpoint.merchant_id)
    middle = _ending(one.answer.status, verdict.outcome.value, verdict.reason)
    return b"".join((begins, numbers, middle, _LENGTH.pack(len(box)), box))


async def copy_attempts(connection: Connection, rows: Iterable[bytes]) -> None:
    """Add them within the caller's transaction."""
    source = _at_once(b"".join((_HEADER, *rows, _TRAILER)))
    await connection.copy_to_table(TABLE, source=source, columns=COLUMNS, format="binary")


async def _at_once(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


@lru_cache(maxsize=1024)
def _beginning(merchant_id: str) -> bytes:
    return _FIELDS + _text(merchant_id)


@lru_cache(maxsize=1024)
def _ending(status: int | None, outcome: str, reason: str) -> bytes:
    """Answers of a crowd are alike."""
    number = _NULL if status is None else _LENGTH.pack(4) + _LENGTH.pack(status)
    return number + _text(outcome) + _text(reason)


def _text(value: str) -> bytes:
    raw = value.encode()
    return _LENGTH.pack(len(raw)) + raw
