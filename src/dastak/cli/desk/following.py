"""Follow a merchant's events over the pull API: each once, in order, through every outage.

In: the server with a merchant's key, filters, where to begin. Out: `Pulled` events, and `Lost` when the server
cannot be reached, after which it is asked again from the same cursor. Called by `dastak listen`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from dastak.cli.desk.asking import NO_DASTAK, AskError, Server, read, refused
from dastak.cli.desk.sending import Answer

WAIT_SECONDS = 30
LONGEST_PAUSE_SECONDS = 30.0
LATEST = "latest"
EVENTS = "/api/v1/events"


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
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As the API gave it."""


@dataclass(frozen=True)
class Lost:
    """The server did not answer as it should."""

    why: str
    pause_seconds: float

    @property
    def told(self) -> str:
        """For whoever watches."""
        return f"The server is away: {self.why}. Again in {self.pause_seconds:g} s."


def beginning(server: Server, after: str, filters: Mapping[str, str]) -> str:
    """The cursor to begin at; proves that address, key and filters are right. Raises `AskError`."""
    answer = server.answer("GET", EVENTS, {**filters, "after": after, "limit": "1", "wait": "0"})
    if answer.status != HTTPStatus.OK:
        raise AskError(refused(answer))
    cursor = _page(answer)["cursor"]
    return str(cursor) if after == LATEST else after


def follow(
    server: Server,
    cursor: str,
    filters: Mapping[str, str],
    sleep: Callable[[float], None] = time.sleep,
    wait_seconds: int = WAIT_SECONDS,
) -> Iterator[Pulled | Lost]:
    """Yield events from the cursor on, for ever. Raises `AskError`."""
    failures = 0
    while True:
        asked = {**filters, "after": cursor, "wait": str(wait_seconds)}
        answer = server.answer("GET", EVENTS, asked, wait_seconds=wait_seconds)
        if answer.status == HTTPStatus.OK:
            failures = 0
            page = _page(answer)
            for event in page["data"]:
                yield _pulled(event, str(page["cursor"]))
            cursor = str(page["cursor"])
            continue
        if answer.status and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status not in _PASSING:
            raise AskError(refused(answer))
        pause = _pause(answer, failures)
        failures += 1
        yield Lost(answer.problem or f"it answered {answer.status}", pause)
        sleep(pause)


_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
"""The second by a proxy to which a long poll is too long."""


def _page(answer: Answer) -> dict[str, Any]:
    page = read(answer)
    try:
        return {"data": list(page["data"]), "cursor": page["cursor"]}
    except (KeyError, TypeError):
        raise AskError(NO_DASTAK) from None


def _pulled(event: Mapping[str, Any], cursor: str) -> Pulled:
    try:
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
            event,
        )
    except (KeyError, TypeError, AttributeError):
        raise AskError(NO_DASTAK) from None


def _pause(answer: Answer, failures: int) -> float:
    asked = next((value for name, value in answer.headers if name.lower() == "retry-after"), "")
    backed_off: float = min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** min(failures, 10))
    return (
        max(backed_off, min(LONGEST_PAUSE_SECONDS, float(asked))) if asked.isascii() and asked.isdigit() else backed_off
    )
