"""Members as rows of either database, and back.

In: values of `accounts.member`, or a row by column name. Out: sealed bytes, or values. Both stores use it.
"""

import json
from datetime import datetime

from dastak.accounts.authenticator import Authenticator
from dastak.accounts.invitation import Invitation
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


def sealed_invitation(vault: Vault, invitation: Invitation) -> bytes:
    """Whom it is for and from: all that the row's own columns do not say."""
    value = {"email": invitation.email, "invited_by": invitation.invited_by}
    return vault.seal(dump(value), f"invitation/{invitation.merchant_id}/{invitation.id}")


def invitation_from(vault: Vault, row: Row) -> Invitation:
    """The invitation of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"invitation/{row['merchant_id']}/{row['id']}"))
    return Invitation(
        id=row["id"],
        merchant_id=row["merchant_id"],
        email=value["email"],
        role=Role(row["role"]),
        invited_by=value["invited_by"],
        token_digest=row["token_digest"],
        created_at=from_us(row["created_at"]),
    )


def sealed_authenticator(vault: Vault, kept: Authenticator) -> bytes:
    """The secret and what was done with it."""
    value = {
        "secret": kept.secret,
        "since": kept.since.isoformat(),
        "last_step": kept.last_step,
        "recovery": list(kept.recovery),
        "wrong": [at.isoformat() for at in kept.wrong],
    }
    return vault.seal(dump(value), f"authenticator/{kept.merchant_id}/{kept.member_id}")


def authenticator_from(vault: Vault, row: Row) -> Authenticator:
    """The authenticator of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"authenticator/{row['merchant_id']}/{row['member_id']}"))
    return Authenticator(
        merchant_id=row["merchant_id"],
        member_id=row["member_id"],
        secret=value["secret"],
        since=datetime.fromisoformat(value["since"]),
        confirmed=bool(row["confirmed"]),
        last_step=value["last_step"],
        recovery=tuple(value["recovery"]),
        wrong=tuple(datetime.fromisoformat(at) for at in value["wrong"]),
        version=row["version"],
    )


MEMBERS: Kind[Member] = Kind("member", member_from)
