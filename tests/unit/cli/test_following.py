"""Following events over the pull API: what passes is waited for, what is wrong ends it with a sentence."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dastak.cli.desk.asking import AskError, Key, Server
from dastak.cli.desk.following import Lost, Pulled, follow
from dastak.cli.desk.sending import target

EVENT = {
    "id": "evt_1",
    "type": "KYC_LINK_SUCCESS",
    "verification_id": "v",
    "journey_id": "j",
    "sequence": 1,
    "occurred_at": "2026-01-31T10:00:00Z",
    "raw_body": "{}",
}
PAGE = (200, json.dumps({"data": [EVENT], "cursor": "1"}), "")


@contextmanager
def answering(answers: Sequence[tuple[int, str, str]]) -> Iterator[Server]:
    """A server that gives these answers in turn: status, body, `retry-after`."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, later = left.pop(0)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if later:
                self.send_header("retry-after", later)  # latin-1, as any header
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Server(target(f"http://127.0.0.1:{server.server_address[1]}"), Key("c", "s"))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_passes_is_waited_for_and_nothing_is_missed(status: int) -> None:
    """408 comes from a proxy to which a long poll is too long."""
    slept: list[float] = []
    with answering([(status, "busy", ""), (status, "", "7"), (status, "", "\u00b2"), PAGE]) as server:
        seen = follow(server, "0", {}, slept.append, wait_seconds=0)
        came = [next(seen) for _ in range(4)]
    assert [type(one) for one in came] == [Lost, Lost, Lost, Pulled]
    assert slept == [0.5, 7, 2]


@pytest.mark.parametrize("status", [301, 400, 401, 404])
def test_what_is_wrong_ends_it(status: int) -> None:
    with answering([(status, "", "")]) as server, pytest.raises(AskError):
        next(follow(server, "0", {}, wait_seconds=0))


def test_what_is_no_dastak_is_told_as_that() -> None:
    with answering([(200, "<html>", ""), (200, '{"data": [{}], "cursor": "1"}', "")]) as server:
        for _ in range(2):
            with pytest.raises(AskError, match="not a Dastak server"):
                next(follow(server, "0", {}, wait_seconds=0))
