"""How a row of the log of events reads, the same in every store. Called by `history` of each."""

from typing import Any, Protocol

from dastak.store.instant import from_us
from dastak.store.vault import Vault, VaultLocked
from dastak.webhooks.log import EventRow


class Row(Protocol):
    """A row of SQLite or of PostgreSQL: columns by name."""

    def __getitem__(self, name: str, /) -> Any: ...


def opened(vault: Vault, box: bytes | None, belongs_to: str) -> bytes | None:
    """What is in the box; None when it is gone or does not open, so that the rest of a page can still be read."""
    if not box:
        return None
    try:
        return vault.open(box, belongs_to)
    except VaultLocked:
        return None


def event_from(vault: Vault, row: Row) -> EventRow:
    """One event with its body."""
    return EventRow(
        position=row["position"],
        id=row["id"],
        journey_id=row["journey_id"],
        verification_id=row["verification_id"],
        type=row["type"],
        sequence=row["sequence"],
        occurred_at=from_us(row["occurred_at"]),
        body=opened(vault, row["sealed_body"], f"event/{row['id']}"),
        trace=row["traceparent"],
    )
