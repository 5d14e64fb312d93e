"""A merchant's application around an inbox: effects that can be counted, a clock, and crashes wherever one wants them.

In: a store. Out: a `World` that plays sender, receiver and worker. A crash is a `BaseException` before or after any
statement, commit or effect: the transaction is gone, as it is when the process is.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from dastak_sdk import (
    SUB_STATUSES,
    CheckType,
    Event,
    KycLinkData,
    VerificationDetail,
    VideoKycData,
    encode_event,
    parse_event,
)
from dastak_sdk.inbox import AsyncInbox, AsyncStore, Inbox, Receipt, Store, Transaction
from dastak_sdk.inbox.rows import Rows

H = TypeVar("H")
T = TypeVar("T")
BEGAN = datetime(2026, 1, 5, 10, tzinfo=UTC)
TYPES = (CheckType.AADHAAR, CheckType.PAN)
PATH = (
    ("VKYC_USER_LINK_GENERATED", "LINK_GENERATED"),
    ("VKYC_USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
    ("VKYC_USER_CALL_QUEUED", "USER_QUEUED"),
    ("VKYC_USER_CALL_STARTED", "USER_ACCEPTED_MEETING"),
    ("VKYC_USER_DROPOFF_FROM_CALL", "USER_DROPPED_OFF"),
    ("VKYC_USER_CALL_QUEUED", "SCHEDULED_USER_QUEUED"),
    ("VKYC_USER_CALL_STARTED", "USER_ACCEPTED_MEETING"),
    ("VKYC_USER_CALL_COMPLETED", "AGENT_APPROVED"),
    ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
)
"""A whole Video KYC, with a call that dropped and went back to the queue."""

KYC_LINK_PATH = (
    ("KYC_LINK_ACTION_PERFORMED", ("FAILED", "RECEIVED"), "RECEIVED"),
    ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "RECEIVED"), "RECEIVED"),
    ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "FAILED"), "RECEIVED"),
    ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "SUCCESS"), "SUCCESS"),
    ("KYC_LINK_SUCCESS", ("SUCCESS", "SUCCESS"), "SUCCESS"),
)
"""A whole KYC Link with two checks, each of which failed once."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY, journey TEXT, time TEXT, kind TEXT)",
    "CREATE TABLE IF NOT EXISTS present (journey TEXT PRIMARY KEY, sub_status TEXT)",
)


class Crash(BaseException):
    """The process is gone."""


class EffectError(Exception):
    """The merchant's code failed."""


def journey(name: str, length: int = len(PATH), *, sequenced: bool = True) -> list[Event]:
    """The first so many events of one journey, as a receiver verified them, a second apart."""
    return [make_event(name, number, sequenced=sequenced) for number in range(1, length + 1)]


def make_link_event(name: str, number: int, *, sequenced: bool = True) -> Event:
    """One event of a KYC Link; the last two share their second, as they do in truth."""
    kind, checks, form = KYC_LINK_PATH[number - 1]
    details = tuple(
        VerificationDetail(n, type_.value, status) for n, (type_, status) in enumerate(zip(TYPES, checks, strict=True))
    )
    data = KycLinkData("Asha", "9999999999", None, name, 1, "2026-02-04", "https://kyc.example/x", form, details)
    time = BEGAN + timedelta(seconds=min(number, len(KYC_LINK_PATH) - 1))
    event = parse_event(encode_event(kind, time, data, client_secret=None))
    return replace(event, sequence=number) if sequenced else event


def journey_of(event: Event) -> str:
    """The merchant's own id of it."""
    assert isinstance(event.data, (KycLinkData, VideoKycData))
    return event.data.verification_id


def state_of(event: Event) -> str:
    """What a merchant writes down of an event: where the customer stands now."""
    if isinstance(event.data, KycLinkData):
        return " ".join([event.data.form_status, *(detail.status for detail in event.data.verification_details)])
    assert isinstance(event.data, VideoKycData)
    return event.data.sub_status


