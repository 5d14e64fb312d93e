"""Members as rows of either database, and back.

In: values of `accounts.member`, or a row by column name. Out: sealed bytes, or values. Both stores use it.
"""

import json

from dastak.accounts.member import Member, Role
from dastak.accounts.person import same_address
from dastak.store.instant import from_us
from dastak.store.records import dump
from dastak.store.sign_in_rows import Kind, Row
from dastak.store.vault import Vault


def email_digests(vault: Vault, merchant_id: str, email: str) -> list[bytes]:
    """By what a member is found, under every key; the first one is what is written."""
    return vault.digests(f"member/{merchant_id}/{same_address(email)}")


def sealed_member(vault: Vault, member: Member) -> bytes:
    """Who a member is: all that the row's own columns do not say."""
    value = {"name": member.name, "email": member.email}
    return vault.seal(dump(value), f"member/{member.merchant_id}/{member.id}")


def member_from(vault: Vault, row: Row) -> Member:
    """The member of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"member/{row['merchant_id']}/{row['id']}"))
    return Member(
        id=row["id"],
        merchant_id=row["merchant_id"],
        name=value["name"],
        email=value["email"],
        role=Role(row["role"]),
        since=from_us(row["created_at"]),
        updated_at=from_us(row["updated_at"]),
        active=bool(row["active"]),
        version=row["version"],
    )


MEMBERS: Kind[Member] = Kind("member", member_from)
