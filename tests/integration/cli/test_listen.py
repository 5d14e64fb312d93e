"""`dastak listen` beside a real server: each event once, in order, signed anew, through a restart."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dastak_sdk import Receiver
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer, dastak
from support.terminal import Terminal
from unit.docs.pages import DOCS, blocks

pytestmark = pytest.mark.slow

WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "home") as running:
        yield running


def finish(server: RunningServer, verification_id: str) -> None:
    """Two events."""
    with server.api() as api:
        link = api.create_link("Pan_verification", verification_id=verification_id)
    with Customer(link["form_link"]) as customer:
        customer.complete()


def keyed(server: RunningServer) -> dict[str, str]:
    merchant = server.merchant
    return server.env | {
        "DASTAK": server.url,
        "CLIENT_ID": merchant.client_id,
        "CLIENT_SECRET": merchant.client_secret,
        "COLUMNS": "200",
    }


@contextmanager
def listening(server: RunningServer, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """From the moment when it has a cursor."""
    command = [sys.executable, "-u", "-m", "dastak", "listen", *arguments]
    with subprocess.Popen(
        command, env=keyed(server), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Listening")
        try:
            yield process
        finally:
            process.kill()


def rows(process: "subprocess.Popen[str]", count: int) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def test_events_are_forwarded_as_they_happen_and_verify_in_both_schemes(server: RunningServer) -> None:
    finish(server, "before")
    with (
        HookReceiver() as handler,
        listening(server, "--forward-to", handler.url(), "--secret", WHSEC, "--json") as one,
    ):
        finish(server, "order-1")
        shown = rows(one, 2)
    assert [(row["type"], row["sequence"]) for row in shown] == [
        ("KYC_LINK_ACTION_PERFORMED", 1),
        ("KYC_LINK_SUCCESS", 2),
    ]
    assert {row["verification_id"] for row in shown} == {"order-1"}
    assert [row["forwarded"]["status"] for row in shown] == [200, 200]
    hooks = handler.hooks()
    assert [hook.body.decode() for hook in hooks] == [row["raw_body"] for row in shown]
    for hook, row in zip(hooks, shown, strict=True):
        assert Receiver(server.merchant.client_secret).verify(hook.headers, hook.body).sequence == row["sequence"]
        assert Receiver(WHSEC).verify(hook.headers, hook.body).id == row["id"]


def test_what_happens_while_the_server_restarts_is_neither_missed_nor_repeated(server: RunningServer) -> None:
    with listening(server, "--json") as one:
        finish(server, "before")
        seen = rows(one, 2)
        server.kill()
        assert one.stderr is not None
        assert one.stderr.readline().startswith("The server is away")
        server.start()
        finish(server, "after")
        seen += rows(one, 2)
    assert [(row["verification_id"], row["sequence"]) for row in seen] == [
        *(("before", 1), ("before", 2)),
        *(("after", 1), ("after", 2)),
    ]


def test_filters_a_beginning_and_a_count(server: RunningServer) -> None:
    finish(server, "order-1")
    finish(server, "order-2")
    arguments = ("listen", "--after", "0", "--json", "--count")
    by_type = dastak(*arguments, "2", "--type", "KYC_LINK_SUCCESS", env=keyed(server))
    assert [json.loads(line)["verification_id"] for line in by_type.stdout.splitlines()] == ["order-1", "order-2"]
    of_one = dastak(*arguments, "2", "--verification-id", "order-2", env=keyed(server))
    assert [json.loads(line)["sequence"] for line in of_one.stdout.splitlines()] == [1, 2]
    assert (by_type.returncode, of_one.returncode) == (0, 0)


def test_what_a_handler_refuses_is_shown_and_the_list_goes_on_as_the_page_shows(server: RunningServer) -> None:
    with HookReceiver() as handler:
        handler.answer_events("/hook", Reply(500))
        with listening(server, "--count", "2", "--forward-to", handler.url()) as one:
            finish(server, "order-1")
            assert one.stdout is not None
            printed = one.stdout.read()
            assert one.wait(10) == 0
    (shown,) = (block.code for block in blocks(DOCS / "desk.md", "console") if "dastak listen" in block.code)
    assert timeless(printed) == timeless("\n".join(shown.splitlines()[2:]))
    assert "500" in printed.splitlines()[0]


def timeless(text: str) -> list[str]:
    return re.sub(r"\d+ ms", "n ms", re.sub(r"\d\d:\d\d:\d\d", "hh:mm:ss", text)).split()


def test_ctrl_c_ends_it_well(server: RunningServer) -> None:
    with listening(server) as one:
        one.send_signal(signal.SIGINT)
        assert one.wait(10) == 0
        assert one.stderr is not None
        assert "Traceback" not in one.stderr.read()


def test_several_types_are_chosen_at_once(server: RunningServer) -> None:
    finish(server, "order-1")
    types = ("--type", "KYC_LINK_SUCCESS", "--type", "KYC_LINK_EXPIRED")
    done = dastak("listen", "--after", "0", "--json", "--count", "1", *types, env=keyed(server))
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["KYC_LINK_SUCCESS"]


def test_events_follows_what_comes(server: RunningServer) -> None:
    finish(server, "order-1")
    command = [sys.executable, "-u", "-m", "dastak", "events", "--follow", "--json"]
    with subprocess.Popen(command, env=keyed(server), stdout=subprocess.PIPE, text=True) as one:
        assert [row["verification_id"] for row in rows(one, 2)] == ["order-1", "order-1"]
        finish(server, "order-2")
        assert [row["verification_id"] for row in rows(one, 2)] == ["order-2", "order-2"]
        one.send_signal(signal.SIGINT)
        assert one.wait(30) == 0


def test_on_a_terminal_an_event_is_opened_and_sent_again_with_a_key(server: RunningServer) -> None:
    """To the handler with r; by the server, to the merchant's endpoint, with s."""
    with HookReceiver() as handler:
        handler.answer_events("/hook", Reply(500, body=b"not today"))
        with server.api() as api:
            api.add_endpoint(handler.url("/endpoint"))
        command = [sys.executable, "-m", "dastak", "listen", "--forward-to", handler.url()]
        with Terminal(command, keyed(server)) as screen:
            screen.wait_for("Waiting for the next event")
            finish(server, "order-1")
            screen.wait_for("KYC_LINK_SUCCESS")
            screen.press("k")
            screen.wait_for_row("▸.*KYC_LINK_ACTION_PERFORMED.* 500 ")
            screen.press("\r")
            opened = screen.wait_for("event_time")
            assert "< not today" in opened
            screen.press("r")
            assert "attempt 2: 200" in screen.wait_for("Sent again")
            first, again = (handler.hooks("/hook")[place] for place in (0, -1))
            assert (again.body, again.attempt) == (first.body, 2)
            assert Receiver(server.merchant.client_secret).verify(again.headers, again.body).sequence == 1
            screen.press("\x1b")
            screen.wait_for("Enter detail")
            screen.press("s")
            screen.wait_for("The server sends it again, to 1 of your endpoints.")
            handler.wait_for(3, path="/endpoint")
            screen.press("q")
            left = screen.wait_for("order-1 #2")
            assert "2 times" in left
            assert screen.end() == 0


def test_what_cannot_be_listened_to_says_why(server: RunningServer) -> None:
    env = keyed(server)
    for changed, said in (
        ({"CLIENT_SECRET": "cfsk_wrong"}, "refuses the key"),
        ({"DASTAK": "http://127.0.0.1:1"}, "does not answer"),
        ({"DASTAK": "http://example.com"}, "use https"),
    ):
        shown = dastak("listen", env=env | changed)
        assert (shown.returncode, shown.stdout) == (2, "")
        assert said in " ".join(shown.stderr.split())
    assert dastak("listen", "--forward-to", "http://example.com/", env=env).returncode == 2
    assert dastak("listen", "--after", "nowhere", env=env).returncode == 2
