"""Follow a merchant's events over the pull API: each once, in order, through every outage.

In: the server's address, a merchant's key, filters, where to begin. Out: `Pulled` events, and `Lost` when the server
cannot be reached, after which it is asked again from the same cursor. Called by `dastak listen`.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from dastak.cli.desk.sending import Answer, Target, send

WAIT_SECONDS = 30
SPARE_SECONDS = 15
"""How much longer than its own wait the server may take."""

LONGEST_PAUSE_SECONDS = 30.0
MOST_PAGE_BYTES = 256 * 1024 * 1024
LATEST = "latest"


class FollowError(Exception):
    """The server will not let us follow, and asking again would not help; the message says what to do."""


@dataclass(frozen=True)
class Pulled:
    """One event."""

    id: str
    type: str
    verification_id: str
    journey_id: str
    sequence: int
    occurred_at: str
    body: bytes | None
    """The webhook's bytes; None when the server no longer keeps them."""
    cursor: str
    """Where its page ends: going on from here repeats nothing once all of the page is done."""


@dataclass(frozen=True)
class Lost:
    """The server did not answer as it should."""

    why: str
    pause_seconds: float


@dataclass(frozen=True)
class Key:
    """A merchant's credentials."""

    client_id: str
    client_secret: str


def beginning(server: Target, key: Key, after: str, filters: Mapping[str, str]) -> str:
    """The cursor to begin at; proves that address, key and filters are right. Raises `FollowError`."""
    answer = _ask(server, key, {**filters, "after": after, "limit": "1", "wait": "0"})
    if answer.status != HTTPStatus.OK:
        raise FollowError(_refused(answer))
    cursor = _page(answer)["cursor"]
    return str(cursor) if after == LATEST else after


def follow(
    server: Target,
    key: Key,
    cursor: str,
    filters: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
    wait_seconds: int = WAIT_SECONDS,
) -> Iterator[Pulled | Lost]:
    """Yield events from the cursor on, for ever. Raises `FollowError`."""
    failures = 0
    while True:
        answer = _ask(server, key, {**filters, "after": cursor, "wait": str(wait_seconds)}, wait_seconds)
        if answer.status == HTTPStatus.OK:
            failures = 0
            page = _page(answer)
            for event in page["data"]:
                yield _pulled(event, str(page["cursor"]))
            cursor = str(page["cursor"])
            continue
        if answer.status and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != _BUSY:
            raise FollowError(_refused(answer))
        pause = _pause(answer, failures)
        failures += 1
        yield Lost(answer.problem or f"it answered {answer.status}", pause)
        sleep(pause)


_BUSY = HTTPStatus.TOO_MANY_REQUESTS


def _ask(server: Target, key: Key, query: Mapping[str, str], wait_seconds: int = 0) -> Answer:
    headers = (("x-client-id", key.client_id), ("x-client-secret", key.client_secret), ("accept", "application/json"))
    to = replace(server, path=f"{server.path.rstrip('/')}/api/v1/events?{urlencode(query)}")
    return send(to, headers, b"", timeout=wait_seconds + SPARE_SECONDS, method="GET", most_bytes=MOST_PAGE_BYTES)


def _page(answer: Answer) -> dict[str, Any]:
    try:
        page = json.loads(answer.body)
        return {"data": list(page["data"]), "cursor": page["cursor"]}
    except (ValueError, KeyError, TypeError):
        raise FollowError("What answers there is not a Dastak server: give the address that its API has.") from None


def _pulled(event: Mapping[str, Any], cursor: str) -> Pulled:
    raw = event["raw_body"]
    return Pulled(
        event["id"],
        event["type"],
        event["verification_id"],
        event["journey_id"],
        event["sequence"],
        event["occurred_at"],
        None if raw is None else raw.encode(),
        cursor,
    )


def _refused(answer: Answer) -> str:
    if not answer.status:
        return f"The server does not answer ({answer.problem}). Is --server right, and the server up?"
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"The server refuses the key ({answer.status}): give the client id and secret of one merchant."
    try:
        said = json.loads(answer.body)["message"]
    except (ValueError, KeyError, TypeError):
        said = "give the address that its API has"
    return f"The server answered {answer.status}: {said}"


def _pause(answer: Answer, failures: int) -> float:
    asked = next((value for name, value in answer.headers if name.lower() == "retry-after"), "")
    backed_off: float = min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** min(failures, 10))
    return max(backed_off, min(LONGEST_PAUSE_SECONDS, float(asked))) if asked.isdigit() else backed_off