def make_event(name: str, number: int, *, sequenced: bool = True, seconds: int | None = None) -> Event:
    kind, sub_status = PATH[number - 1]
    data = VideoKycData(
        name, 1, 2, "user", SUB_STATUSES[sub_status].status, sub_status, "https://kyc.example/x", "2026-02-04"
    )
    time = BEGAN + timedelta(seconds=number if seconds is None else seconds)
    event = parse_event(encode_event(kind, time, data, client_secret=None))
    return replace(event, sequence=number) if sequenced else event


@dataclass
class Faults:
    """Counts the points at which a process can die, and lets it die at the chosen ones."""

    at: frozenset[int] = frozenset()
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed in self.at:
            raise Crash


@dataclass
class FaultyTransaction(Generic[H]):
    inner: Transaction[H]
    faults: Faults

    @property
    def handle(self) -> H:
        return self.inner.handle

    def run(self, statement: str, values: Any) -> Sequence[Sequence[Any]]:
        self.faults.point()
        rows = self.inner.run(statement, values)
        self.faults.point()
        return rows

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.faults.point()
        with self.inner.savepoint():
            yield
        self.faults.point()


@dataclass
class FaultyStore(Generic[H]):
    """A store whose process dies before or after every statement, and before and after every commit."""

    inner: Store[H]
    faults: Faults

    @contextmanager
    def transaction(self) -> Iterator[FaultyTransaction[H]]:
        with self.inner.transaction() as transaction:
            yield FaultyTransaction(transaction, self.faults)
            self.faults.point()
        self.faults.point()


@dataclass
class FaultyAsyncStore(Generic[H]):
    """The same for an asynchronous store."""

    inner: AsyncStore[H]
    faults: Faults

    async def transact(self, act: Callable[[Transaction[H]], T]) -> T:
        def faulty(transaction: Transaction[H]) -> T:
            result = act(FaultyTransaction(transaction, self.faults))
            self.faults.point()
            return result

        result = await self.inner.transact(faulty)
        self.faults.point()
        return result

    def wait(self, effect: Awaitable[None]) -> None:
        self.inner.wait(effect)


class Awaited:
    """An asynchronous inbox, each call awaited to its end; one call at a time."""

    def __init__(self, inbox: AsyncInbox[Any], runner: asyncio.Runner) -> None:
        self._inbox = inbox
        self._runner = runner
        self._lock = threading.Lock()
        self._turns = inbox._turns

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*values: Any, **options: Any) -> Any:
            with self._lock:
                return self._runner.run(getattr(self._inbox, name)(*values, **options))

        return call


