"""Records finished attempts and what they mean, many at a time, and frees the lanes behind them.

In: a connection inside a transaction, settlements in the order of lanes. Out: rows in `attempts`, fewer rows in
`queue`, and changes in `deliveries` for all but successes. `deliveries` calls it.
"""

from collections.abc import Sequence
from datetime import datetime

from dastak.store.instant import maybe_us, to_us
from dastak.store.postgres.array_text import flags, names, numbers
from dastak.store.postgres.attempt_rows import attempt_row, copy_attempts
from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import Connection
from dastak.store.postgres.lane import Lane, choose_heads
from dastak.store.postgres.told import told
from dastak.store.vault import Vault
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.verdict import Outcome

RECORDED = """
    SELECT a.delivery_position, a.number
    FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[]) AS s (merchant_id, position, number, started_at)
    JOIN attempts AS a ON a.delivery_position = s.position AND a.number = s.number AND a.started_at = s.started_at
        AND a.merchant_id = s.merchant_id"""

FINISH = """
    DELETE FROM queue AS q USING unnest($1::text::text[], $2::text::bigint[], $3::text::bigint[], $4::text::integer[],
            $5::text::boolean[])
        AS s (merchant_id, lane, position, attempt, delivered)
    WHERE q.lane = ANY(ARRAY[s.lane]) AND q.position = s.position AND q.merchant_id = s.merchant_id
        AND (s.delivered OR q.attempts = s.attempt OR q.attempts = s.attempt - 1 AND q.leased_by IS NULL)
    RETURNING q.position, q.attempts"""
"""A success counts also after the lease ran out and the row was claimed again: it did arrive. An outcome counts, too,
when the database died and forgot the lease, for which it does not wait for the disk."""
GIVE_UP = """
    WITH given AS (
        UPDATE deliveries AS d SET finished_at = $6, attempts = s.attempt, last_status = s.status,
            last_reason = s.reason, state = CASE WHEN EXISTS (
                SELECT 1 FROM attempts AS a WHERE a.delivery_position = s.position AND a.outcome = 'delivered'
                    AND a.merchant_id = s.merchant_id
            ) THEN 'open' ELSE 'given_up' END
        FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::text[])
            AS s (merchant_id, position, attempt, status, reason)
        WHERE d.merchant_id = s.merchant_id AND d.position = s.position
        RETURNING d.merchant_id, d.position, d.state
    )
    INSERT INTO given_up (merchant_id, position)
    SELECT merchant_id, position FROM given WHERE state = 'given_up' ON CONFLICT DO NOTHING"""
"""A resend that fails to the end does not undo that the event was delivered before."""
COUNT_ON = """
    UPDATE deliveries AS d SET attempts = s.attempts FROM unnest($1::text[], $2::bigint[], $3::integer[])
        AS s (merchant_id, position, attempts)
    WHERE d.merchant_id = s.merchant_id AND d.position = s.position"""
"""Another attempt was under way when an earlier one turned out to have succeeded."""
WAIT = """
    WITH waiting AS (
        UPDATE queue AS q SET not_before = s.not_before, due_at = NULL, leased_by = NULL, lease_until = NULL,
            attempts = s.attempt, failures = q.failures + s.failed
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::text[], $7::bigint[],
            $8::integer[]) AS s (merchant_id, lane, position, attempt, status, reason, not_before, failed)
        WHERE q.lane = ANY(ARRAY[s.lane]) AND q.position = s.position AND q.merchant_id = s.merchant_id
            AND (q.attempts = s.attempt OR q.attempts = s.attempt - 1 AND q.leased_by IS NULL)
        RETURNING q.merchant_id, q.position, q.attempts, s.status, s.reason
    )
    UPDATE deliveries AS d SET last_status = w.status, last_reason = w.reason, attempts = w.attempts
    FROM waiting AS w WHERE d.merchant_id = w.merchant_id AND d.position = w.position"""


