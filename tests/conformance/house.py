"""The stores under test, each behind the rooms' ports.

A new implementation joins by one more entry in `HOUSES`: a callable that opens a `House` in a folder.
"""

import asyncio
import atexit
import io
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import asyncpg

from dastak.accounts.audit import AuditTrail
from dastak.accounts.authenticator import AuthenticatorStore
from dastak.accounts.idempotency import IdempotencyStore
from dastak.accounts.invitation import InvitationStore
from dastak.accounts.logo import LogoStore
from dastak.accounts.member import Member, MemberStore
from dastak.accounts.merchant import MerchantStore
from dastak.accounts.operator import Operator, OperatorStore, PresenceStore
from dastak.accounts.session import SignInStore
from dastak.journeys.kyc_link.ports import LinkStore, StaticLinkStore, TemplateStore
from dastak.journeys.tally import TallyReader
from dastak.journeys.video_kyc.ports import UserStore, VideoKycStore
from dastak.journeys.video_kyc.rooms import Compositions, ViewLog
from dastak.notices.notice import NoticeQueue
from dastak.store.postgres.clock import PostgresClock
from dastak.store.postgres.engine import PoolSettings
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.clock import SqliteClock
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault
from dastak.webhooks.browsing import DeliveryBrowser
from dastak.webhooks.log import LogReader
from dastak.webhooks.ports import BacklogReader, BreakerStore, DeliveryQueue, EndpointStore, HourStore, TroubleStore
from dastak.webhooks.replaying import ReplayQueue, ReplayStore
from dastak.webhooks.retention import Expiring
from support.pgbouncer import PrivatePgBouncer
from support.postgres import shared_postgres

MASTER_KEY = bytes(range(32))
PUBLIC_URL = "https://kyc.example.com"


@dataclass(frozen=True)
class Ports:
    """One open store, as the rooms see it."""

    links: LinkStore
    templates: TemplateStore
    static_links: StaticLinkStore
    merchants: MerchantStore
    endpoints: EndpointStore
    deliveries: DeliveryQueue
    backlog: BacklogReader
    history: LogReader
    browsing: DeliveryBrowser
    notices: NoticeQueue
    troubles: TroubleStore
    hours: HourStore
    breakers: BreakerStore
    idempotency: IdempotencyStore
    replays: ReplayStore
    replay_queue: ReplayQueue
    retention: Expiring
    operators: OperatorStore
    presence: PresenceStore
    sign_ins: SignInStore[Operator]
    members: MemberStore
    member_sign_ins: SignInStore[Member]
    audit: AuditTrail
    invitations: InvitationStore
    authenticators: AuthenticatorStore
    video_kycs: VideoKycStore
    vkyc_users: UserStore
    compositions: Compositions
    evidence_views: ViewLog
    tallies: TallyReader
    logos: LogoStore
    clock: SqliteClock | PostgresClock


class House(Protocol):
    """A store that a test can open, crash and look into from outside."""

    @property
    def ports(self) -> Ports: ...

    @property
    def commits(self) -> int:
        """How often the store said that a commit may have caused work."""

    async def crash(self) -> None:
        """Lose the process without a chance to tidy up, and start again on what it left on the disk."""

    async def close(self) -> None: ...

    async def on_disk(self) -> bytes:
        """Every byte that the store keeps."""


class Ids:
    """`prefix_000001`, `prefix_000002`…: the same in every run."""

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()

    def __call__(self, prefix: str) -> str:
        self._made[prefix] += 1
        return f"{prefix}_{self._made[prefix]:06d}"


class SqliteHouse:
    """SQLite. A crash is a copy of database and log taken while the writer is still alive, opened elsewhere."""

    def __init__(self, folder: Path, vault: Vault | None = None, new_id: Callable[[str], str] | None = None) -> None:
        self._folder = folder
        self._lives = 0
        self._vault = vault or Vault([MASTER_KEY])
        self._new_id = new_id or Ids()
        self._commits = 0
        self.store = self._planned()

    @classmethod
    async def opened(
        cls, folder: Path, vault: Vault | None = None, new_id: Callable[[str], str] | None = None
    ) -> "SqliteHouse":
        house = cls(folder, vault, new_id)
        await house.store.open()
        return house

    @property
    def path(self) -> Path:
        """The database file of this life."""
        return self._folder / f"life{self._lives}" / "dastak.db"

    @property
    def ports(self) -> Ports:
        return ports_of(self.store)

    @property
    def commits(self) -> int:
        return self._commits

    async def crash(self) -> None:
        dead, left = self.store, self.path.parent
        self._lives += 1
        self.path.parent.mkdir()
        for name in ("dastak.db", "dastak.db-wal"):
            if (left / name).exists():
                shutil.copy(left / name, self.path.parent / name)
        await dead.close()
        self.store = self._planned()
        await self.store.open()

    async def close(self) -> None:
        await self.store.close()

    async def on_disk(self) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(self.path.parent.iterdir()))

    def _planned(self) -> SqliteStore:
        return SqliteStore(self.path, self._vault, self._new_id, PUBLIC_URL, self._count)

    def _count(self) -> None:
        self._commits += 1