@dataclass
class World(Generic[H]):
    """One merchant: a store, how to run a statement on its handle, and what goes wrong."""

    store: Store[H]
    run: Callable[[H, str, dict[str, Any]], Sequence[Sequence[Any]]]
    faults: Faults = field(default_factory=Faults)
    failing_calls: frozenset[int] = frozenset()
    options: dict[str, Any] = field(default_factory=dict)
    async_store: AsyncStore[Any] | None = None
    """Where the inbox is asynchronous: its store, on the same database."""
    runner: asyncio.Runner | None = None
    leave: Callable[[], None] = lambda: None
    """What a thread does before it ends: some stores keep a connection for each."""
    is_sqlite: bool = True
    inbox: Any = None
    now: float = BEGAN.timestamp()
    calls: int = 0

    def __post_init__(self) -> None:
        with self.store.transaction() as transaction:
            for table in TABLES:
                self.run(transaction.handle, table, {})
        settings = {"patience": None, "clock": lambda: self.now, **self.options}
        if self.async_store is None:
            late = {"on_late": self.note_late} | settings
            self.inbox = Inbox(FaultyStore(self.store, self.faults), self.effect, **late)
        else:
            self.inbox = self._awaited(self.async_store, {"on_late": self._awaited_late} | settings)

    def claim(self, key: str) -> str | None:
        """Begin an attempt, as a worker that is slow to go on."""
        lease: str | None = self._inside(lambda rows: self.inbox._turns.claim(rows, key, self.now))
        return lease

    def attempt(self, key: str, lease: str) -> Receipt | None:
        receipt: Receipt | None = self._inside(lambda rows: self.inbox._turns.attempt(rows, key, lease, self.now))
        return receipt

    def _inside(self, act: Callable[[Rows[Any]], Any]) -> Any:
        if self.async_store is not None:
            return self.inbox._do(act)
        with self.store.transaction() as transaction:
            return act(Rows(transaction))

    def effect(self, handle: H, event: Event) -> None:
        self._note(handle, event, "effect")
        self.faults.point()
        self.run(
            handle,
            "INSERT INTO present (journey, sub_status) VALUES (:journey, :sub_status)"
            " ON CONFLICT (journey) DO UPDATE SET sub_status = excluded.sub_status",
            {"journey": journey_of(event), "sub_status": state_of(event)},
        )
        self.calls += 1
        if self.calls in self.failing_calls:
            raise EffectError(f"call {self.calls}")

    def note_late(self, handle: H, event: Event) -> None:
        self._note(handle, event, "late")
        self.faults.point()

    def deliver(self, events: Sequence[Event], *, keep: bool = False) -> None:
        """Send these in this order; one that was not acknowledged is sent again at the end, as a sender does."""
        waiting = list(events)
        while waiting:
            event = waiting.pop(0)
            try:
                self.inbox.keep(event) if keep else self.inbox.receive(event)
            except Crash:
                waiting.append(event)

    def settle(self) -> None:
        """Work until nothing is due any more, time passing; replay what died. After that nothing crashes any more."""
        for _ in range(1000):
            try:
                if self.inbox.work():
                    continue
                dead = self.inbox.dead_letters()
                for record in dead:
                    self.inbox.replay(record.key)
            except Crash:
                continue
            if not dead and not self._tick():
                self.faults.at = frozenset()
                return
        raise AssertionError("the inbox did not come to rest")

    def effects(self, name: str, kind: str = "effect") -> list[str]:
        """The times of the events of a journey that had their effect, in the order in which they had it."""
        found = self._query(
            "SELECT time FROM effects WHERE journey = :journey AND kind = :kind ORDER BY number",
            {"journey": name, "kind": kind},
        )
        return [time for (time,) in found]

    def present(self, name: str) -> str | None:
        found = self._query("SELECT sub_status FROM present WHERE journey = :journey", {"journey": name})
        return found[0][0] if found else None

    def receive(self, event: Event, **options: Any) -> Receipt:
        receipt: Receipt = self.inbox.receive(event, **options)
        return receipt

    def _awaited(self, store: AsyncStore[Any], settings: dict[str, Any]) -> "Awaited":
        async def effect(handle: Any, event: Event) -> None:
            await handle.run_sync(lambda inner: self.effect(inner, event))

        assert self.runner is not None
        return Awaited(AsyncInbox(FaultyAsyncStore(store, self.faults), effect, **settings), self.runner)

    async def _awaited_late(self, handle: Any, event: Event) -> None:
        await handle.run_sync(lambda inner: self.note_late(inner, event))

    def _tick(self) -> bool:
        """Let time pass until something is due. Whether anything will be."""
        found = self._query("SELECT MIN(due_at) FROM dastak_inbox", {})
        if found[0][0] is None:
            return False
        self.now = max(self.now, float(found[0][0]))
        return True

    def _note(self, handle: H, event: Event, kind: str) -> None:
        self.run(
            handle,
            "INSERT INTO effects (number, journey, time, kind)"
            " SELECT COALESCE(MAX(number), 0) + 1, :journey, :time, :kind FROM effects",
            {"journey": journey_of(event), "time": event.time_text, "kind": kind},
        )

    def _query(self, statement: str, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
        with self.store.transaction() as transaction:
            return self.run(transaction.handle, statement, values)


def times(events: Sequence[Event]) -> list[str]:
    return [event.time_text for event in events]
