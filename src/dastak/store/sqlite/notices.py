"""Notices in SQLite: queued in the journey's transaction, leased to the notifier. Fulfils `notices.notice.NoticeQueue`.

Recipient and words are removed from the disk as soon as a notice is sent or given up.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dastak.journeys.happening import Message
from dastak.notices.notice import Channel, ClaimedNotice, Notice, NoticeOutcome, Purpose
from dastak.store.instant import from_us, maybe_from_us, to_us
from dastak.store.records import dump
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

ADD = """
    INSERT INTO notices (merchant_id, id, journey_id, channel, purpose, state, due_at, sealed_content, created_at,
        expires_at)
    VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)"""
DUE = "SELECT * FROM notices WHERE due_at <= ? ORDER BY due_at LIMIT ?"
LEASE = "UPDATE notices SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE id = ?"
RETRY = "UPDATE notices SET due_at = ?, leased = 0, last_error = ? WHERE id = ? AND state = 'pending'"
FINISH = """
    UPDATE notices SET state = ?, due_at = NULL, leased = 0, last_error = ?, sealed_content = NULL, finished_at = ?
    WHERE id = ? AND state = 'pending'"""
NEXT_DUE = "SELECT min(due_at) AS at FROM notices WHERE due_at IS NOT NULL"
RELEASE = "UPDATE notices SET due_at = 0, leased = 0 WHERE leased = 1"


def add_messages(connection: sqlite3.Connection, vault: Vault, messages: Sequence[Message]) -> None:
    """Queue messages within the caller's transaction."""
    for message in messages:
        content = dump({"to": message.recipient, "subject": message.subject, "text": message.text})
        connection.execute(
            ADD,
            (
                message.merchant_id,
                message.id,
                message.journey_id,
                message.channel,
                message.purpose,
                to_us(message.created_at),
                vault.seal(content, f"notice/{message.id}"),
                to_us(message.created_at),
                to_us(message.expires_at),
            ),
        )


class SqliteNotices:
    """The notifier's side of one file."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def claim_notices(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[ClaimedNotice]:
        def work(connection: sqlite3.Connection) -> list[ClaimedNotice]:
            rows = connection.execute(DUE, (to_us(now), limit)).fetchall()
            connection.executemany(LEASE, [(to_us(lease_until), row["id"]) for row in rows])
            return [ClaimedNotice(self._from(row), row["attempts"] + 1) for row in rows]

        return await self._engine.write(work)

    async def settle_notices(self, outcomes: Sequence[NoticeOutcome], now: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for outcome in outcomes:
                if outcome.retry_at is not None and not outcome.sent:
                    connection.execute(RETRY, (to_us(outcome.retry_at), outcome.error, outcome.notice_id))
                else:
                    state = "sent" if outcome.sent else "given_up"
                    connection.execute(FINISH, (state, outcome.error, to_us(now), outcome.notice_id))

        await self._engine.write(work)

    async def next_notice_due(self) -> datetime | None:
        row = await self._engine.read(lambda connection: connection.execute(NEXT_DUE).fetchone())
        return maybe_from_us(row["at"])

    def _from(self, row: sqlite3.Row) -> Notice:
        content = json.loads(self._vault.open(row["sealed_content"], f"notice/{row['id']}"))
        return Notice(
            id=row["id"],
            merchant_id=row["merchant_id"],
            journey_id=row["journey_id"],
            channel=Channel(row["channel"]),
            purpose=Purpose(row["purpose"]),
            recipient=content["to"],
            subject=content["subject"],
            text=content["text"],
            created_at=from_us(row["created_at"]),
            expires_at=from_us(row["expires_at"]),
        )
