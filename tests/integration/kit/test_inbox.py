"""Every adapter joined with an inbox by one argument: what arrives has its effect once, and is kept whatever it is."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from flask import Flask
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from starlette.applications import Starlette
from starlette.routing import Route

import dastak_sdk.asgi
import dastak_sdk.fastapi
import dastak_sdk.flask
import dastak_sdk.starlette
import dastak_sdk.wsgi
from dastak_sdk import Event, KycLinkData
from dastak_sdk.deliveries import Deliveries
from dastak_sdk.in_process import opened
from dastak_sdk.inbox import AsyncInbox, Inbox, SqliteStore, State
from dastak_sdk.inbox.sqlalchemy import AsyncSqlAlchemyStore, SqlAlchemyStore
from integration.kit.merchant import RECEIVER, SECRET

ADD = (
    "INSERT INTO customers (id, status, changes) VALUES (:id, :status, 1)"
    " ON CONFLICT (id) DO UPDATE SET status = excluded.status, changes = changes + 1"
)
CUSTOMERS = "CREATE TABLE customers (id TEXT PRIMARY KEY, status TEXT, changes INTEGER)"


class Sick:
    """Whether effects fail, for the tests to say."""

    now = False


def values_of(event: Event) -> dict[str, str]:
    if Sick.now:
        raise RuntimeError("nobody's business")
    assert isinstance(event.data, KycLinkData)
    return {"id": event.data.verification_id, "status": event.data.form_status}


def effect(connection: sqlite3.Connection, event: Event) -> None:
    connection.execute(ADD, values_of(event))


async def effect_async(connection: AsyncConnection, event: Event) -> None:
    await connection.execute(text(ADD), values_of(event))


def effect_django(connection: Any, event: Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD.replace(":id", "%(id)s").replace(":status", "%(status)s"), values_of(event))


def routed_starlette(endpoint: Any) -> Any:
    return Starlette(routes=[Route("/webhooks", endpoint, methods=["POST"])])


def routed_fastapi(endpoint: Any) -> Any:
    app = FastAPI()
    app.post("/webhooks")(endpoint)
    return app


def routed_flask(view: Any) -> Any:
    app = Flask("merchant")
    app.post("/webhooks")(view)
    return app


PLAIN: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "asgi": (dastak_sdk.asgi, lambda app: app),
    "wsgi": (dastak_sdk.wsgi, lambda app: app),
    "starlette": (dastak_sdk.starlette, routed_starlette),
    "fastapi": (dastak_sdk.fastapi, routed_fastapi),
    "flask": (dastak_sdk.flask, routed_flask),
}
AWAITED = ("asgi", "starlette", "fastapi")
SITES = [*PLAIN, *(f"{name} awaited" for name in AWAITED), "django"]


@dataclass
class Joined:
    """A site with an inbox."""

    webhooks: Deliveries
    inbox: Inbox[Any]
    path: Path

    def customer(self, name: str) -> tuple[str, int] | None:
        with closing(sqlite3.connect(self.path)) as db:
            found: tuple[str, int] | None = db.execute(
                "SELECT status, changes FROM customers WHERE id = ?", [name]
            ).fetchone()
        return found


@contextmanager
def plain_site(name: str, path: Path) -> Iterator[tuple[Any, Inbox[Any]]]:
    adapter, routed = PLAIN[name]
    inbox: Inbox[sqlite3.Connection] = Inbox(SqliteStore(path), retries=[timedelta()])
    yield routed(adapter.webhook(RECEIVER, inbox=inbox)(effect)), inbox


@contextmanager
def awaited_site(name: str, path: Path) -> Iterator[tuple[Any, Inbox[Any]]]:
    adapter, routed = PLAIN[name]
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
    inbox: AsyncInbox[AsyncConnection] = AsyncInbox(AsyncSqlAlchemyStore(engine), retries=[timedelta()])
    beside: Inbox[sqlite3.Connection] = Inbox(SqliteStore(path), effect)
    yield routed(adapter.webhook(RECEIVER, inbox=inbox)(effect_async)), beside


@contextmanager
def django_site(path: Path) -> Iterator[tuple[Any, Inbox[Any]]]:
    from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
    from django.db import connections
    from django.urls import path as route

    import dastak_sdk.django
    from dastak_sdk.inbox.django import DjangoStore
    from support.django_project import database

    with database("joined", ENGINE="django.db.backends.sqlite3", NAME=str(path), ATOMIC_REQUESTS=True) as name:
        inbox: Inbox[Any] = Inbox(DjangoStore(name), retries=[timedelta()])
        view = dastak_sdk.django.webhook(RECEIVER, inbox=inbox)(effect_django)

        urls = type("Urls", (), {"urlpatterns": (route("webhooks", view),)})
        site = WSGIHandler()
        site.request_class = type("Request", (WSGIRequest,), {"urlconf": urls})

        def own_host(environ: dict[str, Any], start_response: Any) -> Any:
            try:
                return site({**environ, "HTTP_HOST": "127.0.0.1"}, start_response)
            finally:
                connections.close_all()

        yield own_host, inbox


def site_of(name: str, path: Path) -> AbstractContextManager[tuple[Any, Inbox[Any]]]:
    if name == "django":
        return django_site(path)
    return awaited_site(name.split(maxsplit=1)[0], path) if name.endswith("awaited") else plain_site(name, path)


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Joined]:
    path = tmp_path / "app.db"
    SqliteStore(path).create_tables()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(CUSTOMERS)
    Sick.now = False
    with site_of(request.param, path) as (app, inbox), opened(app) as send:
        yield Joined(Deliveries(send, "/webhooks", SECRET), inbox, path)


def test_duplicates_one_after_the_other_have_one_effect(site: Joined) -> None:
    event = site.webhooks.event("KYC_LINK_SUCCESS", verification_id="order-1")
    assert [answer.status for answer in site.webhooks.duplicate(event, 3)] == [200] * 3
    assert site.customer("order-1") == ("SUCCESS", 1)
    assert site.inbox.counts() == {State.DONE: 1}


def test_deliveries_at_once_have_one_effect(site: Joined) -> None:
    event = site.webhooks.event("KYC_LINK_SUCCESS", verification_id="order-1")
    assert [answer.status for answer in site.webhooks.at_once(event, 4)] == [200] * 4
    assert site.customer("order-1") == ("SUCCESS", 1)


def test_a_late_older_state_does_not_overwrite_the_newer_one(site: Joined) -> None:
    older = site.webhooks.event("KYC_LINK_ACTION_PERFORMED", verification_id="order-1")
    newer = site.webhooks.event("KYC_LINK_SUCCESS", verification_id="order-1")
    for event in (newer, older):
        assert site.webhooks.deliver(event).status == 200
    assert site.customer("order-1") == ("SUCCESS", 1)


def test_what_cannot_be_believed_is_not_kept(site: Joined) -> None:
    answers = [*site.webhooks.forged("KYC_LINK_SUCCESS").values(), site.webhooks.stale("KYC_LINK_SUCCESS")]
    assert {answer.status for answer in answers} == {400, 401}
    assert site.webhooks.test().status == 200
    assert site.inbox.counts() == {}


def test_what_is_unknown_or_unreadable_is_acknowledged_and_kept(site: Joined) -> None:
    assert site.webhooks.unknown(anything=None).status == 200
    assert site.webhooks.deliver(b"\xff\x00 no event at all").status == 200
    kept = site.inbox.unknown()
    assert sorted(record.event_type for record in kept) == ["KYC_EVENT_OF_A_LATER_VERSION", "UNREADABLE_EVENT"]
    assert b"\xff\x00 no event at all" in [record.event().raw for record in kept]


def test_an_effect_that_fails_is_tried_again_by_the_worker_and_not_by_the_sender(site: Joined) -> None:
    Sick.now = True
    event = site.webhooks.event("KYC_LINK_SUCCESS", verification_id="order-1")
    assert site.webhooks.deliver(event).status == 200
    assert site.customer("order-1") is None
    Sick.now = False
    assert site.inbox._turns.effect is not None
    assert site.inbox.work() == 1
    assert site.customer("order-1") == ("SUCCESS", 1)


def test_where_the_database_cannot_keep_it_the_sender_is_asked_to_come_again(site: Joined) -> None:
    event = site.webhooks.event("KYC_LINK_SUCCESS", verification_id="order-1")
    with closing(sqlite3.connect(site.path)) as db:
        db.execute("ALTER TABLE dastak_inbox RENAME TO away")
        assert site.webhooks.deliver(event).status == 500
        db.execute("ALTER TABLE away RENAME TO dastak_inbox")
    assert site.webhooks.deliver(event).status == 200
    assert site.customer("order-1") == ("SUCCESS", 1)


def test_an_inbox_that_awaits_is_refused_where_no_loop_stays(tmp_path: Path) -> None:
    store = AsyncSqlAlchemyStore[AsyncConnection](create_async_engine("sqlite+aiosqlite://"))
    for adapter in (dastak_sdk.wsgi, dastak_sdk.flask):
        with pytest.raises(TypeError, match="event loop that stays"):
            adapter.webhook(RECEIVER, inbox=AsyncInbox(store))(effect_async)


def test_what_is_unknown_goes_to_the_inbox_or_to_a_function_and_not_to_both(tmp_path: Path) -> None:
    inbox: Inbox[sqlite3.Connection] = Inbox(SqliteStore(tmp_path / "app.db"))
    with pytest.raises(TypeError, match="Give on_unknown to the inbox"):
        dastak_sdk.wsgi.webhook(RECEIVER, inbox=inbox, on_unknown=print)(effect)  # type: ignore[call-overload]


def test_sessions_of_sqlalchemy_join_as_well(tmp_path: Path) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session, sessionmaker

    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    with engine.begin() as connection:
        connection.execute(text(CUSTOMERS))
    store: SqlAlchemyStore[Session] = SqlAlchemyStore(sessionmaker(engine))
    store.create_tables()
    inbox: Inbox[Session] = Inbox(store)

    @dastak_sdk.asgi.webhook(RECEIVER, inbox=inbox)
    def app(session: Session, event: Event) -> None:
        session.execute(text(ADD), values_of(event))

    with opened(app) as send:
        assert Deliveries(send, "/webhooks", SECRET).deliver("KYC_LINK_SUCCESS").status == 200
    assert inbox.counts() == {State.DONE: 1}
    engine.dispose()
