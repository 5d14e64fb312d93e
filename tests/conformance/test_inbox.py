"""The inbox: any multiset and order of deliveries with any crashes has the effects of each event once, in order."""

import asyncio
import logging
import random
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker

from dastak_sdk import Event, encode_test_event, envelope, parse_event
from dastak_sdk.envelope import read_any_event
from dastak_sdk.inbox import AsyncInbox, Inbox, InboxError, Outcome, SqliteStore, State
from dastak_sdk.inbox.sqlalchemy import AsyncSqlAlchemyStore, SqlAlchemyStore
from dastak_sdk.sample import sample_event
from support.inbox_world import (
    BEGAN,
    KYC_LINK_PATH,
    PATH,
    Crash,
    Faults,
    World,
    journey,
    make_event,
    make_link_event,
    state_of,
    times,
)
from support.postgres import shared_postgres

AnyWorld = World[Any]
Kit = dict[str, Any]
Maker = Callable[..., AbstractContextManager[AnyWorld]]


def run_sqlite(handle: sqlite3.Connection, statement: str, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
    return handle.execute(statement, values).fetchall()


def run_sqlalchemy(handle: Any, statement: str, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
    result = handle.execute(text(statement), values)
    return result.fetchall() if result.returns_rows else ()


@contextmanager
def sqlite3_kit() -> Iterator[Kit]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "app.db")
        store.create_tables()
        yield {"store": store, "run": run_sqlite}


@contextmanager
def sqlalchemy_sqlite() -> Iterator[Kit]:
    with tempfile.TemporaryDirectory() as folder, disposed(create_engine(f"sqlite:///{folder}/app.db")) as engine:
        yield sqlalchemy_kit(sessionmaker(engine))


@contextmanager
def sqlalchemy_postgres() -> Iterator[Kit]:
    with disposed(create_engine(database_url("psycopg"))) as engine:
        yield sqlalchemy_kit(engine)


@contextmanager
def async_sqlite() -> Iterator[Kit]:
    with tempfile.TemporaryDirectory() as folder, disposed(create_engine(f"sqlite:///{folder}/app.db")) as engine:
        inner = create_async_engine(f"sqlite+aiosqlite:///{folder}/app.db")
        with asyncio.Runner() as runner:
            yield sqlalchemy_kit(engine) | {"runner": runner, "async_store": AsyncSqlAlchemyStore(inner)}
            runner.run(inner.dispose())


@contextmanager
def async_postgres() -> Iterator[Kit]:
    url = database_url("psycopg")
    with disposed(create_engine(url)) as engine:
        inner = create_async_engine(url.replace("+psycopg", "+asyncpg"))
        with asyncio.Runner() as runner:
            store: AsyncSqlAlchemyStore[Any] = AsyncSqlAlchemyStore(async_sessionmaker(inner))
            yield sqlalchemy_kit(engine) | {"runner": runner, "async_store": store}
            runner.run(inner.dispose())


@contextmanager
def django_sqlite() -> Iterator[Kit]:
    with tempfile.TemporaryDirectory() as folder:
        engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "app.db")}
        with django_kit("inbox_sqlite", **engine) as kit:
            yield kit


@contextmanager
def django_postgres() -> Iterator[Kit]:
    parts = urlsplit(shared_postgres().database())
    secret = unquote(parts.password or "")
    place = {"NAME": parts.path[1:], "USER": parts.username, "PASSWORD": secret, "HOST": parts.hostname}
    engine = {"ENGINE": "django.db.backends.postgresql", "PORT": parts.port, **place}
    with django_kit("inbox_postgres", **engine) as kit:
        yield kit


