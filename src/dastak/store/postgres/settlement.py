"""Records finished attempts and what they mean, many at a time, and frees the lanes behind them.

In: a connection inside a transaction, settlements in the order of the queue's key. Out: rows in `attempts`, changes in
`queue` and `deliveries`. `deliveries` calls it.
"""

from collections.abc import Sequence
from datetime import datetime

from dastak.store.instant import maybe_us, to_us
from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import Connection
from dastak.store.postgres.lane import Lane, choose_heads
from dastak.store.records import exchange
from dastak.store.vault import Vault
from dastak.webhooks.delivery import Settled
from dastak.webhooks.verdict import Outcome

ADD_ATTEMPTS = """
    INSERT INTO attempts (merchant_id, delivery_position, number, started_at, ended_at, outcome, reason, stage, status,
        address, resolved_us, connected_us, tls_us, first_byte_us, total_us, answer_truncated, sealed_exchange)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::integer[], $10::text[], $11::integer[], $12::integer[], $13::integer[], $14::integer[],
        $15::integer[], $16::boolean[], $17::bytea[])"""

_KEYS = """unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[], $5::integer[], $6::integer[], $7::text[],
    {more}) AS s (merchant_id, lane, sequence, position, attempt, status, reason, {names})"""
_SAME_ROW = """q.lane = s.lane AND q.sequence = s.sequence AND q.position = s.position
    AND q.merchant_id = s.merchant_id"""

FINISH = f"""
    WITH ended AS (
        DELETE FROM queue AS q USING {_KEYS.format(more="$8::boolean[]", names="delivered")}
        WHERE {_SAME_ROW} AND (q.attempts = s.attempt OR s.delivered AND q.attempts > s.attempt)
        RETURNING q.merchant_id, q.position, q.attempts, s.delivered, s.status, s.reason
    )
    UPDATE deliveries AS d SET finished_at = $9, last_status = e.status, last_reason = e.reason, attempts = e.attempts,
        arrived = d.arrived OR e.delivered,
        state = CASE WHEN e.delivered OR d.arrived THEN 'delivered' ELSE 'given_up' END
    FROM ended AS e WHERE d.merchant_id = e.merchant_id AND d.position = e.position
    RETURNING d.position"""
"""A success counts also after the lease ran out and the row was claimed again: it did arrive. A resend that fails to
the end does not undo that the event was delivered before."""
LIST_GIVEN_UP = """
    INSERT INTO given_up (merchant_id, position)
    SELECT d.merchant_id, d.position FROM unnest($1::text[], $2::bigint[]) AS g (merchant_id, position)
    JOIN deliveries AS d ON d.merchant_id = g.merchant_id AND d.position = g.position
    WHERE d.state = 'given_up' ON CONFLICT DO NOTHING"""
ARRIVED_LATE = """
    UPDATE deliveries AS d SET arrived = true FROM unnest($1::text[], $2::bigint[]) AS l (merchant_id, position)
    WHERE d.merchant_id = l.merchant_id AND d.position = l.position AND NOT d.arrived"""
WAIT = f"""
    WITH waiting AS (
        UPDATE queue AS q SET not_before = s.not_before, due_at = NULL, leased_by = NULL,
            failures = q.failures + s.failed
        FROM {_KEYS.format(more="$8::bigint[], $9::integer[]", names="not_before, failed")}
        WHERE {_SAME_ROW} AND q.attempts = s.attempt
        RETURNING q.merchant_id, q.position, q.attempts, s.status, s.reason
    )
    UPDATE deliveries AS d SET last_status = w.status, last_reason = w.reason, attempts = w.attempts
    FROM waiting AS w WHERE d.merchant_id = w.merchant_id AND d.position = w.position"""

Row = tuple[object, ...]


