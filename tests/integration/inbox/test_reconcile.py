"""An inbox is repaired from a real, running server: nothing is missed, nothing is done twice."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest

from dastak.store.sqlite.retention import BLANK_BODY
from dastak_sdk import Event, KycLinkData, parse_event
from dastak_sdk.inbox import Inbox, InboxError, Outcome, SqliteStore
from dastak_sdk.inbox.reconcile import Repair, Sender, fetch_missing, reconcile
from support.api import Api
from support.customer import Customer
from support.server import RunningServer

pytestmark = pytest.mark.slow


@dataclass
class Shop:
    """A merchant whose webhooks do not come: all it gets is what it pulls, and what the test hands over."""

    api: Api
    inbox: Inbox[sqlite3.Connection]
    sender: Sender
    handled: list[tuple[str, int | None]]
    log: Path
    """The database of the server."""

    def forget(self, verification_id: str, sequence: int) -> None:
        """Let the server's retention have emptied the body of one event."""
        found = "SELECT position FROM events WHERE verification_id = ? AND sequence = ?"
        with closing(sqlite3.connect(self.log, timeout=30)) as connection, connection:
            connection.execute(BLANK_BODY, connection.execute(found, (verification_id, sequence)).fetchone())

    def complete(self, verification_id: str) -> None:
        link = self.api.create_link("Pan_verification", verification_id=verification_id)
        with Customer(link["form_link"]) as customer:
            customer.complete()

    def pushed(self, verification_id: str) -> list[Event]:
        """The events of a journey, as webhooks bring them: with a sequence, and no id that is signed."""
        found = self.api.events(verification_id=verification_id)
        return [replace(parse_event(each["raw_body"].encode()), sequence=each["sequence"]) for each in found]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    handled: list[tuple[str, int | None]] = []

    def effect(_connection: sqlite3.Connection, event: Event) -> None:
        assert isinstance(event.data, KycLinkData)
        handled.append((event.data.verification_id, event.sequence))

    store = SqliteStore(tmp_path / "app.db")
    store.create_tables()
    with RunningServer(tmp_path) as server, server.api() as api:
        sender = Sender(server.url, server.merchant.client_id, server.merchant.client_secret)
        yield Shop(api, Inbox(store, effect, patience=None), sender, handled, server.data_dir / "dastak.db")


def test_what_was_missed_is_taken_in_once_from_where_the_last_comparison_ended(shop: Shop) -> None:
    assert reconcile(shop.inbox, shop.sender) == Repair(0, 0, "0")
    shop.complete("asha")
    shop.complete("ravi")
    (first, *_) = shop.pushed("asha")
    assert shop.inbox.receive(first).outcome is Outcome.HANDLED
    found = reconcile(shop.inbox, shop.sender)
    assert (found.seen, found.missing) == (4, 3)
    assert shop.handled == [("asha", 1), ("asha", 2), ("ravi", 1), ("ravi", 2)]
    assert reconcile(shop.inbox, shop.sender) == Repair(0, 0, found.cursor)
    assert reconcile(shop.inbox, shop.sender, since_start=True) == Repair(4, 0, found.cursor)
    for event in shop.pushed("asha"):
        assert shop.inbox.receive(event).outcome is Outcome.DUPLICATE
    assert len(shop.handled) == 4


def test_what_a_journey_waits_for_is_asked_for(shop: Shop) -> None:
    shop.complete("asha")
    shop.complete("ravi")
    assert fetch_missing(shop.inbox, shop.sender) == Repair(0, 0, None)
    (_, second) = shop.pushed("asha")
    assert shop.inbox.receive(second).outcome is Outcome.WAITING
    assert shop.handled == []
    assert fetch_missing(shop.inbox, shop.sender) == Repair(1, 1, None)
    assert shop.handled == [("asha", 1), ("asha", 2)]
    assert shop.inbox.gaps() == []


def test_what_the_sender_keeps_no_bodies_of_is_counted_and_holds_nothing_up(shop: Shop) -> None:
    shop.complete("asha")
    shop.complete("ravi")
    (_, second) = shop.pushed("asha")
    shop.forget("asha", 1)
    assert shop.inbox.receive(second).outcome is Outcome.WAITING
    assert fetch_missing(shop.inbox, shop.sender) == Repair(1, 0, None, forgotten=1)
    found = reconcile(shop.inbox, shop.sender)
    assert (found.seen, found.missing, found.forgotten) == (4, 2, 1)
    assert shop.handled == [("ravi", 1), ("ravi", 2)]
    assert reconcile(shop.inbox, shop.sender) == Repair(0, 0, found.cursor)


def test_the_key_is_never_taken_to_where_a_redirect_leads() -> None:
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with pytest.raises(HTTPError, match="302"):
                Sender(f"http://127.0.0.1:{server.server_address[1]}", "id", "secret").page("0")
        finally:
            server.shutdown()
            thread.join()
    assert [path.partition("?")[0] for path in came] == ["/api/v1/events"]


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InboxError, match="https://"):
        Sender("file:///etc", "id", "secret")
