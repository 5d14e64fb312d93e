"""Consents in SQLite: written within the transaction that moves the journey."""

import sqlite3

from dastak.journeys.happening import Consent
from dastak.store.instant import to_us
from dastak.store.vault import Vault

ADD = """
    INSERT INTO consents (merchant_id, journey_id, purpose, text_sha256, given_at, sealed_client_ip)
    VALUES (?, ?, ?, ?, ?, ?)"""


def add_consent(connection: sqlite3.Connection, vault: Vault, consent: Consent) -> None:
    """Keep the proof within the caller's transaction."""
    sealed = vault.seal(consent.client_ip.encode(), f"consent/{consent.journey_id}")
    head = (consent.merchant_id, consent.journey_id, consent.purpose, consent.text_sha256)
    connection.execute(ADD, (*head, to_us(consent.given_at), sealed))
