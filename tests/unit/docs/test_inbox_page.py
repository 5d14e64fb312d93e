"""The examples of the inbox's page, run as they stand, and its tables beside the code."""

import asyncio
import sqlite3
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dastak_sdk import parse_event
from dastak_sdk.inbox import DEFAULT_RETRIES, AsyncInbox, Inbox, Outcome, State
from unit.docs.pages import DOCS, blocks, text_of
from unit.docs.test_examples import EVENT, post, run


def test_the_receiver_of_the_page_acts_once_on_an_event_that_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    receiver, _, _, late, _ = blocks(DOCS / "inbox.md", "python")
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


def test_the_examples_for_sqlalchemy_receive_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, plain, awaited, _, _ = (block.code for block in blocks(DOCS / "inbox.md", "python"))
    inbox = run(plain, "inbox.md")["inbox"]
    assert inbox.receive(parse_event(EVENT)).outcome is Outcome.HANDLED

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
