"""KYC Links in PostgreSQL, with what a move causes. Fulfils `journeys.kyc_link.ports.LinkStore`.

Links that are made or saved at the same moment share a transaction (`batching`), each still on its own terms; links
that are looked for at the same moment share a question (`lookup`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from dastak.accounts.noting import Owed, owed
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.kyc_link.progress import steps_of
from dastak.journeys.paging import Cursor
from dastak.journeys.tally import Kind
from dastak.store.instant import from_us, to_us
from dastak.store.link_query import link_phone_digests, newest_links
from dastak.store.newest import Row, filled
from dastak.store.postgres.audit import PostgresAudit
from dastak.store.postgres.batching import Batcher
from dastak.store.postgres.codes import PostgresCodes
from dastak.store.postgres.consents import add_consents
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_PLANNED, Connection, Engine
from dastak.store.postgres.lookup import Lookup
from dastak.store.postgres.notices import add_messages
from dastak.store.postgres.outbox import Outbox
from dastak.store.postgres.tallies import Steps, count_steps
from dastak.store.records import link_from, link_state
from dastak.store.vault import Vault, VaultLocked

log = structlog.get_logger("dastak.store")

ADD = """
    INSERT INTO journeys (merchant_id, id, kind, verification_id, reference_id, status, expires_at, version,
        sealed_state, created_at, phone_digest)
    SELECT a.merchant_id, a.id, 'kyc_link', a.verification_id, a.reference_id, a.status, a.expires_at, a.version,
        a.sealed_state, a.created_at, a.phone_digest
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[],
        $9::bigint[], $10::bytea[]) AS a (merchant_id, id, verification_id, reference_id, status, expires_at, version,
        sealed_state, created_at, phone_digest)
    ON CONFLICT (merchant_id, verification_id) DO NOTHING RETURNING id"""
ADD_CODES = """
    INSERT INTO codes (digest, merchant_id, journey_id)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[])"""
LOCK = """
    SELECT j.id FROM unnest($1::text[], $2::text[]) AS k (merchant_id, id)
    JOIN journeys AS j ON j.merchant_id = k.merchant_id AND j.id = k.id
    ORDER BY j.merchant_id, j.id FOR UPDATE OF j"""
SAVE = """
    UPDATE journeys AS j SET status = s.status, expires_at = s.expires_at, version = j.version + 1,
        sealed_state = s.sealed_state, phone_digest = s.phone_digest
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[])
        AS s (merchant_id, id, version, status, expires_at, sealed_state, phone_digest)
    WHERE j.merchant_id = s.merchant_id AND j.id = s.id AND j.version = s.version
    RETURNING j.id"""
COLUMNS = """
    SELECT j.merchant_id, j.id, j.verification_id, j.reference_id, j.status, j.expires_at, j.version, j.sealed_state,
        j.created_at
    FROM journeys AS j"""
BY_VERIFICATION_ID = f"{COLUMNS} WHERE j.merchant_id = $1 AND j.verification_id = $2 AND j.kind = 'kyc_link'"
BY_REFERENCE_ID = f"{COLUMNS} WHERE j.merchant_id = $1 AND j.reference_id = $2 AND j.kind = 'kyc_link'"
BY_ID = f"""
    SELECT k.number, j.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (merchant_id, id, number)
    CROSS JOIN LATERAL (
        {COLUMNS} WHERE j.merchant_id = k.merchant_id AND j.id = k.id AND j.kind = 'kyc_link' OFFSET 0
    ) AS j"""
TO_EXPIRE = f"""{COLUMNS} WHERE j.status = 'RECEIVED' AND j.expires_at <= $1 AND j.kind = 'kyc_link'
    AND j.id <> ALL($2::text[]) ORDER BY j.expires_at LIMIT $3"""
NEXT_EXPIRY = """
    SELECT expires_at FROM journeys WHERE status = 'RECEIVED' AND kind = 'kyc_link' AND id <> ALL($1::text[])
    ORDER BY expires_at LIMIT 1"""
TAKE_NUMBERS = "SELECT nextval('reference_ids') AS number FROM generate_series(1, $1)"

NUMBER_BLOCK = 100
"""Reference ids are taken from the database a block at a time; a restart leaves a gap and repeats none."""


@dataclass(frozen=True, slots=True)
class _Add:
    link: KycLink
    messages: Sequence[Message]
    note: Owed | None


@dataclass(frozen=True, slots=True)
class _Save:
    link: KycLink
    events: Sequence[SealedEvent]
    messages: Sequence[Message]
    consent: Consent | None
    steps: Sequence[str]
    note: Owed | None


class PostgresLinks:
    """The KYC Links of one database."""

    def __init__(
        self, engine: Engine, vault: Vault, audit: PostgresAudit, outbox: Outbox, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._audit = audit
        self._outbox = outbox
        self._committed = committed
        self._codes = PostgresCodes(engine, vault)
        self._by_id = Lookup(engine, BY_ID)
        self._numbers: list[int] = []
        self._unreadable: set[str] = set()
        self._adding: Batcher[_Add, None] = Batcher(self._add, lambda one: (one.link.merchant_id, one.link.id))
        self._saving: Batcher[_Save, bool] = Batcher(self._save, lambda one: (one.link.merchant_id, one.link.id))

    async def add_link(self, link: KycLink, messages: Sequence[Message]) -> None:
        await self._adding.submit(_Add(link, messages, owed(link.merchant_id)))
        self._committed()

    async def save_link(
        self,
        link: KycLink,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        saved = await self._saving.submit(_Save(link, events, messages, consent, steps, owed(link.merchant_id)))
        self._committed()
        return saved

    async def link_by_id(self, merchant_id: str, link_id: str) -> KycLink | None:
        row = await self._by_id.row(merchant_id, link_id)
        return None if row is None else self._from(row)

    async def link_by_code(self, code: str) -> KycLink | None:
        found = await self._codes.journey_of(code)
        return None if found is None else await self.link_by_id(*found)

    async def link_by_verification_id(self, merchant_id: str, verification_id: str) -> KycLink | None:
        return await self._one(BY_VERIFICATION_ID, merchant_id, verification_id)

    async def link_by_reference_id(self, merchant_id: str, reference_id: int) -> KycLink | None:
        return await self._one(BY_REFERENCE_ID, merchant_id, reference_id)

    async def links(self, merchant_id: str, wanted: LinkFilter, after: Cursor | None, limit: int) -> Sequence[KycLink]:
        async def page(after: Cursor | None, limit: int) -> list[asyncpg.Record]:
            asked = newest_links(self._vault, merchant_id, wanted, after, limit)
            if self._engine.settings.pooler:
                return await self._engine.read(
                    lambda connection: connection.fetch(asked.sql, *asked.values), begin=BEGIN_PAGING
                )
            return await self._engine.rows(asked.sql, *asked.values)

        return await filled(self._all_readable, page, "created_at", after, limit)

    async def links_to_expire(self, now: datetime, limit: int) -> Sequence[KycLink]:
        values = (to_us(now), sorted(self._unreadable), limit)
        rows = await self._engine.read(lambda connection: connection.fetch(TO_EXPIRE, *values))
        return [link for link in map(self._readable, rows) if link is not None]

    async def next_expiry(self) -> datetime | None:
        unreadable = sorted(self._unreadable)
        at = await self._engine.read(lambda connection: connection.fetchval(NEXT_EXPIRY, unreadable))
        return None if at is None else from_us(at)

    async def next_reference_id(self) -> int:
        if not self._numbers:
            rows = await self._engine.write(lambda connection: connection.fetch(TAKE_NUMBERS, NUMBER_BLOCK))
            self._numbers[:0] = sorted((int(row["number"]) for row in rows), reverse=True)
        return self._numbers.pop()

    async def _add(self, adds: Sequence[_Add]) -> list[Exception | None]:
        links = [one.link for one in adds]
        columns = self._columns(links)
        digests = [self._vault.digest(link.code) for link in links]

        async def work(connection: Connection) -> set[str]:
            added = {str(row["id"]) for row in await connection.fetch(ADD, *columns)}
            kept = [(digest, link) for digest, link in zip(digests, links, strict=True) if link.id in added]
            await connection.execute(
                ADD_CODES,
                [digest for digest, _ in kept],
                [link.merchant_id for _, link in kept],
                [link.id for _, link in kept],
            )
            messages = [message for one in adds if one.link.id in added for message in one.messages]
            await add_messages(connection, self._vault, messages)
            await count_steps(connection, [_steps(link, steps_of(link)) for _, link in kept])
            await self._note(connection, [one for one in adds if one.link.id in added])
            return added

        added = await self._engine.write(work, begin=BEGIN_PLANNED, writes=len(adds))
        used = "this verification_id was used before"
        return [None if link.id in added else DuplicateVerificationId(used) for link in links]

    async def _save(self, saves: Sequence[_Save]) -> list[bool | Exception]:
        saves_in_order = sorted(saves, key=lambda one: (one.link.merchant_id, one.link.id))
        links = [one.link for one in saves_in_order]
        merchants, ids = [link.merchant_id for link in links], [link.id for link in links]
        values = (
            [link.version for link in links],
            [link.form_status.value for link in links],
            [to_us(link.expires_at) for link in links],
            [self._sealed(link) for link in links],
            [self._phone(link) for link in links],
        )

        async def work(connection: Connection) -> set[str]:
            if len(links) > 1:
                await connection.execute(LOCK, merchants, ids)
            saved = {str(row["id"]) for row in await connection.fetch(SAVE, merchants, ids, *values)}
            kept = [one for one in saves if one.link.id in saved]
            await self._outbox.append(connection, [event for one in kept for event in one.events])
            await add_messages(connection, self._vault, [message for one in kept for message in one.messages])
            consents = [one.consent for one in kept if one.consent is not None]
            await add_consents(connection, self._vault, consents)
            await count_steps(connection, [_steps(one.link, one.steps) for one in kept])
            await self._note(connection, kept)
            return saved

        saved = await self._engine.write(work, begin=BEGIN_PLANNED, writes=len(saves))
        return [one.link.id in saved for one in saves]

    async def _note(self, connection: Connection, kept: Sequence[_Add | _Save]) -> None:
        """The notes that are owed for these, as the transaction's last act (`deeds`)."""
        entries = [one.note.entry(one.link.id) for one in kept if one.note is not None]
        await self._audit.append(connection, [entry for entry in entries if entry is not None])

    async def _one(self, sql: str, *values: Any) -> KycLink | None:
        row = await self._engine.row(sql, *values)
        return None if row is None else self._from(row)

    def _columns(self, links: Sequence[KycLink]) -> tuple[list[Any], ...]:
        return (
            [link.merchant_id for link in links],
            [link.id for link in links],
            [link.verification_id for link in links],
            [link.reference_id for link in links],
            [link.form_status.value for link in links],
            [to_us(link.expires_at) for link in links],
            [link.version for link in links],
            [self._sealed(link) for link in links],
            [to_us(link.created_at) for link in links],
            [self._phone(link) for link in links],
        )

    def _all_readable(self, rows: Sequence[Row]) -> list[KycLink]:
        return [link for link in map(self._readable, rows) if link is not None]

    def _phone(self, link: KycLink) -> bytes:
        return link_phone_digests(self._vault, link.merchant_id, link.phone)[0]

    def _sealed(self, link: KycLink) -> bytes:
        return self._vault.seal(link_state(link), f"journey/{link.id}")

    def _from(self, row: Row) -> KycLink:
        state = self._vault.open(row["sealed_state"], f"journey/{row['id']}")
        return link_from(row, state, from_us(row["expires_at"]), from_us(row["created_at"]))

    def _readable(self, row: Row) -> KycLink | None:
        """None for a link that the vault does not open: said once, and left out by the clock until a restart."""
        try:
            return self._from(row)
        except VaultLocked as error:
            log.error("link_unreadable", journey_id=row["id"], error=str(error))  # noqa: TRY400
            self._unreadable.add(row["id"])
            return None


def _steps(link: KycLink, steps: Sequence[str]) -> Steps:
    return Steps(link.merchant_id, Kind.KYC_LINK, link.created_at, link.template_name, steps)
