"""Which errors of SQLite mean that the disk cannot do its work now.

In: an error. Out: `StoreUnavailable` if asking again later may mend it, else the same error: a defect of ours, or a
damaged file, must not look like bad weather. The engine calls it.
"""

import sqlite3

from dastak.store.trouble import StoreUnavailable

PRIMARY = 0xFF
"""SQLite's extended codes keep the plain one in their lowest byte."""

PASSING = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""No space, a disk that fails or is guarded, no descriptor or memory left, another program that holds the file."""


def told_plainly(error: BaseException) -> BaseException:
    """The same trouble in the words that every store has."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.Error) and code is not None and code & PRIMARY in PASSING:
        return StoreUnavailable(f"{error} ({error.sqlite_errorname})")
    return error
