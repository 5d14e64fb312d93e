"""Exactly-once effects for received webhooks: a durable inbox in the database that your effects write to.

In: events that `Receiver.verify` returned. Out: your effect, once per event, in the order of each journey. The core and
the store for SQLite are standard library only.
"""

from dastak_sdk.inbox.inbox import DEFAULT_LEASE, DEFAULT_PATIENCE, DEFAULT_RETRIES, Inbox
from dastak_sdk.inbox.record import Record, State
from dastak_sdk.inbox.schema import SCHEMA
from dastak_sdk.inbox.sqlite import SqliteStore
from dastak_sdk.inbox.store import InboxError, Store, Transaction
from dastak_sdk.inbox.turns import Effect, Outcome, Receipt

__all__ = [
    "DEFAULT_LEASE",
    "DEFAULT_PATIENCE",
    "DEFAULT_RETRIES",
    "SCHEMA",
    "Effect",
    "Inbox",
    "InboxError",
    "Outcome",
    "Receipt",
    "Record",
    "SqliteStore",
    "State",
    "Store",
    "Transaction",
]
