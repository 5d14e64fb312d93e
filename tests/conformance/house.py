"""The stores under test, each behind the rooms' ports.

A new implementation (PostgreSQL) joins by one more entry in `HOUSES`: a callable from a folder to a `House`.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dastak.accounts.idempotency import IdempotencyStore
from dastak.accounts.merchant import MerchantStore
from dastak.journeys.kyc_link.ports import LinkStore, StaticLinkStore, TemplateStore
from dastak.notices.notice import NoticeQueue
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault
from dastak.webhooks.log import LogReader
from dastak.webhooks.ports import BacklogReader, DeliveryQueue, EndpointStore

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
    notices: NoticeQueue
    idempotency: IdempotencyStore


class House(Protocol):
    """A store that a test can open, crash and look into from outside."""

    @property
    def ports(self) -> Ports: ...

    @property
    def commits(self) -> int:
        """How often the store said that a commit may have caused work."""

    def crash(self) -> None:
        """Lose the process without a chance to tidy up, and start again on what it left on the disk."""

    def close(self) -> None: ...

    def on_disk(self) -> bytes:
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
        self.store = self._opened()

    @property
    def path(self) -> Path:
        """The database file of this life."""
        return self._folder / f"life{self._lives}" / "dastak.db"

    @property
    def ports(self) -> Ports:
        store = self.store
        return Ports(
            store.links,
            store.templates,
            store.static_links,
            store.merchants,
            store.endpoints,
            store.deliveries,
            store.deliveries,
            store.history,
            store.notices,
            store.idempotency,
        )

    @property
    def commits(self) -> int:
        return self._commits

    def crash(self) -> None:
        dead, left = self.store, self.path.parent
        self._lives += 1
        self.path.parent.mkdir()
        for name in ("dastak.db", "dastak.db-wal"):
            if (left / name).exists():
                shutil.copy(left / name, self.path.parent / name)
        dead.close()
        self.store = self._opened()

    def close(self) -> None:
        self.store.close()

    def on_disk(self) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(self.path.parent.iterdir()))

    def _opened(self) -> SqliteStore:
        store = SqliteStore(self.path, self._vault, self._new_id, PUBLIC_URL, self._count)
        store.open()
        return store

    def _count(self) -> None:
        self._commits += 1


HOUSES: Mapping[str, Callable[[Path], House]] = {"sqlite": SqliteHouse}
