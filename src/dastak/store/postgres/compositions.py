"""Compositions to be done, in PostgreSQL. Fulfils `journeys.video_kyc.rooms.Compositions`.

What there is to do is said by the cases themselves (`composing_call`); kept here is who is at it, and how it went. Who
claims looks first and takes after, on terms that are judged anew when the row is written: so of two, one gets it, and
no lock is waited for behind a call.
"""

from collections.abc import Sequence
from datetime import datetime

from dastak.journeys.video_kyc.rooms import Composition, CompositionState
from dastak.store.instant import to_us
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_RELAXED, Connection, Engine

CANDIDATES = 16
NEXT = """
    SELECT v.merchant_id, v.id, v.composing_call
    FROM video_kycs AS v LEFT JOIN compositions AS c ON c.merchant_id = v.merchant_id AND c.case_id = v.id
    WHERE v.composing_call IS NOT NULL AND coalesce(greatest(c.lease_until, c.again_at), 0) <= $1
        AND ($3::text[] IS NULL OR v.merchant_id || '.' || v.composing_call = ANY ($3))
    ORDER BY v.decided_at, v.id LIMIT $2"""
TAKE = """
    INSERT INTO compositions AS c (merchant_id, case_id, attempts, progress, failure, lease_until, again_at)
    VALUES ($1, $2, 1, 0, '', $4, 0)
    ON CONFLICT (merchant_id, case_id) DO UPDATE SET attempts = c.attempts + 1, progress = 0,
        lease_until = excluded.lease_until
    WHERE greatest(c.lease_until, c.again_at) <= $3 RETURNING attempts"""
PROGRESS = """
    UPDATE compositions SET progress = $4, lease_until = $5
    WHERE merchant_id = $1 AND case_id = $2 AND attempts = $3"""
FAILED = """
    UPDATE compositions SET failure = $4, lease_until = 0, again_at = $5
    WHERE merchant_id = $1 AND case_id = $2 AND attempts = $3"""
STATE = "SELECT progress, attempts, failure FROM compositions WHERE merchant_id = $1 AND case_id = $2"


class PostgresCompositions:
    """The compositions of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim_composition(
        self, now: datetime, lease_until: datetime, rooms: Sequence[str] | None = None
    ) -> Composition | None:
        at, until = to_us(now), to_us(lease_until)
        while rows := await self._engine.read(
            lambda connection: connection.fetch(NEXT, at, CANDIDATES, rooms), begin=BEGIN_PAGING
        ):
            for merchant_id, case_id, call_id in rows:
                attempts = await self._taken(merchant_id, case_id, at, until)
                if attempts is not None:
                    return Composition(merchant_id, case_id, call_id, attempts)
        return None

    async def composition_progress(self, composition: Composition, progress: float, lease_until: datetime) -> None:
        values = (*_held(composition), progress, to_us(lease_until))
        await self._engine.write(lambda connection: connection.execute(PROGRESS, *values), begin=BEGIN_RELAXED)

    async def composition_failed(self, composition: Composition, failure: str, again_at: datetime) -> None:
        values = (*_held(composition), failure, to_us(again_at))
        await self._engine.write(lambda connection: connection.execute(FAILED, *values))

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None:
        row = await self._engine.row(STATE, merchant_id, case_id)
        return None if row is None else CompositionState(row["progress"], row["attempts"], row["failure"])

    async def _taken(self, merchant_id: str, case_id: str, at: int, until: int) -> int | None:
        """Which try it is; None: somebody else has it."""

        async def work(connection: Connection) -> int | None:
            attempts: int | None = await connection.fetchval(TAKE, merchant_id, case_id, at, until)
            return attempts

        return await self._engine.write(work, begin=BEGIN_RELAXED)


def _held(composition: Composition) -> tuple[str, str, int]:
    """Whoever lost the lease to another try says nothing any more."""
    return composition.merchant_id, composition.case_id, composition.attempts
