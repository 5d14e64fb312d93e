"""The inbox as an app of Django: its migration, its models, and the connections of workers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connections, transaction

from dastak_sdk.inbox import SCHEMA, Inbox, InboxError, Outcome, SqliteStore, State
from dastak_sdk.inbox.django import DjangoStore
from support.django_project import database
from support.inbox_world import journey
from support.postgres import shared_postgres

COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_name LIKE 'dastak_inbox%' ORDER BY table_name, ordinal_position"
)
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'dastak_inbox%' ORDER BY indexname"
KINDS = ("sqlite", "postgresql")
Seen = list[tuple[Any, str]]


def engine(kind: str, folder: Path) -> dict[str, Any]:
    if kind == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "app.db")}
    parts = urlsplit(shared_postgres().database())
    place = {"NAME": parts.path[1:], "USER": parts.username, "HOST": parts.hostname, "PORT": parts.port}
    return {"ENGINE": "django.db.backends.postgresql", "PASSWORD": unquote(parts.password or ""), **place}


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(f"app_{request.param}", **engine(request.param, tmp_path)) as one:
        yield one


def note(handle: Any, event: Any) -> None:
    """An effect that writes with the connection it is given."""
    with handle.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS notes (type TEXT)")
        cursor.execute("INSERT INTO notes VALUES (%s)", [event.type])


def notes(name: str) -> int:
    with connections[name].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM notes")
        return int(cursor.fetchone()[0])


def test_the_migration_makes_what_every_store_has_on_sqlite(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "plain.db").create_tables()
    with database("other", **engine("sqlite", tmp_path)) as name, connections[name].cursor() as cursor:
        statement = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name LIKE 'dastak_inbox%' ORDER BY name"
        cursor.execute(statement)
        made = cursor.fetchall()
        cursor.execute("ATTACH DATABASE %s AS plain", [str(tmp_path / "plain.db")])
        cursor.execute(statement.replace("sqlite_master", "plain.sqlite_master"))
        assert made == cursor.fetchall()


def test_the_migration_makes_what_every_store_has_on_postgresql(tmp_path: Path) -> None:
    with (
        closing(psycopg.connect(shared_postgres().database(), autocommit=True)) as plain,
        database("other", **engine("postgresql", tmp_path)) as name,
        connections[name].cursor() as cursor,
    ):
        for statement in SCHEMA:
            plain.execute(statement)
        for question in (COLUMNS, INDEXES):
            cursor.execute(question)
            assert cursor.fetchall() == plain.execute(question.encode()).fetchall()


def test_the_models_are_what_the_migrations_make() -> None:
    call_command("makemigrations", "dastak_inbox", check=True, dry_run=True, verbosity=0)


def test_the_migration_can_be_taken_back(name: str) -> None:
    call_command("migrate", "dastak_inbox", "zero", database=name, verbosity=0)
    assert [table for table in connections[name].introspection.table_names() if "inbox" in table] == []


def test_the_tables_can_be_looked_at_through_models(name: str) -> None:
    from dastak_sdk.inbox.django.models import InboxEvent, InboxLane

    inbox: Inbox[Any] = Inbox(DjangoStore(name), note)
    first, second = journey("asha", 2)
    inbox.receive(second)
    inbox.receive(first)
    found = InboxEvent.objects.using(name).order_by("sequence")
    assert [(one.event_type, one.state) for one in found] == [(first.type, "done"), (second.type, "done")]
    assert str(found[0]) == f"{first.type} video_kyc:asha done"
    assert InboxLane.objects.using(name).get(name="video_kyc:asha").next_sequence == 3


def test_what_models_write_is_undone_with_the_effect(name: str) -> None:
    from dastak_sdk.inbox.django.models import InboxCursor

    def fail(handle: Any, _event: object) -> None:
        InboxCursor.objects.using(handle.alias).create(source="effect", cursor="1")
        raise RuntimeError

    receipt = Inbox(DjangoStore(name), fail).receive(journey("asha", 1)[0])
    assert receipt.outcome is Outcome.RETRYING
    assert not InboxCursor.objects.using(name).exists()


def test_inside_another_transaction_it_refuses_to_say_that_an_event_is_kept(name: str) -> None:
    inbox: Inbox[Any] = Inbox(DjangoStore(name), note)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(using=name):
        inbox.receive(journey("asha", 1)[0])
    assert inbox.counts() == {}


def test_an_effect_that_commits_is_told_so(name: str) -> None:
    def commit(handle: Any, _event: object) -> None:
        with handle.cursor() as cursor:
            cursor.execute("COMMIT")

    with pytest.raises((InboxError, OperationalError)):
        Inbox(DjangoStore(name), commit).receive(journey("asha", 1)[0])
    connections[name].close()


def test_a_worker_goes_on_after_its_connection_was_lost(tmp_path: Path) -> None:
    with database("lost", **engine("postgresql", tmp_path)) as name:
        inbox: Inbox[Any] = Inbox(DjangoStore(name), note)
        (event,) = journey("asha", 1)
        inbox.keep(event)
        with connections[name].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        place = connections[name].get_connection_params()
        with closing(
            psycopg.connect(**{key: place[key] for key in ("dbname", "user", "password", "host", "port")})
        ) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        with pytest.raises(OperationalError):
            inbox.work()
        assert inbox.work() == 1
        assert inbox.counts() == {State.DONE: 1}
        assert notes(name) == 1


def test_another_kind_of_database_is_refused() -> None:
    with (
        database_of_another_kind("odd") as name,
        pytest.raises(InboxError, match="needs SQLite or PostgreSQL"),
    ):
        Inbox(DjangoStore(name), note).counts()


class database_of_another_kind:  # noqa: N801 - reads as the function beside it
    """A database that Django knows and the inbox does not: Django's own placeholder."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> str:
        whole = connections.configure_settings({"default": {"ENGINE": "django.db.backends.dummy"}})
        connections.settings[self._name] = whole["default"]
        return self._name

    def __exit__(self, *_problem: object) -> None:
        del connections[self._name]
        del connections.settings[self._name]
