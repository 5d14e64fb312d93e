"""How people sign in, and their sessions, as rows of either database, and back; operators and members alike.

In: values of `accounts`, or a row by column name. Out: sealed bytes, or values. Both stores use it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from dastak.accounts.person import Person
from dastak.accounts.session import Mail, Session
from dastak.accounts.sign_in import SignIn
from dastak.journeys.happening import Message
from dastak.store.instant import from_us
from dastak.store.records import dump
from dastak.store.vault import Vault

EMAIL = "email"
"""A value of `notices.notice.Channel`."""


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, column: str, /) -> Any: ...


P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """Whose sign-ins a pair of tables holds."""

    name: str
    """`operator` or `member`: begins the names of the tables, and what sealed bytes are bound to."""
    person_from: Callable[[Vault, Row], P]


def sealed_sign_in(vault: Vault, kind: str, kept: SignIn) -> bytes:
    """Everything of a sign-in, but for what the row's own columns say."""
    value = {
        "operator_id": kept.person_id,
        "digest": kept.digest,
        "expires_at": kept.expires_at.isoformat() if kept.expires_at else None,
        "wrong": kept.wrong,
        "used": kept.used,
        "sends": [at.isoformat() for at in kept.sends],
    }
    return vault.seal(dump(value), f"{kind}_sign_in/{kept.merchant_id}/{kept.place}")


def sign_in_from(vault: Vault, kind: str, row: Row) -> SignIn:
    """The sign-in of a row."""
    value = json.loads(vault.open(row["sealed_state"], f"{kind}_sign_in/{row['merchant_id']}/{row['place']}"))
    return SignIn(
        merchant_id=row["merchant_id"],
        place=row["place"],
        person_id=value["operator_id"],
        digest=value["digest"],
        expires_at=datetime.fromisoformat(value["expires_at"]) if value["expires_at"] else None,
        wrong=value["wrong"],
        used=value["used"],
        sends=tuple(datetime.fromisoformat(at) for at in value["sends"]),
        version=row["version"],
    )


def sealed_device(vault: Vault, kind: str, session: Session) -> bytes:
    """What the browser calls itself."""
    return vault.seal(session.device.encode("utf-8", "replace"), f"{kind}_session/{session.id}")


def session_from(vault: Vault, kind: str, row: Row) -> Session:
    """The session of a row."""
    return Session(
        id=row["id"],
        merchant_id=row["merchant_id"],
        person_id=row[f"{kind}_id"],
        token_digest=row["token_digest"],
        created_at=from_us(row["created_at"]),
        seen_at=from_us(row["seen_at"]),
        device=vault.open(row["sealed_device"], f"{kind}_session/{row['id']}").decode(),
        halfway=bool(row["halfway"]),
    )


def as_message(merchant_id: str, person_id: str, mail: Mail) -> Message:
    """The mail as the outbox of messages takes it."""
    return Message(
        id=mail.id,
        merchant_id=merchant_id,
        journey_id=person_id,
        channel=EMAIL,
        purpose=mail.purpose,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        created_at=mail.created_at,
        expires_at=mail.expires_at,
    )
