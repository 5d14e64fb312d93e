"""Merchants and their keys as rows of both databases, and back.

In: a merchant, or rows with the vault that opens them. Out: the values of statements, or the merchant.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Protocol

from dastak.accounts.merchant import ApiKey, Brand, Merchant, OwnWords
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.records import contacts_from, contacts_value
from dastak.store.vault import Vault


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, name: str, /) -> Any: ...


def key_row(vault: Vault, merchant_id: str, key: ApiKey) -> tuple[object, ...]:
    """merchant_id, client_id, sealed_secret, created_at, revoked_at, label, ends_at, successor, last_used_at."""
    return (
        merchant_id,
        key.client_id,
        vault.seal(key.client_secret.encode(), f"api_key/{key.client_id}"),
        to_us(key.created_at),
        maybe_us(key.revoked_at),
        key.label,
        maybe_us(key.ends_at),
        key.successor,
        maybe_us(key.last_used_at),
    )


def key_from(vault: Vault, row: Row) -> ApiKey:
    """The key of a row."""
    return ApiKey(
        row["client_id"],
        vault.open(row["sealed_secret"], f"api_key/{row['client_id']}").decode(),
        from_us(row["created_at"]),
        maybe_from_us(row["revoked_at"]),
        row["label"],
        maybe_from_us(row["ends_at"]),
        row["successor"],
        maybe_from_us(row["last_used_at"]),
    )


def merchant_from(vault: Vault, row: Row, keys: Iterable[ApiKey]) -> Merchant:
    """The merchant of a row."""
    sealed = row["sealed_contacts"]
    return Merchant(
        row["id"],
        row["name"],
        tuple(keys),
        from_us(row["created_at"]),
        () if sealed is None else contacts_from(vault.open(sealed, f"contacts/{row['id']}")),
        row["signing_client_id"],
        row["version"],
        row["time_zone"],
        *shown_from(row["shown"]),
    )


def shown_value(merchant: Merchant) -> str:
    """Brand and own words, for the column `shown`."""
    words = {kind: asdict(own) for kind, own in merchant.words.items()}
    return json.dumps({"brand": asdict(merchant.brand), "words": words}, ensure_ascii=False)


def shown_from(text: str) -> tuple[Brand, dict[str, OwnWords]]:
    """The same again; what a newer release wrote besides is passed over."""
    value = json.loads(text)
    brand, words = value.get("brand", {}), value.get("words", {})
    return (
        Brand(brand.get("colour", ""), brand.get("logo", ""), brand.get("support", "")),
        {kind: OwnWords(own["subject"], own["text"]) for kind, own in words.items()},
    )


def sealed_contacts(vault: Vault, merchant_id: str, contacts: tuple[str, ...]) -> bytes:
    """A merchant's contacts, for the disk."""
    return vault.seal(contacts_value(contacts), f"contacts/{merchant_id}")