class Settlement:
    """Writes attempts and their meaning."""

    def __init__(self, vault: Vault, endpoints: PostgresEndpoints) -> None:
        self._vault = vault
        self._endpoints = endpoints

    def rows(self, settled: Sequence[Settled]) -> list[Row]:
        """The rows of the attempts, sealed; made before a transaction is open."""
        return [self._row(one) for one in settled]

    async def record(
        self, connection: Connection, settled: Sequence[Settled], rows: Sequence[Row], now: datetime
    ) -> None:
        """Record them all within the caller's transaction."""
        ended = [one for one in settled if one.verdict.outcome in (Outcome.DELIVERED, Outcome.GIVEN_UP)]
        waiting = [one for one in settled if one.verdict.outcome in (Outcome.RETRY, Outcome.GONE)]
        if ended:
            await self._finish(connection, ended, to_us(now))
        if waiting:
            await self._wait(connection, waiting)
        await choose_heads(connection, list({_lane(one) for one in settled}), to_us(now))
        await connection.execute(ADD_ATTEMPTS, *(list(column) for column in zip(*rows, strict=True)))
        for endpoint in {one.claimed.endpoint.id: one.claimed.endpoint for one in waiting if _is_gone(one)}.values():
            await self._endpoints.disable_gone(connection, endpoint.merchant_id, endpoint.id, now)

    async def _finish(self, connection: Connection, ended: Sequence[Settled], now: int) -> None:
        delivered = [one.verdict.outcome is Outcome.DELIVERED for one in ended]
        rows = await connection.fetch(FINISH, *_columns(ended), delivered, now)
        given_up = [one for one in ended if one.verdict.outcome is Outcome.GIVEN_UP]
        if given_up:
            await connection.execute(LIST_GIVEN_UP, *_positions(given_up))
        if len(rows) < len(ended):
            finished = {row["position"] for row in rows}
            late = [
                one
                for one, arrived in zip(ended, delivered, strict=True)
                if arrived and one.claimed.position not in finished
            ]
            await connection.execute(ARRIVED_LATE, *_positions(late))

    async def _wait(self, connection: Connection, waiting: Sequence[Settled]) -> None:
        not_before = [maybe_us(one.verdict.retry_at) or 0 for one in waiting]
        failed = [0 if _is_gone(one) else 1 for one in waiting]
        await connection.execute(WAIT, *_columns(waiting), not_before, failed)

    def _row(self, one: Settled) -> Row:
        answer, claimed = one.answer, one.claimed
        timings = answer.timings
        sealed = self._vault.seal(
            exchange(one.request_headers, answer.headers, answer.body), f"attempt/{claimed.position}/{claimed.attempt}"
        )
        return (
            claimed.endpoint.merchant_id,
            claimed.position,
            claimed.attempt,
            to_us(one.started_at),
            to_us(one.ended_at),
            one.verdict.outcome.value,
            one.verdict.reason,
            answer.stage.value,
            answer.status,
            answer.address,
            timings.resolved_us,
            timings.connected_us,
            timings.tls_us,
            timings.first_byte_us,
            timings.total_us,
            answer.body_truncated,
            sealed,
        )


def _is_gone(one: Settled) -> bool:
    return one.verdict.outcome is Outcome.GONE


def _lane(one: Settled) -> Lane:
    return Lane(one.claimed.endpoint.merchant_id, 0, one.claimed.lane)


def _positions(settled: Sequence[Settled]) -> tuple[list[str], list[int]]:
    return [one.claimed.endpoint.merchant_id for one in settled], [one.claimed.position for one in settled]


def _columns(settled: Sequence[Settled]) -> tuple[list[object], ...]:
    claimed = [one.claimed for one in settled]
    return (
        [one.endpoint.merchant_id for one in claimed],
        [one.lane for one in claimed],
        [one.sequence for one in claimed],
        [one.position for one in claimed],
        [one.attempt for one in claimed],
        [one.answer.status for one in settled],
        [one.verdict.reason for one in settled],
    )
