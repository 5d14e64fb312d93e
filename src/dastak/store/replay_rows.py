"""Replays as rows, the same for every database: one column per field, lists and counts as JSON.

In: a job, or a row. Out: the values of `COLUMNS` in their order, or the job.
"""

import json
from collections.abc import Mapping
from typing import Any

from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.replay import Replay, ReplayState, Selection, Skip

COLUMNS = (
    "merchant_id",
    "id",
    "state",
    "states",
    "endpoint_id",
    "event_types",
    "verification_id",
    "since",
    "until",
    "after_position",
    "up_to",
    "rate_per_second",
    "matched",
    "matched_exactly",
    "position",
    "requeued",
    "skipped",
    "due_at",
    "created_at",
    "started_at",
    "finished_at",
)


def replay_values(replay: Replay) -> tuple[Any, ...]:
    """The values of a whole row."""
    which = replay.selection
    return (
        replay.merchant_id,
        replay.id,
        replay.state.value,
        json.dumps(which.states),
        which.endpoint_id,
        json.dumps(which.event_types),
        which.verification_id,
        maybe_us(which.since),
        maybe_us(which.until),
        which.after,
        which.up_to,
        replay.rate_per_second,
        replay.matched,
        replay.matched_exactly,
        replay.position,
        replay.requeued,
        json.dumps(replay.skipped),
        maybe_us(replay.due_at),
        to_us(replay.created_at),
        maybe_us(replay.started_at),
        maybe_us(replay.finished_at),
    )


def progress_values(replay: Replay) -> tuple[Any, ...]:
    """What changes in a job's life: state, position, requeued, skipped, due_at, started_at, finished_at."""
    return (
        replay.state.value,
        replay.position,
        replay.requeued,
        json.dumps(replay.skipped),
        maybe_us(replay.due_at),
        maybe_us(replay.started_at),
        maybe_us(replay.finished_at),
    )


def replay_from(row: Mapping[str, Any]) -> Replay:
    """The job of a row."""
    which = Selection(
        states=tuple(DeliveryState(state) for state in json.loads(row["states"])),
        endpoint_id=row["endpoint_id"],
        event_types=tuple(json.loads(row["event_types"])),
        verification_id=row["verification_id"],
        since=maybe_from_us(row["since"]),
        until=maybe_from_us(row["until"]),
        after=row["after_position"],
        up_to=row["up_to"],
    )
    return Replay(
        id=row["id"],
        merchant_id=row["merchant_id"],
        selection=which,
        rate_per_second=row["rate_per_second"],
        matched=row["matched"],
        matched_exactly=bool(row["matched_exactly"]),
        created_at=from_us(row["created_at"]),
        position=row["position"],
        due_at=maybe_from_us(row["due_at"]),
        state=ReplayState(row["state"]),
        requeued=row["requeued"],
        skipped={Skip(reason): count for reason, count in json.loads(row["skipped"]).items()},
        started_at=maybe_from_us(row["started_at"]),
        finished_at=maybe_from_us(row["finished_at"]),
    )
