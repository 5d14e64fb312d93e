"""The examples of the inbox's page, run as they stand, and its tables beside the code."""

import asyncio
import sqlite3
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dastak_sdk import parse_event
from dastak_sdk.deliveries import Deliveries
from dastak_sdk.in_process import opened
from dastak_sdk.inbox import DEFAULT_RETRIES, AsyncInbox, Inbox, Outcome, State
from unit.docs.pages import DOCS, blocks, text_of
from unit.docs.test_examples import EVENT, post, run


def test_the_receiver_of_the_page_acts_once_on_an_event_that_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, receiver, _, _, _, late, _ = blocks(DOCS / "inbox.md", "python")
    names = run(receiver.code, "inbox.md")
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Handler"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            assert [post(url, "your client secret") for _ in range(2)] == [200, 200]
            assert post(url, "wrong") == 401
        finally:
            server.shutdown()
            thread.join()
    inbox = names["inbox"]
    assert isinstance(inbox, Inbox)
    assert inbox.counts() == {State.DONE: 1}
    connection = sqlite3.connect("app.db")
    assert connection.execute("SELECT last_event FROM customers").fetchall() == [("KYC_LINK_SUCCESS",)]
    connection.close()
    assert run(late.code, "inbox.md")["inbox"].counts() == {State.DONE: 1}


def test_the_application_of_the_page_acts_once_and_keeps_what_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    joined, *_ = blocks(DOCS / "inbox.md", "python")
    names = run(joined.code, "inbox.md")
    with opened(names["app"]) as send:
        webhooks = Deliveries(send, "/webhooks", "your client secret")
        assert [answer.status for answer in webhooks.duplicate("KYC_LINK_SUCCESS", 3)] == [200] * 3
        assert webhooks.deliver(b"\xff no event").status == 200
        assert all(answer.status in {400, 401} for answer in webhooks.forged("KYC_LINK_SUCCESS").values())
    assert names["inbox"].counts() == {State.DONE: 2}
    assert [record.event_type for record in names["inbox"].unknown()] == ["UNREADABLE_EVENT"]


def test_the_example_for_django_receives_an_event(tmp_path: Path) -> None:
    from support.django_project import database

    _, _, _, _, django, _, _ = (block.code for block in blocks(DOCS / "inbox.md", "python"))
    with database("events", ENGINE="django.db.backends.sqlite3", NAME=str(tmp_path / "app.db")):
        inbox = run(django.replace("DjangoStore()", 'DjangoStore("events")'), "inbox.md")["inbox"]
        assert inbox.receive(parse_event(EVENT)).outcome is Outcome.HANDLED


def test_the_examples_for_sqlalchemy_receive_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, _, plain, awaited, _, _, _ = (block.code for block in blocks(DOCS / "inbox.md", "python"))
    names = run(plain, "inbox.md")
    assert names["inbox"].receive(parse_event(EVENT)).outcome is Outcome.HANDLED
    names["engine"].dispose()

    async def receive() -> Outcome:
        engine = create_async_engine("sqlite+aiosqlite:///other.db")
        opened: AsyncInbox[AsyncConnection] = await run(awaited, "inbox.md")["open_inbox"](engine)
        receipt = await opened.receive(parse_event(EVENT))
        await engine.dispose()
        return receipt.outcome

    assert asyncio.run(receive()) is Outcome.HANDLED


def test_the_page_names_every_outcome_and_every_state() -> None:
    page = text_of("inbox.md")
    assert [f"| `{outcome}` |" for outcome in Outcome if f"| `{outcome}` |" not in page] == []
    assert [f"`{state}`" for state in State if f"`{state}`" not in page] == []


def test_the_page_has_the_schedule_of_retries() -> None:
    shown = [int(delay.total_seconds()) for delay in DEFAULT_RETRIES]
    assert shown == [5, 30, 120, 600, 1800, 7200, 21600, 43200]
    assert "5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h and 12 h" in text_of("inbox.md")
