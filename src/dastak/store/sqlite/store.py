"""Everything that one SQLite file keeps, behind the rooms' ports.

In: the file's path, a vault, an id maker. Out: one object per port. `app.build` opens it, plugs it in and closes it.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

from dastak.store.member_rows import MEMBERS
from dastak.store.observing import StoreObserver
from dastak.store.operator_rows import OPERATORS
from dastak.store.sqlite import compositions, deliveries, idempotency, notices
from dastak.store.sqlite.audit import SqliteAudit
from dastak.store.sqlite.authenticators import SqliteAuthenticators
from dastak.store.sqlite.breakers import SqliteBreakers
from dastak.store.sqlite.browsing import SqliteBrowsing
from dastak.store.sqlite.clock import SqliteClock
from dastak.store.sqlite.compositions import SqliteCompositions
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.deliveries import SqliteDeliveries
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.evidence_views import SqliteEvidenceViews
from dastak.store.sqlite.history import SqliteHistory
from dastak.store.sqlite.hours import SqliteHours
from dastak.store.sqlite.idempotency import SqliteIdempotency
from dastak.store.sqlite.invitations import SqliteInvitations
from dastak.store.sqlite.links import SqliteLinks
from dastak.store.sqlite.logos import SqliteLogos
from dastak.store.sqlite.members import SqliteMembers
from dastak.store.sqlite.merchants import SqliteMerchants
from dastak.store.sqlite.migration import migrate
from dastak.store.sqlite.notices import SqliteNotices
from dastak.store.sqlite.operators import SqliteOperators
from dastak.store.sqlite.outbox import Outbox
from dastak.store.sqlite.replays import SqliteReplays
from dastak.store.sqlite.retention import SqliteRetention
from dastak.store.sqlite.sign_ins import SqliteSignIns
from dastak.store.sqlite.tallies import SqliteTallies
from dastak.store.sqlite.templates import SqliteStaticLinks, SqliteTemplates
from dastak.store.sqlite.troubles import SqliteTroubles
from dastak.store.sqlite.video_kycs import SqliteVideoKycs
from dastak.store.sqlite.vkyc_users import SqliteVkycUsers
from dastak.store.vault import Vault

BEAT = """
    INSERT INTO counters (name, next) VALUES ('health', 1) ON CONFLICT (name) DO UPDATE SET next = next + 1"""


class SqliteStore:
    """The embedded store: one file, one process."""

    def __init__(
        self,
        path: Path,
        vault: Vault,
        new_id: Callable[[str], str],
        public_url: str,
        committed: Callable[[], None] = lambda: None,
        observer: StoreObserver | None = None,
    ) -> None:
        """Plan the store; nothing is opened yet.

        Args:
            path: the database file; its folder is made if missing.
            vault: seals what must not lie open on the disk.
            new_id: prefix → id.
            public_url: what static links begin with.
            committed: called on the event loop after a commit that may have caused work for dispatcher or notifier.
            observer: told of every transaction, on the store's own thread.
        """
        self._engine = Engine(path, observer)
        self.audit = SqliteAudit(self._engine, vault)
        deeds = Deeds(self._engine, self.audit)
        self.merchants = SqliteMerchants(self._engine, vault, deeds)
        self.endpoints = SqliteEndpoints(self._engine, vault, deeds)
        self.templates = SqliteTemplates(self._engine, deeds)
        self.logos = SqliteLogos(self._engine)
        self.static_links = SqliteStaticLinks(self._engine, vault, deeds, public_url)
        outbox = Outbox(vault, self.endpoints, new_id)
        self.links = SqliteLinks(self._engine, vault, deeds, outbox, committed)
        self.video_kycs = SqliteVideoKycs(self._engine, vault, deeds, outbox, committed, self.links.next_reference_id)
        self.vkyc_users = SqliteVkycUsers(self._engine, vault, deeds)
        self.tallies = SqliteTallies(self._engine)
        self.compositions = SqliteCompositions(self._engine)
        self.evidence_views = SqliteEvidenceViews(self._engine, vault, deeds)
        self.deliveries = SqliteDeliveries(self._engine, vault, self.endpoints, self.merchants)
        self.history = SqliteHistory(self._engine, vault, deeds, self.endpoints)
        self.browsing = SqliteBrowsing(self._engine)
        self.replays = SqliteReplays(self._engine, deeds, self.endpoints, committed)
        self.notices = SqliteNotices(self._engine, vault)
        self.troubles = SqliteTroubles(self._engine, vault, self.endpoints, outbox, committed)
        self.hours = SqliteHours(self._engine)
        self.breakers = SqliteBreakers(self._engine)
        self.idempotency = SqliteIdempotency(self._engine, vault)
        self.retention = SqliteRetention(self._engine)
        self.operators = SqliteOperators(self._engine, vault, deeds)
        self.sign_ins = SqliteSignIns(self._engine, vault, deeds, OPERATORS, committed)
        self.members = SqliteMembers(self._engine, vault, deeds)
        self.invitations = SqliteInvitations(self._engine, vault, deeds, self.members, committed)
        self.authenticators = SqliteAuthenticators(self._engine, vault, deeds)
        self.member_sign_ins = SqliteSignIns(self._engine, vault, deeds, MEMBERS, committed)
        self.clock = SqliteClock(self._engine, self.endpoints)

    async def open(self) -> list[str]:
        """Take the file, bring its schema up to date, free what a dead process had leased; the migrations applied.

        Raises:
            StoreBusy: another process has it.
            SchemaTooNew: a newer release wrote it.
        """
        return await asyncio.to_thread(self._engine.open, _prepare)

    async def is_writable(self) -> bool:
        """Whether a commit reaches the disk now, and reading works; for health checks."""
        written = await self._engine.write(lambda connection: connection.execute(BEAT).rowcount > 0)
        return written and await self._engine.read(
            lambda connection: connection.execute("SELECT 1").fetchone() is not None
        )

    def listen(self) -> None:
        """Nobody else commits to this file: there is nothing to hear."""

    async def close(self) -> None:
        """Finish and let go. Twice is harmless."""
        await asyncio.to_thread(self._engine.close)


def _prepare(connection: sqlite3.Connection) -> list[str]:
    applied = migrate(connection)
    # This process holds the file's lock, so whoever held a lease is dead.
    connection.execute(deliveries.RELEASE)
    connection.execute(notices.RELEASE)
    connection.execute(idempotency.RELEASE)
    connection.execute(compositions.RELEASE)
    return applied
