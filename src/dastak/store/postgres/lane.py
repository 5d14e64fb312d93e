"""Lanes in PostgreSQL: of the pending deliveries of one journey to one endpoint, at most one is due or leased.

In: a connection inside a transaction, and lanes. Out: exactly one head in each, chosen by the endpoint's policy:

- `strict`: the earliest event, however long it has to wait;
- `relaxed`: the earliest event that may go now, else the one whose time comes first.

First attempts start in order either way: an event never tried may always go now, so an earlier one is taken before it.

Many processes change lanes at once. Whoever adds to a lane first locks the rows that are in it; whoever takes one out
holds that one. Both look again in a later statement: so an event that is added while the last one is settled is made
due by whichever transaction comes second. Two that add to an *empty* lane are kept apart by the lock that each holds
on the journey's own row.

Statements here and in `settlement` look lanes up and never walk the queue for them, whatever its statistics say. They
are planned once, mostly when next to nothing is in it: to walk it seems cheap then, and would be done for every lane
when a backlog has come. So the look-up is a query of its own for each lane, or the lane is `ANY(ARRAY[...])` of another
table's, by which no two tables can be merged.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from dastak.store.postgres.array_text import names, numbers
from dastak.store.postgres.engine import Connection

LOCK = """
    SELECT q.merchant_id, q.lane FROM unnest($1::text::text[], $2::text::bigint[]) AS l (merchant_id, lane)
    CROSS JOIN LATERAL (
        SELECT merchant_id, lane FROM queue WHERE lane = l.lane AND merchant_id = l.merchant_id
        ORDER BY sequence FOR UPDATE
    ) AS q"""
"""Lane by lane in the order in which they are given, and each in its own order."""

CHOOSE = """
    WITH picked AS MATERIALIZED (
        SELECT l.merchant_id, l.lane, head.position, greatest(head.not_before, $3) AS due_at
        FROM unnest($1::text::text[], $2::text::bigint[]) AS l (merchant_id, lane)
        CROSS JOIN LATERAL (
            SELECT q.position, q.not_before, q.leased_by FROM queue AS q
            LEFT JOIN endpoints AS e ON e.merchant_id = q.merchant_id AND e.number = q.endpoint
            WHERE q.lane = l.lane AND q.merchant_id = l.merchant_id
            ORDER BY q.leased_by IS NULL, CASE WHEN e.strict OR q.not_before <= $3 THEN 0 ELSE q.not_before END,
                q.sequence
            LIMIT 1
        ) AS head
        WHERE head.leased_by IS NULL
    )
    UPDATE queue AS q SET due_at = CASE WHEN q.position = p.position THEN p.due_at END
    FROM picked AS p
    WHERE q.lane = ANY(ARRAY[p.lane]) AND q.merchant_id = p.merchant_id
        AND CASE WHEN q.position = p.position THEN q.due_at IS NULL OR q.due_at > p.due_at ELSE q.due_at IS NOT NULL END
    """
"""Nothing changes in a lane of which one is in flight: its settlement comes back here."""


class Lane(NamedTuple):
    """One journey's deliveries to one endpoint."""

    merchant_id: str
    name: int


def lane_name(endpoint_id: str, journey_id: str) -> int:
    """The name of a lane: 64 bits, the same in every process."""
    digest = hashlib.blake2b(f"{endpoint_id}/{journey_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


async def lock(connection: Connection, lanes: Sequence[Lane]) -> set[Lane]:
    """Lock what is pending in these lanes; those in which anything is."""
    if not lanes:
        return set()
    return {Lane(*row) for row in await connection.fetch(LOCK, *_columns(lanes))}


async def choose_heads(connection: Connection, lanes: Sequence[Lane], now: int) -> None:
    """Make the right delivery of each lane due, as its endpoint's policy says."""
    if lanes:
        await connection.execute(CHOOSE, *_columns(lanes), now)


def _columns(lanes: Sequence[Lane]) -> tuple[str, str]:
    in_order = sorted(lanes, key=lambda lane: lane.name)
    return names([lane.merchant_id for lane in in_order]), numbers([lane.name for lane in in_order])
