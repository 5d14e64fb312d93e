"""Operators, their sign-ins and sessions as rows of either database, and back.

In: values of `accounts`, or a row by column name. Out: sealed bytes, or values. Both stores use it.
"""

import json
from datetime import date, datetime
from typing import Any, Protocol

from dastak.accounts.availability import Availability, Window
from dastak.accounts.operator import Operator, Presence, Role, same_address
from dastak.accounts.operator_session import Mail, OperatorSession
from dastak.accounts.sign_in import SignIn
from dastak.journeys.happening import Message
from dastak.store.instant import from_us, maybe_from_us
from dastak.store.records import dump
from dastak.store.vault import Vault

EMAIL, CODE = "email", "operator_code"
"""Values of `notices.notice.Channel` and `Purpose`."""


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, column: str, /) -> Any: ...


def email_digests(vault: Vault, merchant_id: str, email: str) -> list[bytes]:
    """By what an operator is found, under every key; the first one is what is written."""
    return vault.digests(f"operator/{merchant_id}/{same_address(email)}")


def sealed_operator(vault: Vault, operator: Operator) -> bytes:
    """Everything of an operator, but for what the row's own columns say."""
    value = {
        "name": operator.name,
        "email": operator.email,
        "roles": [role.value for role in operator.roles],
        "windows": [(one.weekday, one.from_minute, one.to_minute) for one in operator.availability.windows],
        "days_off": [day.isoformat() for day in operator.availability.days_off],
    }
    return vault.seal(dump(value), f"operator/{operator.merchant_id}/{operator.id}")


def operator_from(vault: Vault, row: Row) -> Operator:
    """The operator of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"operator/{row['merchant_id']}/{row['id']}"))
    windows = tuple(Window(*one) for one in value["windows"])
    return Operator(
        id=row["id"],
        merchant_id=row["merchant_id"],
        name=value["name"],
        email=value["email"],
        roles=tuple(Role(role) for role in value["roles"]),
        created_at=from_us(row["created_at"]),
        updated_at=from_us(row["updated_at"]),
        active=bool(row["active"]),
        availability=Availability(windows, tuple(date.fromisoformat(day) for day in value["days_off"])),
        version=row["version"],
    )


def sealed_sign_in(vault: Vault, kept: SignIn) -> bytes:
    """Everything of a sign-in, but for what the row's own columns say."""
    value = {
        "operator_id": kept.operator_id,
        "digest": kept.digest,
        "expires_at": kept.expires_at.isoformat() if kept.expires_at else None,
        "wrong": kept.wrong,
        "used": kept.used,
        "sends": [at.isoformat() for at in kept.sends],
    }
    return vault.seal(dump(value), f"operator_sign_in/{kept.merchant_id}/{kept.place}")


def sign_in_from(vault: Vault, row: Row) -> SignIn:
    """The sign-in of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"operator_sign_in/{row['merchant_id']}/{row['place']}"))
    return SignIn(
        merchant_id=row["merchant_id"],
        place=row["place"],
        operator_id=value["operator_id"],
        digest=value["digest"],
        expires_at=datetime.fromisoformat(value["expires_at"]) if value["expires_at"] else None,
        wrong=value["wrong"],
        used=value["used"],
        sends=tuple(datetime.fromisoformat(at) for at in value["sends"]),
        version=row["version"],
    )


def sealed_device(vault: Vault, session: OperatorSession) -> bytes:
    """What the browser calls itself."""
    return vault.seal(session.device.encode("utf-8", "replace"), f"operator_session/{session.id}")


def session_from(vault: Vault, row: Row) -> OperatorSession:
    """The session of a row."""
    return OperatorSession(
        id=row["id"],
        merchant_id=row["merchant_id"],
        operator_id=row["operator_id"],
        token_digest=row["token_digest"],
        created_at=from_us(row["created_at"]),
        seen_at=from_us(row["seen_at"]),
        device=vault.open(row["sealed_device"], f"operator_session/{row['id']}").decode(),
    )


def presence_from(row: Row) -> Presence:
    """The presence of a row."""
    return Presence(
        merchant_id=row["merchant_id"],
        operator_id=row["operator_id"],
        online_since=from_us(row["online_since"]),
        last_heard=from_us(row["last_heard"]),
        device_checked_at=maybe_from_us(row["device_checked_at"]),
    )


def as_message(merchant_id: str, operator_id: str, mail: Mail) -> Message:
    """The mail as the outbox of messages takes it."""
    return Message(
        id=mail.id,
        merchant_id=merchant_id,
        journey_id=operator_id,
        channel=EMAIL,
        purpose=CODE,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        created_at=mail.created_at,
        expires_at=mail.expires_at,
    )
