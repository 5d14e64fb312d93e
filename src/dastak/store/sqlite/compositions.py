"""Compositions to be done, in SQLite. Fulfils `journeys.video_kyc.rooms.Compositions`.

What there is to do is said by the cases themselves (`composing_call`); kept here is who is at it, and how it went.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dastak.journeys.video_kyc.rooms import Composition, CompositionState
from dastak.store.instant import to_us
from dastak.store.sqlite.engine import Engine

NEXT = """
    SELECT v.merchant_id, v.id, v.composing_call, coalesce(c.attempts, 0) AS attempts
    FROM video_kycs AS v LEFT JOIN compositions AS c ON c.merchant_id = v.merchant_id AND c.case_id = v.id
    WHERE v.composing_call IS NOT NULL AND coalesce(max(c.lease_until, c.again_at), 0) <= :now
        AND (:rooms IS NULL OR v.merchant_id || '.' || v.composing_call IN (SELECT value FROM json_each(:rooms)))
    ORDER BY v.decided_at, v.id LIMIT 1"""
TAKE = """
    INSERT INTO compositions (merchant_id, case_id, attempts, progress, failure, lease_until, again_at)
    VALUES (?, ?, 1, 0, '', ?, 0)
    ON CONFLICT (merchant_id, case_id) DO UPDATE SET attempts = attempts + 1, progress = 0,
        lease_until = excluded.lease_until"""
PROGRESS = """
    UPDATE compositions SET progress = ?, lease_until = ? WHERE merchant_id = ? AND case_id = ? AND attempts = ?"""
FAILED = """
    UPDATE compositions SET failure = ?, lease_until = 0, again_at = ?
    WHERE merchant_id = ? AND case_id = ? AND attempts = ?"""
STATE = "SELECT progress, attempts, failure FROM compositions WHERE merchant_id = ? AND case_id = ?"
RELEASE = "UPDATE compositions SET lease_until = 0 WHERE lease_until > 0"


class SqliteCompositions:
    """The compositions of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim_composition(
        self, now: datetime, lease_until: datetime, rooms: Sequence[str] | None = None
    ) -> Composition | None:
        wanted = {"now": to_us(now), "rooms": None if rooms is None else json.dumps(rooms)}

        def work(connection: sqlite3.Connection) -> Composition | None:
            row = connection.execute(NEXT, wanted).fetchone()
            if row is None:
                return None
            connection.execute(TAKE, (row["merchant_id"], row["id"], to_us(lease_until)))
            return Composition(row["merchant_id"], row["id"], row["composing_call"], row["attempts"] + 1)

        return await self._engine.write(work, durable=False)

    async def composition_progress(self, composition: Composition, progress: float, lease_until: datetime) -> None:
        values = (progress, to_us(lease_until), *_held(composition))
        await self._engine.write(lambda connection: connection.execute(PROGRESS, values), durable=False)

    async def composition_failed(self, composition: Composition, failure: str, again_at: datetime) -> None:
        values = (failure, to_us(again_at), *_held(composition))
        await self._engine.write(lambda connection: connection.execute(FAILED, values))

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None:
        row = await self._engine.read(lambda connection: connection.execute(STATE, (merchant_id, case_id)).fetchone())
        return None if row is None else CompositionState(row["progress"], row["attempts"], row["failure"])


def _held(composition: Composition) -> tuple[str, str, int]:
    """Whoever lost the lease to another try says nothing any more."""
    return composition.merchant_id, composition.case_id, composition.attempts
