"""The whole of receiving a webhook, on the receiver kit. This is the part to copy into your own service.

In: the database in which the effects are written, and what verifies. Out: the inbox that keeps what arrives, what
answers each POST, and the worker behind it.

1. The signature is checked over the bytes as they came, before anything parses them.
2. The event, its effect and the note that it is done are committed in one transaction, at most once (`ledger.act`).
3. Only then comes the 200: a 200 means "you can forget it". What fails is tried again from the inbox, by `work`.
"""

import logging
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

from dastak_sdk import Event
from dastak_sdk.inbox import Inbox, Outcome, Receipt, SqliteStore
from dastak_sdk.inbox.reconcile import Sender, fetch_missing
from dastak_sdk.reception import Reception, Verifies

from .keyring import Keyring
from .ledger import act, count_duplicate, note
from .live import Bell

log = logging.getLogger("sample_merchant")

PATIENCE = timedelta(seconds=30)
"""How long an event waits for one before it that neither comes nor can be fetched."""

PAUSE_SECONDS = 0.5


class MerchantInbox(Inbox[sqlite3.Connection]):
    """An inbox that counts the duplicates it drops, for the page."""

    def receive(self, event: Event, *, pulled: bool = False) -> Receipt:
        """Keep and handle an event, as any inbox does."""
        receipt = super().receive(event, pulled=pulled)
        if receipt.outcome is Outcome.DUPLICATE and not pulled:
            with self.store.transaction() as transaction:
                count_duplicate(transaction.handle, receipt.key)
        return receipt


def open_inbox(database: Path) -> MerchantInbox:
    """Open the inbox in the merchant's own database."""
    store = SqliteStore(database)
    store.create_tables()
    return MerchantInbox(store, on_late=note, on_unknown=note, patience=PATIENCE)


def open_reception(inbox: MerchantInbox, verifier: Verifies) -> Reception:
    """Join the two. With FastAPI, Flask, Django … it is `@webhook(receiver, inbox=inbox)` above `act`."""
    return Reception(verifier, act, inbox=inbox)


def work(inbox: MerchantInbox, keyring: Keyring, api: str, bell: Bell, stop: threading.Event) -> None:
    """Try again what failed, and fetch what is missing, until told to stop."""
    while not stop.wait(PAUSE_SECONDS):
        try:
            if _fetched(inbox, keyring, api) + inbox.work():
                bell.ring()
        except sqlite3.Error:
            log.exception("the inbox could not be worked on")


def _fetched(inbox: MerchantInbox, keyring: Keyring, api: str) -> int:
    keys = keyring.keys()
    if not keys.client_id or not inbox.gaps(1):
        return 0
    try:
        return fetch_missing(inbox, Sender(api, keys.client_id, keys.client_secret)).missing
    except OSError:
        return 0  # Dastak is away: its own retries bring what is missing, or patience ends
