"""Operators and their presence as rows of either database, and back.

In: values of `accounts`, or a row by column name. Out: sealed bytes, or values. Both stores use it.
"""

import json
from datetime import date

from dastak.accounts.availability import Availability, Window
from dastak.accounts.operator import Operator, Presence, Role
from dastak.accounts.person import same_address
from dastak.store.instant import from_us, maybe_from_us
from dastak.store.records import dump
from dastak.store.sign_in_rows import Kind, Row
from dastak.store.vault import Vault


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


def presence_from(row: Row) -> Presence:
    """The presence of a row."""
    return Presence(
        merchant_id=row["merchant_id"],
        operator_id=row["operator_id"],
        online_since=from_us(row["online_since"]),
        last_heard=from_us(row["last_heard"]),
        device_checked_at=maybe_from_us(row["device_checked_at"]),
        last_act=maybe_from_us(row["last_act"]),
    )


OPERATORS: Kind[Operator] = Kind("operator", operator_from)
