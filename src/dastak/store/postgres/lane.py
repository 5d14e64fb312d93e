"""Lanes in PostgreSQL: of the pending deliveries of one journey to one endpoint, at most one is due or leased.

In: a connection inside a transaction, and lanes. Out: exactly one head in each, chosen by the endpoint's policy:

- `strict`: the earliest event, however long it has to wait;
- `relaxed`: the earliest event that may go now, else the one whose time comes first.

First attempts start in order either way: an event never tried may always go now, so an earlier one is taken before it.

Many processes change lanes at once. Whoever adds to a lane, or takes from it, first locks the rows that are in it, in
the order of the key, and looks again in a later statement: so an event that is added while the last one is settled is
made due by whichever transaction comes second. Two that add to an *empty* lane are kept apart by the lock that each
holds on the journey's own row.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dastak.store.postgres.engine import Connection
from dastak.webhooks.endpoint import LanePolicy

LOCK = """
    SELECT q.merchant_id, q.endpoint_id, q.journey_id
    FROM unnest($1::text[], $2::text[], $3::text[]) AS l (merchant_id, endpoint_id, journey_id)
    JOIN queue AS q ON q.merchant_id = l.merchant_id AND q.endpoint_id = l.endpoint_id AND q.journey_id = l.journey_id
    ORDER BY q.merchant_id, q.endpoint_id, q.journey_id, q.sequence FOR UPDATE OF q"""

CHOOSE = """
    WITH picked AS MATERIALIZED (
        SELECT l.merchant_id, l.endpoint_id, l.journey_id, head.sequence, greatest(head.not_before, $5) AS due_at
        FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
            AS l (merchant_id, endpoint_id, journey_id, strict)
        CROSS JOIN LATERAL (
            SELECT q.sequence, q.not_before, q.leased_by FROM queue AS q
            WHERE q.merchant_id = l.merchant_id AND q.endpoint_id = l.endpoint_id AND q.journey_id = l.journey_id
            ORDER BY q.leased_by IS NULL, CASE WHEN l.strict OR q.not_before <= $5 THEN 0 ELSE q.not_before END,
                q.sequence
            LIMIT 1
        ) AS head
        WHERE head.leased_by IS NULL
    )
    UPDATE queue AS q SET due_at = CASE WHEN q.sequence = p.sequence THEN p.due_at END
    FROM picked AS p
    WHERE q.merchant_id = p.merchant_id AND q.endpoint_id = p.endpoint_id AND q.journey_id = p.journey_id
        AND CASE WHEN q.sequence = p.sequence THEN q.due_at IS NULL OR q.due_at > p.due_at ELSE q.due_at IS NOT NULL END
    """
"""Nothing changes in a lane of which one is in flight: its settlement comes back here."""


class Lane(NamedTuple):
    """One journey's deliveries to one endpoint. Sorts as the queue's key does."""

    merchant_id: str
    endpoint_id: str
    journey_id: str


async def lock(connection: Connection, lanes: Sequence[Lane]) -> set[Lane]:
    """Lock what is pending in these lanes; those in which anything is."""
    if not lanes:
        return set()
    rows = await connection.fetch(LOCK, *_columns(lanes))
    return {Lane(*row) for row in rows}


async def choose_heads(connection: Connection, lanes: Sequence[Lane], policies: Sequence[LanePolicy], now: int) -> None:
    """Make the right delivery of each lane due. The lanes are locked."""
    if lanes:
        strict = [policy is LanePolicy.STRICT for policy in policies]
        await connection.execute(CHOOSE, *_columns(lanes), strict, now)


def _columns(lanes: Sequence[Lane]) -> tuple[list[str], list[str], list[str]]:
    return (
        [lane.merchant_id for lane in lanes],
        [lane.endpoint_id for lane in lanes],
        [lane.journey_id for lane in lanes],
    )
