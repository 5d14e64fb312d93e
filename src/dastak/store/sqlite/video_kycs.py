"""Video KYCs in SQLite, with what a move causes. Fulfils `journeys.video_kyc.ports.VideoKycStore`."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

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
from dastak.store.sqlite.consents import add_consent
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.notices import add_messages
from dastak.store.sqlite.outbox import Outbox
from dastak.store.sqlite.tallies import count_steps
from dastak.store.vault import Vault

ADD_JOURNEY = """
    INSERT INTO journeys (merchant_id, id, kind, verification_id, reference_id, code_digest, status, expires_at,
        version, sealed_state, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, x'', ?)"""
ADD = f"""
    INSERT INTO video_kycs ({", ".join((*KEY, "version", *FOUND_BY))})
    VALUES ({", ".join("?" * (len(KEY) + 1 + len(FOUND_BY)))})"""
SAVE = f"""
    UPDATE video_kycs SET {", ".join(f"{name} = ?" for name in FOUND_BY)}, version = version + 1
    WHERE merchant_id = ? AND id = ? AND version = ?"""
OTHERS_IN_SLOT = "SELECT count(*) AS n FROM video_kycs WHERE merchant_id = ? AND schedule_at = ? AND id <> ?"
BY_ID = "SELECT * FROM video_kycs WHERE merchant_id = ? AND id = ?"
OF_AGENT = "SELECT * FROM video_kycs WHERE merchant_id = ? AND live_agent_id = ?"
OF_JOURNEY = f"""
    SELECT v.* FROM journeys AS j JOIN video_kycs AS v ON v.merchant_id = j.merchant_id AND v.id = j.id
    WHERE j.kind = '{KIND}'"""
BY_CODE = f"{OF_JOURNEY} AND j.code_digest = ?"
BY_VERIFICATION_ID = f"{OF_JOURNEY} AND j.merchant_id = ? AND j.verification_id = ?"
BY_REFERENCE_ID = f"{OF_JOURNEY} AND j.merchant_id = ? AND j.reference_id = ?"
WAITING = """
    SELECT * FROM video_kycs WHERE merchant_id = ? AND queue_priority IS NOT NULL
    ORDER BY queue_priority, queue_since, id LIMIT ?"""
AHEAD = """
    SELECT count(*) AS n FROM video_kycs AS own JOIN video_kycs AS other ON other.merchant_id = own.merchant_id
        AND other.queue_priority IS NOT NULL
        AND (other.queue_priority, other.queue_since, other.id) < (own.queue_priority, own.queue_since, own.id)
    WHERE own.merchant_id = ? AND own.id = ? AND own.queue_priority IS NOT NULL"""
HANDLED = """
    SELECT handling_us FROM video_kycs WHERE merchant_id = ? AND decided_at IS NOT NULL
    ORDER BY decided_at DESC, id DESC LIMIT ?"""
BOOKED = """
    SELECT schedule_at, count(*) AS n FROM video_kycs WHERE merchant_id = ? AND schedule_at >= ? AND schedule_at < ?
    GROUP BY schedule_at"""
READABLE = "id NOT IN (SELECT value FROM json_each(?))"
DUE = f"SELECT * FROM video_kycs WHERE due_at <= ? AND {READABLE} ORDER BY due_at, id LIMIT ?"
NEXT_DUE = f"SELECT min(due_at) AS at FROM video_kycs WHERE due_at IS NOT NULL AND {READABLE}"


class SqliteVideoKycs:
    """The Video KYCs of one file."""

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
        self._reader = CaseReader(vault)

    async def add_case(self, case: VideoKyc, events: Sequence[SealedEvent], messages: Sequence[Message]) -> None:
        key = (case.merchant_id, case.id)
        times = (to_us(case.expires_at), to_us(case.created_at))
        digest = self._vault.digest(case.code)
        journey = (*key, KIND, case.verification_id, case.reference_id, digest, NO_STATUS, *times)
        row = (*key, case.version, *columns(self._vault, case))

        def work(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(ADD_JOURNEY, journey)
            except sqlite3.IntegrityError as error:
                if "journeys.verification_id" in str(error):
                    raise DuplicateVerificationId("this verification_id was used before") from None
                raise
            connection.execute(ADD, row)
            self._outbox.append(connection, events)
            add_messages(connection, self._vault, messages)
            _count(connection, case, steps_of(case))

        await self._deeds.write(case.merchant_id, work, case.id)
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
        row = (*columns(self._vault, case), case.merchant_id, case.id, case.version)

        def work(connection: sqlite3.Connection) -> bool:
            if not _saved(connection, row):
                return False
            if claim is not None:
                _claim(connection, case, claim)
            self._outbox.append(connection, events)
            add_messages(connection, self._vault, messages)
            if consent is not None:
                add_consent(connection, self._vault, consent)
            _count(connection, case, steps)
            return True

        saved = await self._deeds.write(case.merchant_id, work, case.id)
        self._committed()
        return saved

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None:
        return await self._one(BY_ID, merchant_id, case_id)

    async def case_by_code(self, code: str) -> VideoKyc | None:
        for digest in self._vault.digests(code):
            case = await self._one(BY_CODE, digest)
            if case is not None:
                return case
        return None

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None:
        return await self._one(BY_VERIFICATION_ID, merchant_id, verification_id)

    async def case_by_reference_id(self, merchant_id: str, reference_id: int) -> VideoKyc | None:
        return await self._one(BY_REFERENCE_ID, merchant_id, reference_id)

    async def case_of_agent(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        return await self._one(OF_AGENT, merchant_id, agent_id)

    async def cases(self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Sequence[VideoKyc]:
        async def page(after: Cursor | None, limit: int) -> list[sqlite3.Row]:
            return await self._ask(newest_first(self._vault, merchant_id, wanted, after, limit))

        return await filled(self._reader.readable, page, "created_at", after, limit)

    async def cases_to_review(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> Sequence[VideoKyc]:
        async def page(after: Cursor | None, limit: int) -> list[sqlite3.Row]:
            return await self._ask(to_review(self._vault, merchant_id, wanted, after, limit))

        return await filled(self._reader.readable, page, "review_since", after, limit)

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]:
        rows = await self._ask(counted(self._vault, merchant_id, wanted))
        return {row["sub_status"]: row["number"] for row in rows}

    async def waiting(self, merchant_id: str, limit: int) -> Sequence[VideoKyc]:
        return self._reader.readable(await self._rows(WAITING, merchant_id, limit))

    async def waiting_ahead(self, case: VideoKyc) -> int:
        (row,) = await self._rows(AHEAD, case.merchant_id, case.id)
        return int(row["n"])

    async def handling_times(self, merchant_id: str, limit: int) -> Sequence[timedelta]:
        rows = await self._rows(HANDLED, merchant_id, limit)
        return [timedelta(microseconds=row["handling_us"]) for row in rows if row["handling_us"] is not None]

    async def slots_booked(self, merchant_id: str, start: datetime, end: datetime) -> Mapping[datetime, int]:
        rows = await self._rows(BOOKED, merchant_id, to_us(start), to_us(end))
        return {from_us(row["schedule_at"]): row["n"] for row in rows}

    async def cases_due(self, now: datetime, limit: int) -> Sequence[VideoKyc]:
        return self._reader.readable(await self._rows(DUE, to_us(now), json.dumps(self._reader.unreadable), limit))

    async def next_due(self) -> datetime | None:
        (row,) = await self._rows(NEXT_DUE, json.dumps(self._reader.unreadable))
        return maybe_from_us(row["at"])

    async def next_reference_id(self) -> int:
        return await self._numbers()

    async def _one(self, sql: str, *values: Any) -> VideoKyc | None:
        rows = await self._rows(sql, *values)
        return self._reader.case(rows[0]) if rows else None

    async def _ask(self, asked: Question) -> list[sqlite3.Row]:
        return await self._rows(asked.sql.replace("$", "?"), *asked.values)

    async def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return await self._engine.read(lambda connection: connection.execute(sql, values).fetchall())


def _saved(connection: sqlite3.Connection, row: Sequence[object]) -> bool:
    try:
        return connection.execute(SAVE, row).rowcount > 0
    except sqlite3.IntegrityError as error:
        if "video_kycs.live_agent_id" in str(error):
            raise AgentBusy("the agent has a case already") from None
        raise


def _count(connection: sqlite3.Connection, case: VideoKyc, steps: Sequence[str]) -> None:
    count_steps(connection, case.merchant_id, Kind.VIDEO_KYC, case.created_at, case.user_template, steps)


def _claim(connection: sqlite3.Connection, case: VideoKyc, claim: SlotClaim) -> None:
    """The one writer makes sure that nobody else takes a place meanwhile."""
    taken = connection.execute(OTHERS_IN_SLOT, (case.merchant_id, to_us(claim.at), case.id)).fetchone()["n"]
    if taken >= claim.places:
        raise SlotUnavailable("the last place was just taken")
