"""Everything that one PostgreSQL database keeps, behind the rooms' ports.

In: how to reach it, a vault, an id maker. Out: one object per port, the same as `SqliteStore` has. Any number of
processes on any number of machines share a database. `app.build` opens it, plugs it in and closes it.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from dastak.store.member_rows import MEMBERS
from dastak.store.observing import StoreObserver
from dastak.store.operator_rows import OPERATORS
from dastak.store.postgres.audit import PostgresAudit
from dastak.store.postgres.authenticators import PostgresAuthenticators
from dastak.store.postgres.bell import Bell
from dastak.store.postgres.breakers import PostgresBreakers
from dastak.store.postgres.browsing import PostgresBrowsing
from dastak.store.postgres.clock import PostgresClock
from dastak.store.postgres.compositions import PostgresCompositions
from dastak.store.postgres.days import Days
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.deliveries import PostgresDeliveries
from dastak.store.postgres.dispatchers import Dispatchers
from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import Connection, Engine, PoolSettings
from dastak.store.postgres.evidence_views import PostgresEvidenceViews
from dastak.store.postgres.history import PostgresHistory
from dastak.store.postgres.hours import PostgresHours
from dastak.store.postgres.idempotency import PostgresIdempotency
from dastak.store.postgres.invitations import PostgresInvitations
from dastak.store.postgres.links import PostgresLinks
from dastak.store.postgres.logos import PostgresLogos
from dastak.store.postgres.members import PostgresMembers
from dastak.store.postgres.merchants import PostgresMerchants
from dastak.store.postgres.migration import migrate
from dastak.store.postgres.notices import PostgresNotices
from dastak.store.postgres.operators import PostgresOperators
from dastak.store.postgres.outbox import Outbox
from dastak.store.postgres.replays import PostgresReplays
from dastak.store.postgres.retention import PostgresRetention
from dastak.store.postgres.sign_ins import PostgresSignIns
from dastak.store.postgres.tallies import PostgresTallies
from dastak.store.postgres.templates import PostgresStaticLinks, PostgresTemplates
from dastak.store.postgres.troubles import PostgresTroubles
from dastak.store.postgres.video_kycs import PostgresVideoKycs
from dastak.store.postgres.vkyc_users import PostgresVkycUsers
from dastak.store.vault import Vault

DIRECT_POOL = 2
"""Connections beside the pool, for changes of the schema."""
BEAT = "UPDATE deployment SET beats = beats + 1 RETURNING beats"


class PostgresStore:
    """The shared store: one database, many processes."""

    def __init__(
        self,
        settings: PoolSettings,
        vault: Vault,
        new_id: Callable[[str], str],
        public_url: str,
        committed: Callable[[], None] = lambda: None,
        observer: StoreObserver | None = None,
        direct_url: str = "",
    ) -> None:
        """Plan the store; nothing is opened yet.

        Args:
            settings: where the database is, and how many connections this process may have.
            vault: seals what must not lie open on the disk.
            new_id: prefix → id.
            public_url: what static links begin with.
            committed: called on the event loop after a commit, here or in another process, that may have caused work.
            observer: told of every transaction.
            direct_url: a way to the database that no pooler is in, for migrations and notifications; default: the same.
        """
        self._heard = committed
        self._engine = Engine(settings, observer)
        self._direct = Engine(
            PoolSettings(direct_url or settings.url, DIRECT_POOL, pooler=settings.pooler and not direct_url)
        )
        self._bell = Bell(self._engine, self._direct, committed)
        self._dispatchers = Dispatchers(self._engine, self._direct)
        self.audit = PostgresAudit(self._engine, vault)
        deeds = Deeds(self._engine, self.audit)
        self.merchants = PostgresMerchants(self._engine, vault, deeds)
        self.endpoints = PostgresEndpoints(self._engine, vault, deeds)
        self.templates = PostgresTemplates(self._engine, deeds)
        self.logos = PostgresLogos(self._engine)
        self.static_links = PostgresStaticLinks(self._engine, vault, deeds, public_url)
        outbox = Outbox(vault, self.endpoints, new_id)
        self.links = PostgresLinks(self._engine, vault, self.audit, outbox, self._committed)
        self.video_kycs = PostgresVideoKycs(
            self._engine, vault, deeds, outbox, self._committed, self.links.next_reference_id
        )
        self.vkyc_users = PostgresVkycUsers(self._engine, vault, deeds)
        self.tallies = PostgresTallies(self._engine)
        self.compositions = PostgresCompositions(self._engine)
        self.evidence_views = PostgresEvidenceViews(self._engine, vault, deeds)
        self.deliveries = PostgresDeliveries(self._engine, vault, self.endpoints, self.merchants, self._dispatchers)
        self.history = PostgresHistory(self._engine, vault, deeds)
        self.browsing = PostgresBrowsing(self._engine)
        self.replays = PostgresReplays(self._engine, deeds, self._committed)
        self.notices = PostgresNotices(self._engine, vault)
        self.troubles = PostgresTroubles(self._engine, vault, self.endpoints, outbox, self._committed)
        self.hours = PostgresHours(self._engine)
        self.breakers = PostgresBreakers(self._engine)
        self.idempotency = PostgresIdempotency(self._engine, vault)
        self._days = Days(self._engine, self._direct)
        self.retention = PostgresRetention(self._engine, self._days)
        self.operators = PostgresOperators(self._engine, vault, deeds)
        self.sign_ins = PostgresSignIns(self._engine, vault, deeds, OPERATORS, self._committed)
        self.members = PostgresMembers(self._engine, vault, deeds)
        self.invitations = PostgresInvitations(self._engine, vault, deeds, self.members, self._committed)
        self.authenticators = PostgresAuthenticators(self._engine, vault, deeds)
        self.member_sign_ins = PostgresSignIns(self._engine, vault, deeds, MEMBERS, self._committed)
        self.clock = PostgresClock(self._engine)

    async def open(self) -> list[str]:
        """Reach the database and bring its schema up to date; the migrations applied.

        Raises:
            StoreUnavailable: it cannot be reached.
            SchemaTooNew, SchemaTooOld: it does not fit this release.
        """
        connection = await self._direct.connect()
        try:
            applied = await migrate(connection)
        finally:
            await connection.close()
        await self._days.prepare(datetime.now(UTC))
        return applied

    def listen(self) -> None:
        """Hear of other processes' commits, for as long as this event loop runs."""
        self._bell.listen()

    async def is_writable(self) -> bool:
        """Whether a commit reaches the disk now, and reading works; for health checks."""

        async def work(connection: Connection) -> bool:
            return await connection.fetchval(BEAT) is not None

        return await self._engine.write(work)

    async def close(self) -> None:
        """Finish and let go. Twice is harmless."""
        await self._bell.close()
        await self._dispatchers.close()
        await self._engine.close()
        await self._direct.close()

    def _committed(self) -> None:
        """Those in this process at once; the others, unless there are none."""
        self._heard()
        if not self._dispatchers.is_alone:
            self._bell.ring()
