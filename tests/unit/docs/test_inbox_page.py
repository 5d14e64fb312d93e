"""The examples of the inbox's page, run as they stand, and its tables beside the code."""

import sqlite3
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from dastak_sdk.inbox import DEFAULT_RETRIES, Inbox, Outcome, State
from unit.docs.pages import DOCS, blocks, text_of
from unit.docs.test_examples import post, run


def test_the_receiver_of_the_page_acts_once_on_an_event_that_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    receiver, late = blocks(DOCS / "inbox.md", "python")
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


def test_the_page_names_every_outcome_and_every_state() -> None:
    page = text_of("inbox.md")
    assert [f"| `{outcome}` |" for outcome in Outcome if f"| `{outcome}` |" not in page] == []
    assert [f"`{state}`" for state in State if f"`{state}`" not in page] == []


def test_the_page_has_the_schedule_of_retries() -> None:
    shown = [int(delay.total_seconds()) for delay in DEFAULT_RETRIES]
    assert shown == [5, 30, 120, 600, 1800, 7200, 21600, 43200]
    assert "5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h and 12 h" in text_of("inbox.md")
