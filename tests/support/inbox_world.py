"""A merchant's application around an inbox: effects that can be counted, a clock, and crashes wherever one wants them.

In: a store. Out: a `World` that plays sender, receiver and worker. A crash is a `BaseException` before or after any
statement, commit or effect: the transaction is gone, as it is when the process is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from dastak_sdk import SUB_STATUSES, Event, VideoKycData, encode_event, parse_event
from dastak_sdk.inbox import Inbox, Receipt, Store, Transaction

H = TypeVar("H")
BEGAN = datetime(2026, 1, 5, 10, tzinfo=UTC)
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
class World(Generic[H]):
    """One merchant: a store, how to run a statement on its handle, and what goes wrong."""

    store: Store[H]
    run: Callable[[H, str, dict[str, Any]], Sequence[Sequence[Any]]]
    faults: Faults = field(default_factory=Faults)
    failing_calls: frozenset[int] = frozenset()
    options: dict[str, Any] = field(default_factory=dict)
    now: float = BEGAN.timestamp()
    calls: int = 0

    def __post_init__(self) -> None:
        with self.store.transaction() as transaction:
            for table in TABLES:
                self.run(transaction.handle, table, {})
        settings = {"patience": None, "on_late": self.note_late, **self.options}
        self.inbox = Inbox(FaultyStore(self.store, self.faults), self.effect, clock=lambda: self.now, **settings)

    def effect(self, handle: H, event: Event) -> None:
        self._note(handle, event, "effect")
        self.faults.point()
        assert isinstance(event.data, VideoKycData)
        self.run(
            handle,
            "INSERT INTO present (journey, sub_status) VALUES (:journey, :sub_status)"
            " ON CONFLICT (journey) DO UPDATE SET sub_status = excluded.sub_status",
            {"journey": event.data.verification_id, "sub_status": event.data.sub_status},
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
        return self.inbox.receive(event, **options)

    def _tick(self) -> bool:
        """Let time pass until something is due. Whether anything will be."""
        found = self._query("SELECT MIN(due_at) FROM dastak_inbox", {})
        if found[0][0] is None:
            return False
        self.now = max(self.now, float(found[0][0]))
        return True

    def _note(self, handle: H, event: Event, kind: str) -> None:
        assert isinstance(event.data, VideoKycData)
        self.run(
            handle,
            "INSERT INTO effects (number, journey, time, kind)"
            " SELECT COALESCE(MAX(number), 0) + 1, :journey, :time, :kind FROM effects",
            {"journey": event.data.verification_id, "time": event.time_text, "kind": kind},
        )

    def _query(self, statement: str, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
        with self.store.transaction() as transaction:
            return self.run(transaction.handle, statement, values)


def times(events: Sequence[Event]) -> list[str]:
    return [event.time_text for event in events]
