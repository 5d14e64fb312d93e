"""Notices in PostgreSQL: queued in the journey's transaction, leased to a notifier. Fulfils `NoticeQueue`.

Recipient and words are removed from the disk as soon as a notice is sent or given up.
"""

import json
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from dastak.journeys.happening import Message
from dastak.notices.notice import Channel, ClaimedNotice, Notice, NoticeOutcome, Purpose
from dastak.store.instant import from_us, maybe_from_us, to_us
from dastak.store.postgres.engine import BEGIN_PLANNED, Connection, Engine
from dastak.store.records import dump
from dastak.store.vault import Vault

ADD = """
    INSERT INTO notices (merchant_id, id, journey_id, channel, purpose, state, due_at, sealed_content, created_at,
        expires_at)
    SELECT a.merchant_id, a.id, a.journey_id, a.channel, a.purpose, 'pending', a.created_at, a.sealed_content,
        a.created_at, a.expires_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bigint[], $8::bigint[])
        AS a (merchant_id, id, journey_id, channel, purpose, sealed_content, created_at, expires_at)"""
CLAIM = """
    UPDATE notices AS n SET due_at = $2, attempts = attempts + 1
    FROM (
        SELECT merchant_id, id FROM notices WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE n.merchant_id = due.merchant_id AND n.id = due.id
    RETURNING n.*"""
RETRY = """
    UPDATE notices AS n SET due_at = r.at, last_error = r.error
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS r (merchant_id, id, at, error)
    WHERE n.merchant_id = r.merchant_id AND n.id = r.id AND n.state = 'pending'"""
FINISH = """
    UPDATE notices AS n SET state = f.state, due_at = NULL, last_error = f.error, sealed_content = NULL,
        finished_at = $5
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS f (merchant_id, id, state, error)
    WHERE n.merchant_id = f.merchant_id AND n.id = f.id AND n.state = 'pending'"""
NEXT_DUE = "SELECT due_at FROM notices WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"


async def add_messages(connection: Connection, vault: Vault, messages: Sequence[Message]) -> None:
    """Queue messages within the caller's transaction."""
    if messages:
        await connection.execute(
            ADD,
            [message.merchant_id for message in messages],
            [message.id for message in messages],
            [message.journey_id for message in messages],
            [message.channel for message in messages],
            [message.purpose for message in messages],
            [_sealed(vault, message) for message in messages],
            [to_us(message.created_at) for message in messages],
            [to_us(message.expires_at) for message in messages],
        )


class PostgresNotices:
    """The notifier's side of one database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def claim_notices(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[ClaimedNotice]:
        values = (to_us(now), to_us(lease_until), limit)
        rows = await self._engine.write(lambda connection: connection.fetch(CLAIM, *values))
        in_order = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
        return [ClaimedNotice(self._from(row), row["attempts"]) for row in in_order]

    async def settle_notices(self, outcomes: Sequence[NoticeOutcome], now: datetime) -> None:
        again = [one for one in outcomes if one.retry_at is not None and not one.sent]
        ended = [one for one in outcomes if one.retry_at is None or one.sent]

        async def work(connection: Connection) -> None:
            if again:
                times = [to_us(one.retry_at) for one in again if one.retry_at is not None]
                errors = [one.error for one in again]
                await connection.execute(RETRY, *_keys(again), times, errors)
            if ended:
                states = ["sent" if one.sent else "given_up" for one in ended]
                errors = [one.error for one in ended]
                await connection.execute(FINISH, *_keys(ended), states, errors, to_us(now))

        await self._engine.write(work, begin=BEGIN_PLANNED)

    async def next_notice_due(self) -> datetime | None:
        return maybe_from_us(await self._engine.read(lambda connection: connection.fetchval(NEXT_DUE)))

    def _from(self, row: asyncpg.Record) -> Notice:
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


def _keys(outcomes: Sequence[NoticeOutcome]) -> tuple[list[str], list[str]]:
    return [one.merchant_id for one in outcomes], [one.notice_id for one in outcomes]


def _sealed(vault: Vault, message: Message) -> bytes:
    content = dump({"to": message.recipient, "subject": message.subject, "text": message.text})
    return vault.seal(content, f"notice/{message.id}")
