"""The audit log as rows of either database, and back.

In: links and heads of `accounts.audit`, or a row by column name. Out: values of statements, or links and heads. The
head is sealed: who can write to the database alone cannot make a shorter chain look whole.
"""

import json

from dastak.accounts.audit import Entry, Head, HeadForged, Link
from dastak.store.instant import from_us, to_us
from dastak.store.records import dump
from dastak.store.sign_in_rows import Row
from dastak.store.vault import Vault, VaultLocked

HEAD_BYTES = 8 + 8 + 32


def link_row(link: Link) -> tuple[object, ...]:
    """merchant_id, sequence, at, actor, deed, subject, details, previous, hash."""
    entry = link.entry
    details = dump(dict(entry.details)).decode()
    place = (entry.merchant_id, link.sequence, to_us(entry.at))
    return (*place, entry.actor, entry.deed, entry.subject, details, link.previous, link.hash)


def link_from(row: Row) -> Link:
    """The link of a row."""
    entry = Entry(
        merchant_id=row["merchant_id"],
        at=from_us(row["at"]),
        actor=row["actor"],
        deed=row["deed"],
        subject=row["subject"],
        details=json.loads(row["details"]),
    )
    return Link(entry, row["sequence"], bytes(row["previous"]), bytes(row["hash"]))


def sealed_head(vault: Vault, merchant_id: str, head: Head) -> bytes:
    """A head, for the disk."""
    value = head.sequence.to_bytes(8) + to_us(head.at).to_bytes(8, signed=True) + head.hash
    return vault.seal(value, f"audit_head/{merchant_id}")


def head_from(vault: Vault, merchant_id: str, sealed: bytes | None) -> Head:
    """A head from the disk; None: nothing was noted yet. Raises `HeadForged`."""
    if sealed is None:
        return Head()
    try:
        value = vault.open(sealed, f"audit_head/{merchant_id}")
    except VaultLocked:
        raise HeadForged(merchant_id) from None
    at = from_us(int.from_bytes(value[8:16], signed=True))
    return Head(int.from_bytes(value[:8]), value[16:HEAD_BYTES], at)