@contextmanager
def django_kit(name: str, **engine: Any) -> Iterator[Kit]:
    from django.db import connections

    from dastak_sdk.inbox.django import DjangoStore, DjangoTransaction
    from support.django_project import database

    def run(handle: Any, statement: str, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
        return DjangoTransaction(handle).run(statement, values)

    with database(name, **engine):
        yield {"store": DjangoStore(name), "run": run, "leave": connections.close_all}


def sqlalchemy_kit(source: Any) -> Kit:
    store: SqlAlchemyStore[Any] = SqlAlchemyStore(source)
    store.create_tables()
    return {"store": store, "run": run_sqlalchemy}


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def database_url(driver: str) -> str:
    return shared_postgres().database().replace("postgresql://", f"postgresql+{driver}://")


KITS: dict[str, Callable[[], AbstractContextManager[Kit]]] = {
    "sqlite3": sqlite3_kit,
    "SQLAlchemy session, SQLite": sqlalchemy_sqlite,
    "SQLAlchemy, PostgreSQL": sqlalchemy_postgres,
    "async SQLAlchemy, SQLite": async_sqlite,
    "async SQLAlchemy session, PostgreSQL": async_postgres,
    "Django, SQLite": django_sqlite,
    "Django, PostgreSQL": django_postgres,
}


def maker_of(kit: Kit, *, is_sqlite: bool = True) -> Maker:
    @contextmanager
    def make(**options: Any) -> Iterator[AnyWorld]:
        world: AnyWorld = World(**kit, **options, is_sqlite=is_sqlite)
        with world.store.transaction() as transaction:
            for table in ("dastak_inbox", "dastak_inbox_lane", "dastak_inbox_cursor", "effects", "present"):
                world.run(transaction.handle, f"DELETE FROM {table}", {})
        yield world

    return make


@pytest.fixture(params=list(KITS), scope="module")
def make(request: pytest.FixtureRequest) -> Iterator[Maker]:
    with KITS[request.param]() as kit:
        yield maker_of(kit, is_sqlite="PostgreSQL" not in request.param)


@pytest.fixture
def world(make: Maker) -> Iterator[AnyWorld]:
    with make() as one:
        yield one


Journeys = dict[str, tuple[int, Callable[..., Event]]]
LENGTHS: Journeys = {"asha": (len(PATH), make_event), "link": (len(KYC_LINK_PATH), make_link_event)}
LAW = settings(
    max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """A Video KYC and a KYC Link of any length; every event at least once, some more often, in any order."""
    lengths = {name: draw(st.integers(1, longest)) for name, (longest, _) in LENGTHS.items()}
    all_ = [(name, number) for name, length in lengths.items() for number in range(1, length + 1)]
    again = draw(st.lists(st.sampled_from(all_), max_size=8))
    return lengths, draw(st.permutations(all_ + again))


def of(name: str, number: int, *, sequenced: bool = True) -> Event:
    """One event of one of the two journeys."""
    return LENGTHS[name][1](name, number, sequenced=sequenced)


def whole(name: str, length: int) -> list[Event]:
    return [of(name, number) for number in range(1, length + 1)]


crashes = st.frozensets(st.integers(1, 400), max_size=12)
failures = st.frozensets(st.integers(1, 20), max_size=5)


@LAW
@given(deliveries(), crashes, failures, st.booleans())
def test_any_deliveries_and_crashes_have_the_effects_of_each_event_once_in_order(
    make: Maker,
    sent: tuple[dict[str, int], list[tuple[str, int]]],
    crashing: frozenset[int],
    failing: frozenset[int],
    keep: bool,
) -> None:
    lengths, order = sent
    with make(faults=Faults(crashing), failing_calls=failing) as world:
        world.deliver([of(name, number) for name, number in order], keep=keep)
        world.settle()
        for name, length in lengths.items():
            assert world.effects(name) == times(whole(name, length))
            assert world.present(name) == state_of(of(name, length))
            assert world.effects(name, "late") == []
        assert world.inbox.counts() == {State.DONE: sum(lengths.values())}


@LAW
@given(deliveries(), crashes, failures)
def test_without_a_sequence_each_event_counts_once_and_the_newest_state_stays(
    make: Maker,
    sent: tuple[dict[str, int], list[tuple[str, int]]],
    crashing: frozenset[int],
    failing: frozenset[int],
) -> None:
    lengths, order = sent
    with make(faults=Faults(crashing), failing_calls=failing) as world:
        world.deliver([of(name, number, sequenced=False) for name, number in order])
        world.settle()
        assert_each_once_and_the_newest_last(world, lengths)


@LAW
@given(deliveries(), crashes, failures, st.data())
def test_where_only_some_arrivals_carry_a_sequence_the_newest_state_stays(
    make: Maker,
    sent: tuple[dict[str, int], list[tuple[str, int]]],
    crashing: frozenset[int],
    failing: frozenset[int],
    data: st.DataObject,
) -> None:
    """A proxy that drops a header now and then; what is missing for good is given up after a while."""
    lengths, order = sent
    numbered = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    options = {"patience": timedelta(minutes=10)}
    with make(faults=Faults(crashing), failing_calls=failing, options=options) as world:
        world.deliver([of(*each, sequenced=is_numbered) for each, is_numbered in zip(order, numbered, strict=True)])
        world.settle()
        assert_each_once_and_the_newest_last(world, lengths)


odd_numbers = st.one_of(st.integers(1, 12), st.sampled_from([500, 900, 2000, 999_999_999]))


@st.composite
def replayed(draw: st.DrawFn) -> tuple[dict[str, int], list[Event]]:
    """A sender that sends each journey in order, and somebody who repeats what it sent under numbers of his own."""
    lengths = {name: draw(st.integers(1, longest)) for name, (longest, _) in LENGTHS.items()}
    sent: list[Event] = []
    for name, length in lengths.items():
        for number in range(1, length + 1):
            genuine = of(name, number)
            known = st.integers(1, number).map(partial(of, name))
            copies = st.builds(lambda event, odd: replace(event, sequence=odd), known, odd_numbers)
            sent += draw(st.permutations([genuine, *draw(st.lists(copies, max_size=2))]))
    return lengths, sent


@LAW
@given(replayed(), failures, st.sampled_from([None, timedelta(minutes=10)]))
def test_whatever_sequences_somebody_writes_into_headers_each_event_counts_once_and_the_newest_state_stays(
    make: Maker, sent: tuple[dict[str, int], list[Event]], failing: frozenset[int], patience: timedelta | None
) -> None:
    """No signature covers the header: a request that was captured can be repeated under another number."""
    lengths, order = sent
    with make(failing_calls=failing, options={"patience": patience}) as world:
        world.deliver(order)
        world.settle()
        pull(world, lengths)
        world.settle()
        assert_each_once_and_the_newest_last(world, lengths)


def pull(world: AnyWorld, lengths: dict[str, int]) -> None:
    """What `reconcile` does."""
    for name, length in lengths.items():
        for event in whole(name, length):
            world.receive(replace(event, id=f"evt_{name}_{event.sequence}"), pulled=True)


def assert_each_once_and_the_newest_last(world: AnyWorld, lengths: dict[str, int]) -> None:
    for name, length in lengths.items():
        counted = world.effects(name) + world.effects(name, "late")
        assert sorted(counted) == times(whole(name, length))
        assert world.effects(name) == sorted(world.effects(name))
        assert world.present(name) == state_of(of(name, length))
    assert world.inbox.counts() == {State.DONE: sum(lengths.values())}


def test_a_crash_at_every_single_point_loses_and_doubles_nothing(make: Maker) -> None:
    events = journey("asha", 4)
    order = [events[2], events[0], events[0], events[3], events[1]]
    with make(failing_calls=frozenset({2})) as world:
        world.deliver(order)
        world.settle()
        points = world.faults.passed
    assert points > 50
    for point in range(1, points + 1):
        with make(faults=Faults(frozenset({point})), failing_calls=frozenset({2})) as world:
            world.deliver(order)
            world.settle()
            assert world.effects("asha") == times(events), f"crash at point {point}"


def test_an_event_is_handled_at_once_and_its_duplicate_is_dropped(world: AnyWorld) -> None:
    (event,) = journey("asha", 1)
    assert world.receive(event).outcome is Outcome.HANDLED
    assert world.receive(replace(event, attempt=2)).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([event])


def test_an_event_that_comes_too_early_waits_for_those_before_it(world: AnyWorld) -> None:
    first, second, third = journey("asha", 3)
    assert world.receive(third).outcome is Outcome.WAITING
    assert world.inbox.gaps() == [("video_kyc:asha", 1, 2)]
    assert world.receive(second).outcome is Outcome.WAITING
    assert world.receive(first).outcome is Outcome.HANDLED
    assert world.effects("asha") == times([first, second, third])
    assert world.inbox.gaps() == []


def test_patience_ends_and_what_comes_after_that_is_late(make: Maker) -> None:
    first, second, third = journey("asha", 3)
    with make(options={"patience": timedelta(minutes=1)}) as world:
        world.receive(third)
        assert world.inbox.work() == 0
        world.now += 60
        assert world.inbox.work() == 1
        assert world.receive(first).outcome is Outcome.LATE
        assert world.receive(second).outcome is Outcome.LATE
        assert world.effects("asha") == times([third])
        assert world.effects("asha", "late") == times([first, second])
        assert world.present("asha") == PATH[2][1]


def test_without_on_late_a_late_event_is_done_and_has_no_effect(make: Maker) -> None:
    with make(options={"on_late": None}) as world:
        first, second = journey("asha", 2, sequenced=False)
        world.receive(second)
        receipt = world.receive(first)
        assert receipt.outcome is Outcome.LATE
        record = world.inbox.find(receipt.key)
        assert record is not None
        assert (record.state, record.is_late) == (State.DONE, True)
        assert world.effects("asha") == times([second])


def test_an_effect_that_raises_is_undone_and_tried_again_on_the_schedule(make: Maker) -> None:
    retries = [timedelta(seconds=5), timedelta(seconds=60)]
    with make(failing_calls=frozenset({1, 2}), options={"retries": retries}) as world:
        (event,) = journey("asha", 1)
        receipt = world.receive(event)
        assert receipt.outcome is Outcome.RETRYING
        record = world.inbox.find(receipt.key)
        assert record is not None
        assert (record.problem, record.due_at) == ("EffectError: call 1", world.now + 5)
        assert (world.effects("asha"), world.present("asha")) == ([], None)
        assert world.receive(event).outcome is Outcome.DUPLICATE
        assert world.inbox.work() == 0
        world.now += 5
        assert world.inbox.work() == 1
        world.now += 59
        assert world.inbox.work() == 0
        world.now += 1
        assert world.inbox.work() == 1
        assert world.effects("asha") == times([event])


def test_a_dead_letter_holds_its_journey_back_until_it_is_replayed_and_no_other_journey(make: Maker) -> None:
    with make(failing_calls=frozenset({1}), options={"retries": ()}) as world:
        first, second = journey("asha", 2)
        assert world.receive(first).outcome is Outcome.DEAD
        assert world.receive(second).outcome is Outcome.WAITING
        assert world.receive(make_event("ravi", 1)).outcome is Outcome.HANDLED
        world.now += 1e6
        assert world.inbox.work() == 0
        (letter,) = world.inbox.dead_letters()
        assert world.inbox.replay(letter.key)
        assert world.effects("asha") == times([first, second])
        assert not world.inbox.replay(letter.key)
        assert world.inbox.dead_letters() == []


def test_a_dead_letter_that_is_skipped_lets_its_journey_go_on(make: Maker) -> None:
    with make(failing_calls=frozenset({1}), options={"retries": ()}) as world:
        first, second = journey("asha", 2)
        receipt = world.receive(first)
        world.receive(second)
        assert world.inbox.skip(receipt.key)
        assert not world.inbox.skip(receipt.key)
        assert world.effects("asha") == times([second])


def test_an_event_that_kills_its_worker_again_and_again_becomes_a_dead_letter(make: Maker) -> None:
    with make(options={"retries": [timedelta(seconds=1)], "lease": timedelta(seconds=30)}) as world:
        (event,) = journey("asha", 1)
        receipt = world.inbox.keep(event)
        assert receipt.outcome is Outcome.KEPT
        for _ in range(2):
            world.inbox._turns.__dict__["effect"] = kill  # the merchant's code takes the process with it
            with pytest.raises(Crash):
                world.inbox.work()
            assert world.inbox.work() == 0
            record = world.inbox.find(receipt.key)
            assert record is not None
            assert record.state is State.PROCESSING
            world.now += 30
        assert world.inbox.work() == 0
        (letter,) = world.inbox.dead_letters()
        assert letter.problem is not None
        assert "did not come back" in letter.problem


def kill(_handle: object, _event: object) -> None:
    raise Crash


def test_a_worker_whose_lease_ran_out_has_no_effect(make: Maker) -> None:
    with make(options={"lease": timedelta(seconds=30)}) as world:
        (event,) = journey("asha", 1)
        key = world.inbox.keep(event).key
        slow = world.claim(key)
        assert slow is not None
        assert world.claim(key) is None
        world.now += 30
        quick = world.claim(key)
        assert quick is not None
        assert world.attempt(key, slow) is None
        assert world.attempt(key, quick) is not None
        assert world.attempt(key, quick) is None
        assert world.effects("asha") == times([event])


def test_what_another_worker_has_just_tried_is_left_until_it_is_due_again(make: Maker) -> None:
    with make(failing_calls=frozenset({1})) as world:
        (event,) = journey("asha", 1)
        key = world.receive(event).key
        assert world.claim(key) is None
        world.now += 5
        assert world.claim(key) is not None


def test_one_event_is_one_under_an_id_that_can_be_trusted_and_without(world: AnyWorld) -> None:
    (event,) = journey("asha", 1)
    world.receive(event)
    assert world.receive(replace(event, id="evt_1"), pulled=True).outcome is Outcome.DUPLICATE
    assert world.receive(replace(event, id="evt_1", id_signed=True)).outcome is Outcome.DUPLICATE
    assert world.receive(replace(event, id="evt_forged")).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([event])


def test_two_events_with_the_same_bytes_and_ids_of_their_own_are_two(world: AnyWorld) -> None:
    twins = [replace(make_event("asha", 1, seconds=0), id=f"evt_{n}", id_signed=True, sequence=n) for n in (1, 2)]
    assert [world.receive(twin).outcome for twin in [*twins, *twins]] == [
        *[Outcome.HANDLED] * 2,
        *[Outcome.DUPLICATE] * 2,
    ]
    assert world.effects("asha") == times(twins)


def test_a_pulled_twin_of_an_event_without_an_id_is_another_once_the_first_has_its_id(world: AnyWorld) -> None:
    pushed = make_event("asha", 1, seconds=0)
    world.receive(pushed)
    assert world.receive(replace(pushed, sequence=2)).outcome is Outcome.DUPLICATE  # no signature covers a sequence
    assert world.receive(replace(pushed, id="evt_1", sequence=1), pulled=True).outcome is Outcome.DUPLICATE
    assert world.receive(replace(pushed, id="evt_2", sequence=2), pulled=True).outcome is Outcome.HANDLED


def test_an_event_that_came_under_a_wrong_sequence_is_no_other_one_when_it_is_pulled(world: AnyWorld) -> None:
    first, second = journey("asha", 2)
    world.receive(replace(first, sequence=None))
    world.receive(replace(second, sequence=1))  # somebody repeated it so; what is taught to the first is the same
    world.receive(replace(first, sequence=2))
    for event in (first, second):
        assert world.receive(replace(event, id=f"evt_{event.sequence}"), pulled=True).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([first, second])


def test_what_belongs_to_no_journey_is_handled_once(world: AnyWorld) -> None:
    seen: list[str] = []
    world.inbox._turns.__dict__["effect"] = lambda _handle, event: seen.append(event.type)
    event = parse_event(sample_event("WEBHOOK_ENDPOINT_FAILING", client_secret=None))
    assert world.receive(event).outcome is Outcome.HANDLED
    assert world.receive(event).outcome is Outcome.DUPLICATE
    assert seen == ["WEBHOOK_ENDPOINT_FAILING"]


UNREADABLE = [
    b"",
    b"{nonsense",
    b"\xff\x00",
    b"[]",
    b'{"event_type":"KYC_LINK_SUCCESS","data":{"verification_id":"asha"}}',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=repr)
def test_what_cannot_be_read_is_kept_byte_for_byte_and_has_no_effect(world: AnyWorld, body: bytes) -> None:
    event = read_any_event(body)
    receipt = world.receive(event)
    assert receipt.outcome is Outcome.UNKNOWN
    assert world.receive(event).outcome is Outcome.DUPLICATE
    (kept,) = world.inbox.unknown()
    assert (kept.key, kept.event().raw, kept.event().problem) == (receipt.key, body, event.problem)
    assert world.inbox.dead_letters() == []
    assert world.calls == 0


def test_an_event_of_a_later_version_has_its_place_in_its_journey_and_an_effect_after_the_upgrade(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make() as world:
        first, second, third = journey("asha", 3)
        world.receive(third)
        world.receive(first)
        with monkeypatch.context() as older:
            forget_type(older, second.type)
            receipt = world.receive(replace(read_any_event(second.raw), sequence=2))
        assert receipt.outcome is Outcome.UNKNOWN
        assert world.effects("asha") == times([first, third])
        assert world.inbox.replay(receipt.key)
        assert world.inbox.unknown() == []
        assert world.effects("asha", "late") == times([second])
        assert world.present("asha") == state_of(third)


def test_what_is_unknown_can_have_an_effect_of_its_own(make: Maker) -> None:
    seen: list[str] = []

    def note(_handle: object, event: Event) -> None:
        seen.append(event.type)

    async def note_async(handle: object, event: Event) -> None:
        note(handle, event)

    with make() as probe:
        is_async = probe.async_store is not None
    with make(options={"on_unknown": note_async if is_async else note}) as world:
        event = parse_event(b'{"event_type":"SOMETHING_NEW","event_time":"2026-01-05T10:00:00Z","data":{}}')
        assert world.receive(event).outcome is Outcome.HANDLED
        assert world.receive(event).outcome is Outcome.DUPLICATE
        assert world.receive(read_any_event(b"?")).outcome is Outcome.HANDLED
        assert world.inbox.unknown() == []
    assert seen == ["SOMETHING_NEW", "UNREADABLE_EVENT"]


def forget_type(patch: pytest.MonkeyPatch, name: str) -> None:
    """An older version of the SDK, which knows no such type."""
    for table in ("_CARRIED", "_READERS"):
        known = {key: value for key, value in getattr(envelope, table).items() if key != name}
        patch.setattr(envelope, table, known)


def test_a_duplicate_teaches_the_sequence_that_the_first_arrival_lacked(world: AnyWorld) -> None:
    first, second, third = journey("asha", 3)
    assert world.receive(replace(first, sequence=None)).outcome is Outcome.HANDLED
    assert world.receive(third).outcome is Outcome.WAITING
    assert world.receive(second).outcome is Outcome.WAITING
    assert world.receive(first).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([first, second, third])
    assert world.inbox.gaps() == []


def test_a_pulled_event_corrects_the_sequence_that_a_webhook_came_with(world: AnyWorld) -> None:
    first, second = (replace(event, id=f"evt_{event.sequence}", id_signed=True) for event in journey("asha", 2))
    assert world.receive(replace(first, sequence=900)).outcome is Outcome.WAITING
    assert world.receive(first, pulled=True).outcome is Outcome.DUPLICATE
    assert world.receive(second).outcome is Outcome.HANDLED
    assert world.effects("asha") == times([first, second])


def test_where_patience_never_ends_what_waits_and_comes_under_two_sequences_goes_by_its_body(world: AnyWorld) -> None:
    first, second = journey("asha", 2)
    assert world.receive(replace(first, sequence=900)).outcome is Outcome.WAITING
    assert world.receive(first).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([first])
    assert world.receive(first).outcome is Outcome.DUPLICATE  # and tells that it was the next
    assert world.receive(second).outcome is Outcome.HANDLED


def test_a_sequence_far_beyond_the_next_is_not_believed(world: AnyWorld) -> None:
    first, second = journey("asha", 2)
    assert world.receive(replace(first, sequence=999_999_999)).outcome is Outcome.HANDLED
    assert world.receive(first).outcome is Outcome.DUPLICATE
    assert world.receive(second).outcome is Outcome.HANDLED
    assert world.effects("asha") == times([first, second])


def test_a_wrong_sequence_that_was_waited_for_makes_nothing_late_that_is_newer(make: Maker) -> None:
    first, second, third = journey("asha", 3)
    with make(options={"patience": timedelta(minutes=1)}) as world:
        assert world.receive(replace(first, sequence=900)).outcome is Outcome.WAITING
        world.now += 60
        assert world.inbox.work() == 1
        assert world.receive(third).outcome is Outcome.HANDLED
        assert world.receive(second).outcome is Outcome.LATE
        assert world.effects("asha") == times([first, third])


def test_what_waits_and_comes_under_two_sequences_keeps_its_place_until_patience_ends(make: Maker) -> None:
    first, second, third = journey("asha", 3)
    with make(options={"patience": timedelta(minutes=1)}) as world:
        assert world.receive(replace(third, sequence=900)).outcome is Outcome.WAITING
        assert world.receive(third).outcome is Outcome.DUPLICATE
        assert world.receive(first).outcome is Outcome.HANDLED
        assert world.receive(second).outcome is Outcome.HANDLED
        world.now += 60
        world.settle()
        assert world.effects("asha") == times([first, second, third])


def test_an_event_under_the_sequence_of_another_goes_by_its_body(world: AnyWorld) -> None:
    first, second, third = journey("asha", 3)
    world.receive(first)
    assert world.receive(replace(third, sequence=1)).outcome is Outcome.HANDLED
    assert world.receive(second).outcome is Outcome.LATE
    assert world.present("asha") == state_of(third)


def test_a_pulled_event_takes_its_sequence_from_one_that_came_under_it(make: Maker) -> None:
    first, second, third = (replace(event, id=f"evt_{event.sequence}") for event in journey("asha", 3))
    with make(options={"patience": timedelta(minutes=1)}) as world:
        world.receive(first)
        assert world.receive(replace(third, sequence=2)).outcome is Outcome.HANDLED
        assert world.receive(second, pulled=True).outcome is Outcome.LATE
        assert world.receive(third, pulled=True).outcome is Outcome.DUPLICATE
        assert world.receive(make_event("asha", 4)).outcome is Outcome.HANDLED
        assert world.inbox.gaps() == []


def test_a_duplicate_teaches_what_is_done_no_sequence_beyond_the_next(world: AnyWorld) -> None:
    first, second = journey("asha", 2)
    world.receive(replace(first, sequence=None))
    assert world.receive(replace(first, sequence=900)).outcome is Outcome.DUPLICATE
    assert world.receive(second).outcome is Outcome.WAITING
    assert world.receive(first, pulled=True).outcome is Outcome.DUPLICATE
    assert world.effects("asha") == times([first, second])


def test_an_older_state_with_a_sequence_does_not_overwrite_a_newer_one_that_came_without(world: AnyWorld) -> None:
    first, second = journey("asha", 2)
    world.receive(replace(second, sequence=None))
    assert world.receive(first).outcome is Outcome.LATE
    assert world.present("asha") == state_of(second)
    assert world.effects("asha", "late") == times([first])


def test_an_sqlite_inbox_begins_as_the_one_writer(make: Maker) -> None:
    """Else who reads first and writes later fails when somebody wrote in between."""
    with make() as world:
        path = sqlite_path(world)
        if path is None:
            return  # PostgreSQL has many
        with world.store.transaction():
            assert not may_write(path)
        assert may_write(path)
        if world.async_store is not None and world.runner is not None:
            assert not world.runner.run(world.async_store.transact(lambda _transaction: may_write(path)))


def may_write(path: str) -> bool:
    """Whether another connection could begin to write now."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def sqlite_path(world: AnyWorld) -> str | None:
    """The file of an SQLite database; None for another."""
    with world.store.transaction() as transaction:
        found = transaction.run("PRAGMA database_list", {}) if world.is_sqlite else []
    return str(found[0][2]) if found else None


def test_an_inbox_takes_its_effect_once_and_of_the_right_kind(tmp_path: Path) -> None:
    def effect(_handle: object, _event: Event) -> None: ...
    async def effect_async(_handle: object, _event: Event) -> None: ...

    inbox: Inbox[Any] = Inbox(SqliteStore(tmp_path / "a.db"))
    inbox.store.create_tables()  # type: ignore[attr-defined]
    with pytest.raises(InboxError, match="no effect yet"):
        inbox.receive(make_event("asha", 1))
    with pytest.raises(TypeError, match="wants AsyncInbox"):
        inbox.joined(effect_async)
    assert inbox.joined(effect)(make_event("asha", 1)).outcome is Outcome.HANDLED
    with pytest.raises(TypeError, match="its effect already"):
        inbox.joined(effect)
    with pytest.raises(TypeError, match="write async def"):
        AsyncInbox(AsyncSqlAlchemyStore(create_async_engine("sqlite+aiosqlite://")), effect)  # type: ignore[arg-type]


def test_a_test_of_the_url_is_not_kept(world: AnyWorld) -> None:
    assert world.receive(parse_event(encode_test_event(BEGAN))).outcome is Outcome.TEST
    assert world.inbox.counts() == {}


def test_bodies_are_forgotten_and_duplicates_drop_even_so(world: AnyWorld) -> None:
    (event,) = journey("asha", 1)
    key = world.receive(event).key
    world.now += 3600
    assert world.inbox.forget(timedelta(hours=2)) == 0
    assert world.inbox.forget(timedelta(minutes=30)) == 1
    record = world.inbox.find(key)
    assert record is not None
    assert record.raw == ""
    assert world.receive(event).outcome is Outcome.DUPLICATE


def test_many_threads_that_deliver_the_same_events_have_each_effect_once_in_order(world: AnyWorld) -> None:
    events = [make_event(name, number) for name in ("asha", "ravi") for number in range(1, len(PATH) + 1)]

    def deliver(seed: int) -> None:
        world.deliver(random.Random(seed).sample(events, len(events)))
        world.leave()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver, range(4)))
    world.settle()
    for name in ("asha", "ravi"):
        assert world.effects(name) == times(journey(name))


def test_an_effect_that_commits_is_told_so_and_the_event_is_tried_again() -> None:
    with sqlite3_kit() as kit, maker_of(kit)() as world:
        world.inbox._turns.__dict__["effect"] = lambda handle, _event: handle.execute("COMMIT")
        with pytest.raises(InboxError, match="Leave both to the inbox"):
            world.receive(make_event("asha", 1))


def test_an_effect_that_only_promises_its_work_is_refused_and_the_event_comes_again() -> None:
    """Noted as done, it would never be."""

    async def later(_handle: object, _event: object) -> None: ...

    def bit_by_bit(_handle: object, _event: object) -> Iterator[None]:
        yield

    class Later:
        async def __call__(self, _handle: object, _event: object) -> None: ...

    with sqlite3_kit() as kit, maker_of(kit)() as world:
        for effect in (later, Later(), bit_by_bit):
            with pytest.raises(TypeError, match=r"AsyncInbox|yield"):
                Inbox(world.store, effect)
        world.inbox._turns.__dict__["effect"] = later
        with pytest.raises(InboxError, match="has done nothing"):
            world.receive(make_event("asha", 1))
        assert world.inbox.counts() == {}


class Told(logging.Handler):
    """Sets an event when something is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.is_told = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - logging's signature
        self.is_told.set()


@pytest.fixture
def told() -> Iterator[Told]:
    handler, logger = Told(), logging.getLogger("dastak_sdk.inbox")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_worker_goes_on_after_its_store_has_failed(tmp_path: Path, told: Told) -> None:
    """Else nothing would ever be tried again, until somebody wonders why."""
    is_done, stop = threading.Event(), threading.Event()
    store = SqliteStore(tmp_path / "app.db", timeout_seconds=0.05)
    store.create_tables()
    inbox = Inbox(store, lambda _handle, _event: is_done.set())
    inbox.keep(make_event("asha", 1))
    worker = threading.Thread(target=inbox.run, args=(stop,), kwargs={"every": 0.01})
    with locked(tmp_path / "app.db"):
        worker.start()
        assert told.is_told.wait(20)
    assert is_done.wait(20)
    stop.set()
    worker.join()


async def test_an_asynchronous_worker_goes_on_after_its_store_has_failed(tmp_path: Path, told: Told) -> None:
    is_done = asyncio.Event()

    async def effect(_handle: object, _event: object) -> None:
        is_done.set()

    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/app.db", connect_args={"timeout": 0.05})
    store = AsyncSqlAlchemyStore(engine)
    await store.create_tables()
    inbox = AsyncInbox(store, effect)
    await inbox.keep(make_event("asha", 1))
    with locked(tmp_path / "app.db"):
        worker = asyncio.create_task(inbox.run(every=0.01))
        assert await asyncio.to_thread(told.is_told.wait, 20)
    await asyncio.wait_for(is_done.wait(), 20)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    await engine.dispose()


def test_an_inbox_in_memory_is_refused() -> None:
    with pytest.raises(InboxError, match="needs a file"):
        SqliteStore(":memory:")