class Settlement:
    """Writes attempts and their meaning."""

    def __init__(self, vault: Vault, endpoints: PostgresEndpoints) -> None:
        self._vault = vault
        self._endpoints = endpoints

    def rows(self, settled: Sequence[Settled]) -> list[bytes]:
        """The rows of the attempts, sealed; made before a transaction is open."""
        boxes = self._vault.seal_all([(told(one), _place(one.claimed)) for one in settled])
        return [attempt_row(one, box) for one, box in zip(settled, boxes, strict=True)]

    async def unrecorded(self, connection: Connection, settled: Sequence[Settled]) -> list[Settled]:
        """Those that no earlier transaction has recorded: the answer to its commit may have been lost."""
        claimed = [one.claimed for one in settled]
        rows = await connection.fetch(
            RECORDED,
            [one.endpoint.merchant_id for one in claimed],
            [one.position for one in claimed],
            [one.attempt for one in claimed],
            [to_us(one.started_at) for one in settled],
        )
        recorded = {(row["delivery_position"], row["number"]) for row in rows}
        return [one for one in settled if (one.claimed.position, one.claimed.attempt) not in recorded]

    async def record(
        self, connection: Connection, settled: Sequence[Settled], rows: Sequence[bytes], now: datetime
    ) -> None:
        """Record them all within the caller's transaction."""
        ended = [one for one in settled if one.verdict.outcome in (Outcome.DELIVERED, Outcome.GIVEN_UP)]
        waiting = [one for one in settled if one.verdict.outcome in (Outcome.RETRY, Outcome.GONE)]
        await copy_attempts(connection, rows)
        if ended:
            await self._finish(connection, ended, to_us(now))
        if waiting:
            await self._wait(connection, waiting)
        lanes = {one.claimed.lane: Lane(one.claimed.endpoint.merchant_id, one.claimed.lane) for one in settled}
        await choose_heads(connection, list(lanes.values()), to_us(now))
        gone = {(one.claimed.endpoint.merchant_id, one.claimed.endpoint.id) for one in waiting if _is_gone(one)}
        if gone:
            await self._endpoints.disable_gone(connection, gone, now)

    async def _finish(self, connection: Connection, ended: Sequence[Settled], now: int) -> None:
        delivered = [one.verdict.outcome is Outcome.DELIVERED for one in ended]
        merchant_ids, *columns = _columns(ended)
        keys = (names(merchant_ids), *map(numbers, columns))
        rows = await connection.fetch(FINISH, *keys, flags(delivered))
        final = {row["position"]: row["attempts"] for row in rows}
        mine = [one.claimed for one in ended if one.claimed.position in final]
        given_up = [
            one for one, arrived in zip(ended, delivered, strict=True) if not arrived and one.claimed.position in final
        ]
        if given_up:
            await connection.execute(GIVE_UP, *_reasons(given_up), now)
        overtaken = [one for one in mine if final[one.position] > one.attempt]
        if overtaken:
            merchants, positions = [one.endpoint.merchant_id for one in overtaken], [one.position for one in overtaken]
            await connection.execute(COUNT_ON, merchants, positions, [final[at] for at in positions])

    async def _wait(self, connection: Connection, waiting: Sequence[Settled]) -> None:
        not_before = [maybe_us(one.verdict.retry_at) or 0 for one in waiting]
        failed = [0 if _is_gone(one) else 1 for one in waiting]
        statuses, reasons = [one.answer.status for one in waiting], [one.verdict.reason for one in waiting]
        await connection.execute(WAIT, *_columns(waiting), statuses, reasons, not_before, failed)


def _place(claimed: Claimed) -> str:
    """Where an attempt's box belongs."""
    return f"attempt/{claimed.position}/{claimed.attempt}"


def _is_gone(one: Settled) -> bool:
    return one.verdict.outcome is Outcome.GONE


def _columns(settled: Sequence[Settled]) -> tuple[list[str], list[int], list[int], list[int]]:
    claimed = [one.claimed for one in settled]
    return (
        [one.endpoint.merchant_id for one in claimed],
        [one.lane for one in claimed],
        [one.position for one in claimed],
        [one.attempt for one in claimed],
    )


def _reasons(settled: Sequence[Settled]) -> tuple[list[object], ...]:
    return (
        [one.claimed.endpoint.merchant_id for one in settled],
        [one.claimed.position for one in settled],
        [one.claimed.attempt for one in settled],
        [one.answer.status for one in settled],
        [one.verdict.reason for one in settled],
    )
