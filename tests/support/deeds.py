"""What the audit log of a running server says, read from its file beside it.

In: a server on SQLite. Out: entries, as they are kept.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from support.server import RunningServer


class Noted(NamedTuple):
    """One entry."""

    actor: str
    deed: str
    subject: str
    details: Mapping[str, str]


class DeedLog:
    """One merchant's log: what is new in it since the last look."""

    def __init__(self, server: RunningServer, merchant: int = 0) -> None:
        self._path = server.data_dir / "dastak.db"
        self._merchant_id = server.merchants[merchant].id
        self._seen = 0
        self.new()

    def new(self) -> list[Noted]:
        """The entries since then, oldest first."""
        database = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            rows = database.execute(
                "SELECT sequence, actor, deed, subject, details FROM audit_entries"
                " WHERE merchant_id = ? AND sequence > ? ORDER BY sequence",
                (self._merchant_id, self._seen),
            ).fetchall()
        finally:
            database.close()
        self._seen = rows[-1][0] if rows else self._seen
        return [Noted(actor, deed, subject, json.loads(details)) for _, actor, deed, subject, details in rows]
