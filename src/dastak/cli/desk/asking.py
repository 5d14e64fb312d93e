"""Ask a running server by its REST API, with a merchant's key.

In: the server's address and the key. Out: the JSON of its answer, or `AskError` with a sentence for whoever typed the
command. Called by the commands that need a server: `listen`, `events`, `deliveries`, `resend`, `replay`, `trigger`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from dastak.cli.desk.sending import Answer, Target, send

SPARE_SECONDS = 15
"""How much longer than its own wait the server may take."""

LARGE_PAGE_SECONDS = 300
"""How much longer all of a large page may take, over a slow line."""
MOST_PAGE_BYTES = 256 * 1024 * 1024
LARGEST_PAGE = 200

NO_DASTAK = "What answers there is not a Dastak server: give the address that its API has."


class AskError(Exception):
    """The server does not do what it was asked, and asking again would not help; the message says what to do."""


@dataclass(frozen=True)
class Key:
    """A merchant's credentials."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Server:
    """A server, and who asks it."""

    base: Target
    key: Key

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        wait_seconds: float = 0,
    ) -> Answer:
        """Ask once, and give the answer as it is."""
        asked = (("x-client-id", self.key.client_id), ("x-client-secret", self.key.client_secret))
        headers = (*asked, ("accept", "application/json"), ("content-type", "application/json"))
        to = replace(self.base, path=self.base.path.rstrip("/") + path + (f"?{urlencode(query)}" if query else ""))
        sent = b"" if body is None else json.dumps(body).encode()
        return send(
            to,
            headers,
            sent,
            timeout=wait_seconds + SPARE_SECONDS,
            method=method,
            most_bytes=MOST_PAGE_BYTES,
            whole_within=wait_seconds + LARGE_PAGE_SECONDS,
        )

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Ask once, for a JSON object. Raises `AskError`."""
        answer = self.answer(method, path, query, body)
        if not answer.is_accepted:
            raise AskError(refused(answer))
        return read(answer)

    def rows(self, path: str, query: Mapping[str, str], most: int) -> Iterator[dict[str, Any]]:
        """At most so many rows of a list, page by page. Raises `AskError`."""
        after, left = query.get("after", ""), most
        while left > 0:
            asked = {**query, "limit": str(min(left, LARGEST_PAGE))} | ({"after": after} if after else {})
            page = self.ask("GET", path, asked)
            yield from page["data"]
            left -= len(page["data"])
            if page["next"] is None:
                return
            after = str(page["next"])


def named(path: str, name: str) -> str:
    """The path of one thing; whatever was typed as its name stays one part of it."""
    return f"{path}/{quote(name, safe='')}"


def read(answer: Answer) -> dict[str, Any]:
    """The JSON object of a good answer. Raises `AskError`."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AskError(NO_DASTAK)
    return value


def refused(answer: Answer) -> str:
    """Why it was not done, in the server's words where it has some."""
    if not answer.status:
        return f"The server does not answer ({answer.problem}). Is --server right, and the server up?"
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"The server refuses the key ({answer.status}): give the client id and secret of one merchant."
    try:
        said = str(json.loads(answer.body)["message"])
    except (ValueError, KeyError, TypeError):
        said = "give the address that its API has"
    return f"The server answered {answer.status}: {said}"