DAYS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhrelid::regclass::text ~ '^attempts_[0-9]+$'"
FILLED_BY_TESTS = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('deployment', 'schema_migrations')"""


@cache
def _database() -> str:
    return shared_postgres().database()


class PostgresHouse:
    """PostgreSQL: one database for all tests, emptied before each.

    A crash is a store whose connections are cut, and then time enough for another dispatcher to see it.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._vault = Vault([MASTER_KEY])
        self._new_id = Ids()
        self._commits = 0
        self.store = self._planned()

    @classmethod
    async def opened(cls, folder: Path) -> "PostgresHouse":
        house = cls(await asyncio.to_thread(_database), folder)
        await house.store.open()
        await house._empty()
        return house

    @property
    def ports(self) -> Ports:
        return ports_of(self.store)

    @property
    def commits(self) -> int:
        return self._commits

    async def crash(self) -> None:
        await self._let_go()
        connection = await asyncpg.connect(self._url)
        await connection.execute("UPDATE dispatchers SET seen_at = '-infinity'")
        await connection.close()
        self.store = self._planned()
        await self.store._dispatchers.number()

    async def close(self) -> None:
        await self.store.close()

    async def on_disk(self) -> bytes:
        """Every row of every table, as the bytes that the database keeps of it."""
        connection = await asyncpg.connect(self._url)
        kept = io.BytesIO()
        for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            await connection.copy_from_query(f'SELECT * FROM "{row[0]}"', output=kept, format="binary")
        await connection.close()
        return kept.getvalue()

    async def _empty(self) -> None:
        connection = await asyncpg.connect(self._url)
        for row in await connection.fetch(DAYS):
            await connection.execute(f'DROP TABLE "{row[0]}"')
        tables = ", ".join(f'"{row[0]}"' for row in await connection.fetch(FILLED_BY_TESTS))
        await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY; ALTER SEQUENCE reference_ids RESTART")
        await connection.close()

    async def _let_go(self) -> None:
        """As if the process were gone: connections cut, nothing said to the database."""
        dispatchers = self.store._dispatchers
        if dispatchers._beating is not None:
            dispatchers._beating.cancel()
            await asyncio.gather(dispatchers._beating, return_exceptions=True)
        dispatchers._lifeline.cut()
        await self.store._bell.close()
        for engine in (self.store._engine, self.store._direct):
            if engine._pool is not None:
                engine._pool.terminate()
            engine._closed = True

    def _planned(self) -> PostgresStore:
        settings = PoolSettings(self._url, size=4)
        return PostgresStore(settings, self._vault, self._new_id, PUBLIC_URL, self._count, direct_url=self._url)

    def _count(self) -> None:
        self._commits += 1


@cache
def _bouncer() -> PrivatePgBouncer:
    bouncer = PrivatePgBouncer(shared_postgres())
    atexit.register(bouncer.close)
    return bouncer.start()


class PgBouncerHouse(PostgresHouse):
    """The same database through PgBouncer in transaction mode; only the lifeline and migrations go past it."""

    def _planned(self) -> PostgresStore:
        settings = PoolSettings(_bouncer().url(self._url), size=4, pooler=True)
        return PostgresStore(settings, self._vault, self._new_id, PUBLIC_URL, self._count, direct_url=self._url)


def ports_of(store: SqliteStore | PostgresStore) -> Ports:
    return Ports(
        store.links,
        store.templates,
        store.static_links,
        store.merchants,
        store.endpoints,
        store.deliveries,
        store.deliveries,
        store.history,
        store.browsing,
        store.notices,
        store.troubles,
        store.hours,
        store.breakers,
        store.idempotency,
        store.replays,
        store.replays,
        store.retention,
        store.operators,
        store.operators,
        store.sign_ins,
        store.members,
        store.member_sign_ins,
        store.audit,
        store.invitations,
        store.authenticators,
        store.video_kycs,
        store.vkyc_users,
        store.compositions,
        store.evidence_views,
        store.tallies,
        store.logos,
        store.clock,
    )


HOUSES: Mapping[str, Callable[[Path], Awaitable[House]]] = {
    "sqlite": SqliteHouse.opened,
    "postgres": PostgresHouse.opened,
    "pgbouncer": PgBouncerHouse.opened,
}
