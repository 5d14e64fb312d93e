"""Video KYCs in PostgreSQL, with what a move causes. Fulfils `journeys.video_kyc.ports.VideoKycStore`.

Each save is a transaction of its own: there are as many as people do something, and one that is refused (an agent who
has a case already, a slot that is full) fails nobody else's. Locks are taken in one order: the merchant, if a place in
a slot is claimed; the journey, if anything is told; the case; the lanes; the counts.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.paging import Cursor
from dastak.journeys.tally import Kind
from dastak.journeys.video_kyc.errors import AgentBusy, SlotUnavailable
from dastak.journeys.video_kyc.ports import CaseFilter, SlotClaim
from dastak.journeys.video_kyc.progress import steps_of
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.case_query import counted, newest_first, to_review
from dastak.store.case_records import FOUND_BY, KEY, KIND, NO_STATUS, CaseReader, columns
from dastak.store.instant import from_us, maybe_from_us, to_us
from dastak.store.newest import Question, filled
from dastak.store.postgres.codes import PostgresCodes
from dastak.store.postgres.consents import add_consents
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_PLANNED, Connection, Engine
from dastak.store.postgres.notices import add_messages
from dastak.store.postgres.outbox import Outbox
from dastak.store.postgres.tallies import Steps, count_steps
from dastak.store.vault import Vault

ADD_JOURNEY = """
    INSERT INTO journeys (merchant_id, id, kind, verification_id, reference_id, status, expires_at, version,
        sealed_state, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8)
    ON CONFLICT (merchant_id, verification_id) DO NOTHING RETURNING 1"""
ADD_CODE = "INSERT INTO codes (digest, merchant_id, journey_id) VALUES ($1, $2, $3)"
ADD = f"""
    INSERT INTO video_kycs ({", ".join((*KEY, "version", *FOUND_BY))})
    VALUES ({", ".join(f"${at}" for at in range(1, len(KEY) + 2 + len(FOUND_BY)))})"""
SAVE = f"""
    UPDATE video_kycs SET version = version + 1, {", ".join(f"{name} = ${at}" for at, name in enumerate(FOUND_BY, 4))}
    WHERE merchant_id = $1 AND id = $2 AND version = $3 RETURNING 1"""
LOCK_JOURNEY = "SELECT 1 FROM journeys WHERE merchant_id = $1 AND id = $2 FOR UPDATE"
LOCK_MERCHANT = "SELECT 1 FROM merchants WHERE id = $1 FOR NO KEY UPDATE"
OTHERS_IN_SLOT = "SELECT count(*) FROM video_kycs WHERE merchant_id = $1 AND schedule_at = $2 AND id <> $3"
ONE_LIVE_CASE = "video_kycs_one_live_case"

BY_ID = "SELECT * FROM video_kycs WHERE merchant_id = $1 AND id = $2"
OF_AGENT = "SELECT * FROM video_kycs WHERE merchant_id = $1 AND live_agent_id = $2"
OF_JOURNEY = f"""
    SELECT v.* FROM journeys AS j JOIN video_kycs AS v ON v.merchant_id = j.merchant_id AND v.id = j.id
    WHERE j.merchant_id = $1 AND v.merchant_id = $1 AND j.kind = '{KIND}'"""
BY_VERIFICATION_ID = f"{OF_JOURNEY} AND j.verification_id = $2"
BY_REFERENCE_ID = f"{OF_JOURNEY} AND j.reference_id = $2"
WAITING = """
    SELECT * FROM video_kycs WHERE merchant_id = $1 AND queue_priority IS NOT NULL
    ORDER BY queue_priority, queue_since, id LIMIT $2"""
AHEAD = """
    SELECT count(*) AS number FROM video_kycs AS own JOIN video_kycs AS other
        ON (other.queue_priority, other.queue_since, other.id) < (own.queue_priority, own.queue_since, own.id)
    WHERE own.merchant_id = $1 AND own.id = $2 AND own.queue_priority IS NOT NULL
        AND other.merchant_id = $1 AND other.queue_priority IS NOT NULL"""
HANDLED = """
    SELECT handling_us FROM video_kycs WHERE merchant_id = $1 AND decided_at IS NOT NULL
    ORDER BY decided_at DESC, id DESC LIMIT $2"""
BOOKED = """
    SELECT schedule_at, count(*) AS number FROM video_kycs
    WHERE merchant_id = $1 AND schedule_at >= $2 AND schedule_at < $3 GROUP BY schedule_at"""
DUE = "SELECT * FROM video_kycs WHERE due_at <= $1 AND id <> ALL($2::text[]) ORDER BY due_at, id LIMIT $3"
NEXT_DUE = """
    SELECT due_at FROM video_kycs WHERE due_at IS NOT NULL AND id <> ALL($1::text[]) ORDER BY due_at, id LIMIT 1"""


class PostgresVideoKycs:
    """The Video KYCs of one database."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        deeds: Deeds,
        outbox: Outbox,
        committed: Callable[[], None],
        next_reference_id: Callable[[], Awaitable[int]],
    ) -> None:
        """Plan it; `next_reference_id` is what all journeys and users take their numbers from."""
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._outbox = outbox
        self._committed = committed
        self._numbers = next_reference_id
        self._codes = PostgresCodes(engine, vault)
        self._reader = CaseReader(vault)

    async def add_case(self, case: VideoKyc, events: Sequence[SealedEvent], messages: Sequence[Message]) -> None:
        key = (case.merchant_id, case.id)
        times = (to_us(case.expires_at), to_us(case.created_at))
        journey = (*key, KIND, case.verification_id, case.reference_id, NO_STATUS, *times)
        row = (*key, case.version, *columns(self._vault, case))

        async def work(connection: Connection) -> None:
            if await connection.fetchval(ADD_JOURNEY, *journey) is None:
                raise DuplicateVerificationId("this verification_id was used before")
            await connection.execute(ADD_CODE, self._vault.digest(case.code), *key)
            await connection.execute(ADD, *row)
            await self._outbox.append(connection, events)
            await add_messages(connection, self._vault, messages)
            await count_steps(connection, [_steps(case, steps_of(case))])

        await self._deeds.write(case.merchant_id, work, case.id, begin=BEGIN_PLANNED)
        self._committed()

    async def save_case(
        self,
        case: VideoKyc,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        claim: SlotClaim | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        row = (case.merchant_id, case.id, case.version, *columns(self._vault, case))

        async def work(connection: Connection) -> bool:
            if claim is not None:
                await connection.execute(LOCK_MERCHANT, case.merchant_id)
            if events:
                await connection.execute(LOCK_JOURNEY, case.merchant_id, case.id)
            if not await _saved(connection, row):
                return False
            if claim is not None:
                await _claim(connection, case, claim)
            await self._outbox.append(connection, events)
            await add_messages(connection, self._vault, messages)
            await add_consents(connection, self._vault, [] if consent is None else [consent])
            await count_steps(connection, [_steps(case, steps)])
            return True

        saved = await self._deeds.write(case.merchant_id, work, case.id, begin=BEGIN_PLANNED)
        self._committed()
        return saved

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None:
        return await self._one(BY_ID, merchant_id, case_id)

    async def case_by_code(self, code: str) -> VideoKyc | None:
        found = await self._codes.journey_of(code)
        return None if found is None else await self._one(BY_ID, *found)

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None:
        return await self._one(BY_VERIFICATION_ID, merchant_id, verification_id)

    async def case_by_reference_id(self, merchant_id: str, reference_id: int) -> VideoKyc | None:
        return await self._one(BY_REFERENCE_ID, merchant_id, reference_id)

    async def case_of_agent(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        return await self._one(OF_AGENT, merchant_id, agent_id)

    async def cases(self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Sequence[VideoKyc]:
        async def page(after: Cursor | None, limit: int) -> list[asyncpg.Record]:
            return await self._ask(newest_first(self._vault, merchant_id, wanted, after, limit))

        return await filled(self._reader.readable, page, "created_at", after, limit)

    async def cases_to_review(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> Sequence[VideoKyc]:
        async def page(after: Cursor | None, limit: int) -> list[asyncpg.Record]:
            return await self._ask(to_review(self._vault, merchant_id, wanted, after, limit))

        return await filled(self._reader.readable, page, "review_since", after, limit)

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]:
        rows = await self._ask(counted(self._vault, merchant_id, wanted))
        return {row["sub_status"]: row["number"] for row in rows}

    async def waiting(self, merchant_id: str, limit: int) -> Sequence[VideoKyc]:
        return self._reader.readable(await self._rows(WAITING, merchant_id, limit))

    async def waiting_ahead(self, case: VideoKyc) -> int:
        (row,) = await self._rows(AHEAD, case.merchant_id, case.id)
        return int(row["number"])

    async def handling_times(self, merchant_id: str, limit: int) -> Sequence[timedelta]:
        rows = await self._rows(HANDLED, merchant_id, limit)
        return [timedelta(microseconds=row["handling_us"]) for row in rows if row["handling_us"] is not None]

    async def slots_booked(self, merchant_id: str, start: datetime, end: datetime) -> Mapping[datetime, int]:
        rows = await self._rows(BOOKED, merchant_id, to_us(start), to_us(end))
        return {from_us(row["schedule_at"]): row["number"] for row in rows}

    async def cases_due(self, now: datetime, limit: int) -> Sequence[VideoKyc]:
        return self._reader.readable(await self._rows(DUE, to_us(now), self._reader.unreadable, limit))

    async def next_due(self) -> datetime | None:
        rows = await self._rows(NEXT_DUE, self._reader.unreadable)
        return maybe_from_us(rows[0]["due_at"]) if rows else None

    async def next_reference_id(self) -> int:
        return await self._numbers()

    async def _one(self, sql: str, *values: Any) -> VideoKyc | None:
        row = await self._engine.row(sql, *values)
        return None if row is None else self._reader.case(row)

    async def _ask(self, asked: Question) -> list[asyncpg.Record]:
        return await self._rows(asked.sql, *asked.values)

    async def _rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Through a pooler the settings for pages come with each transaction; our own connections have them."""
        if self._engine.settings.pooler:
            return await self._engine.read(lambda connection: connection.fetch(sql, *values), begin=BEGIN_PAGING)
        return await self._engine.rows(sql, *values)


async def _saved(connection: Connection, row: Sequence[object]) -> bool:
    try:
        return await connection.fetchval(SAVE, *row) is not None
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == ONE_LIVE_CASE:
            raise AgentBusy("the agent has a case already") from None
        raise


def _steps(case: VideoKyc, steps: Sequence[str]) -> Steps:
    return Steps(case.merchant_id, Kind.VIDEO_KYC, case.created_at, case.user_template, steps)


async def _claim(connection: Connection, case: VideoKyc, claim: SlotClaim) -> None:
    """The merchant's row is locked: who claimed before us has committed, and is counted by this statement."""
    taken = await connection.fetchval(OTHERS_IN_SLOT, case.merchant_id, to_us(claim.at), case.id)
    if taken >= claim.places:
        raise SlotUnavailable("the last place was just taken")
