"""KYC Links in SQLite, with the events and messages that a move causes. Fulfils `journeys.kyc_link.ports.LinkStore`."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

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
from dastak.store.records import link_from, link_state
from dastak.store.sqlite.consents import add_consent
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.notices import add_messages
from dastak.store.sqlite.outbox import Outbox
from dastak.store.sqlite.tallies import count_steps
from dastak.store.vault import Vault, VaultLocked

log = structlog.get_logger("dastak.store")

ADD = """
    INSERT INTO journeys (merchant_id, id, kind, verification_id, reference_id, code_digest, status, expires_at,
        version, sealed_state, created_at, phone_digest)
    VALUES (?, ?, 'kyc_link', ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
SAVE = """
    UPDATE journeys SET status = ?, expires_at = ?, version = version + 1, sealed_state = ?, phone_digest = ?
    WHERE merchant_id = ? AND id = ? AND version = ?"""
COLUMNS = """
    SELECT merchant_id, id, verification_id, reference_id, status, expires_at, version, sealed_state, created_at
    FROM journeys"""
BY_ID = f"{COLUMNS} WHERE merchant_id = ? AND id = ? AND kind = 'kyc_link'"
BY_VERIFICATION_ID = f"{COLUMNS} WHERE merchant_id = ? AND verification_id = ? AND kind = 'kyc_link'"
BY_REFERENCE_ID = f"{COLUMNS} WHERE merchant_id = ? AND reference_id = ? AND kind = 'kyc_link'"
BY_CODE = f"{COLUMNS} WHERE code_digest = ? AND kind = 'kyc_link'"
TO_EXPIRE = f"""{COLUMNS} WHERE status = 'RECEIVED' AND expires_at <= ? AND kind = 'kyc_link'
    AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY expires_at LIMIT ?"""
NEXT_EXPIRY = """
    SELECT min(expires_at) AS at FROM journeys
    WHERE status = 'RECEIVED' AND kind = 'kyc_link' AND id NOT IN (SELECT value FROM json_each(?))"""
TAKE_NUMBERS = """
    INSERT INTO counters (name, next) VALUES ('reference_id', 1 + :block)
    ON CONFLICT (name) DO UPDATE SET next = next + :block RETURNING next - :block AS first"""

NUMBER_BLOCK = 100
"""Reference ids are taken from the database a block at a time; a restart leaves a gap and repeats none."""


class SqliteLinks:
    """The KYC Links of one file."""

    def __init__(
        self, engine: Engine, vault: Vault, deeds: Deeds, outbox: Outbox, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._outbox = outbox
        self._committed = committed
        self._numbers: list[int] = []
        self._unreadable: set[str] = set()

    async def add_link(self, link: KycLink, messages: Sequence[Message]) -> None:
        sealed, digest, phone = self._sealed(link), self._vault.digest(link.code), self._phone(link)

        def work(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(ADD, (*_row(link, digest, sealed), phone))
            except sqlite3.IntegrityError as error:
                if "journeys.verification_id" in str(error):
                    raise DuplicateVerificationId("this verification_id was used before") from None
                raise
            add_messages(connection, self._vault, messages)
            _count(connection, link, steps_of(link))

        await self._deeds.write(link.merchant_id, work, link.id)
        self._committed()

    async def save_link(
        self,
        link: KycLink,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        sealed, phone = self._sealed(link), self._phone(link)
        key = (link.merchant_id, link.id, link.version)

        def work(connection: sqlite3.Connection) -> bool:
            values = (link.form_status.value, to_us(link.expires_at), sealed, phone, *key)
            if connection.execute(SAVE, values).rowcount == 0:
                return False
            self._outbox.append(connection, events)
            add_messages(connection, self._vault, messages)
            if consent is not None:
                add_consent(connection, self._vault, consent)
            _count(connection, link, steps)
            return True

        saved = await self._deeds.write(link.merchant_id, work, link.id)
        self._committed()
        return saved

    async def link_by_id(self, merchant_id: str, link_id: str) -> KycLink | None:
        return await self._one(BY_ID, (merchant_id, link_id))

    async def link_by_code(self, code: str) -> KycLink | None:
        for digest in self._vault.digests(code):
            link = await self._one(BY_CODE, (digest,))
            if link is not None:
                return link
        return None

    async def link_by_verification_id(self, merchant_id: str, verification_id: str) -> KycLink | None:
        return await self._one(BY_VERIFICATION_ID, (merchant_id, verification_id))

    async def link_by_reference_id(self, merchant_id: str, reference_id: int) -> KycLink | None:
        return await self._one(BY_REFERENCE_ID, (merchant_id, reference_id))

    async def links(self, merchant_id: str, wanted: LinkFilter, after: Cursor | None, limit: int) -> Sequence[KycLink]:
        async def page(after: Cursor | None, limit: int) -> list[sqlite3.Row]:
            asked = newest_links(self._vault, merchant_id, wanted, after, limit)
            sql = asked.sql.replace("$", "?")
            return await self._engine.read(lambda connection: connection.execute(sql, asked.values).fetchall())

        return await filled(self._all_readable, page, "created_at", after, limit)

    async def links_to_expire(self, now: datetime, limit: int) -> Sequence[KycLink]:
        def work(connection: sqlite3.Connection) -> list[KycLink]:
            unreadable = json.dumps(sorted(self._unreadable))
            found = (self._readable(row) for row in connection.execute(TO_EXPIRE, (to_us(now), unreadable, limit)))
            return [link for link in found if link is not None]

        return await self._engine.read(work)

    async def next_expiry(self) -> datetime | None:
        unreadable = json.dumps(sorted(self._unreadable))
        row = await self._engine.read(lambda connection: connection.execute(NEXT_EXPIRY, (unreadable,)).fetchone())
        return None if row["at"] is None else from_us(row["at"])

    async def next_reference_id(self) -> int:
        if not self._numbers:
            first = await self._engine.write(
                lambda connection: connection.execute(TAKE_NUMBERS, {"block": NUMBER_BLOCK}).fetchone()["first"]
            )
            self._numbers.extend(range(first + NUMBER_BLOCK - 1, first - 1, -1))
        return self._numbers.pop()

    async def _one(self, sql: str, values: tuple[Any, ...]) -> KycLink | None:
        def work(connection: sqlite3.Connection) -> KycLink | None:
            row = connection.execute(sql, values).fetchone()
            return None if row is None else self._from(row)

        return await self._engine.read(work)

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


def _count(connection: sqlite3.Connection, link: KycLink, steps: Sequence[str]) -> None:
    count_steps(connection, link.merchant_id, Kind.KYC_LINK, link.created_at, link.template_name, steps)


def _row(link: KycLink, digest: bytes, sealed: bytes) -> tuple[object, ...]:
    return (
        link.merchant_id,
        link.id,
        link.verification_id,
        link.reference_id,
        digest,
        link.form_status.value,
        to_us(link.expires_at),
        link.version,
        sealed,
        to_us(link.created_at),
    )
