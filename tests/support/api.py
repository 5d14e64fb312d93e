"""A small client of the REST API: keep-alive, a merchant's credentials, and nothing clever.

In: a base URL and credentials. Out: `Answer(status, headers, json)`, which unpacks as a tuple. It never repeats a
request by itself, so that a test of a killed server knows what it has sent.
"""

import itertools
import json
import select
import uuid
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPMessage
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60
_UNCHANGED: Any = object()


class Answer(NamedTuple):
    """What came back; `json` is None for an empty body."""

    status: int
    headers: HTTPMessage
    json: Any


class Api:
    """One merchant's calls, one after another, over one connection. Not to be shared between threads."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        parts = urlsplit(url)
        self._credentials = {"x-client-id": client_id, "x-client-secret": client_secret}
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        self._connection.close()

    def get(self, path: str, **query: object) -> Answer:
        """GET; queries that are None are left out."""
        return self.call("GET", with_query(path, query))

    def post(self, path: str, body: object = _UNCHANGED) -> Answer:
        """POST a JSON value, or nothing at all."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: object) -> Answer:
        return self.call("PATCH", path, body)

    def put(self, path: str, body: object) -> Answer:
        return self.call("PUT", path, body)

    def delete(self, path: str, **query: object) -> Answer:
        return self.call("DELETE", with_query(path, query))

    def call(self, method: str, path: str, body: object = _UNCHANGED) -> Answer:
        """Any method, with a JSON value."""
        raw = None if body is _UNCHANGED else json.dumps(body).encode()
        return self.raw(method, path, raw, {"content-type": "application/json"})

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Any bytes. A header of None is left out, credentials included."""
        sent = {**self._credentials, **(headers or {})}
        self._drop_if_closed()
        try:
            self._connection.request(
                method, path, body, {name: value for name, value in sent.items() if value is not None}
            )
            answer = self._connection.getresponse()
            raw = answer.read()
        except BaseException:
            self._connection.close()
            raise
        return Answer(answer.status, answer.headers, json.loads(raw) if raw else None)

    # what most tests do

    def create_link(self, template_name: str = "Full_kyc", **fields: object) -> dict[str, Any]:
        """Make a KYC Link, with a new verification_id unless given; the answer's JSON."""
        wanted = {"phone": "9999999999", "template_name": template_name, "verification_id": new_verification_id()}
        answer = self.post("/verification/form", {**wanted, **fields})
        assert answer.status == 200, answer
        link: dict[str, Any] = answer.json
        return link

    def link(self, verification_id: str) -> dict[str, Any]:
        """The link as it stands."""
        answer = self.get("/verification/form", verificationID=verification_id)
        assert answer.status == 200, answer
        link: dict[str, Any] = answer.json
        return link

    def add_endpoint(self, url: str, **settings: object) -> dict[str, Any]:
        """Test & Add; the answer's JSON, with `id` and `secret`."""
        answer = self.post("/api/v1/webhook-endpoints", {"url": url, **settings})
        assert answer.status == 201, answer
        endpoint: dict[str, Any] = answer.json
        return endpoint

    def events(self, **filters: object) -> list[dict[str, Any]]:
        """All events that fit, over all pages."""
        return list(self._pages("/api/v1/events", filters))

    def deliveries(self, **filters: object) -> list[dict[str, Any]]:
        """All deliveries that fit, over all pages."""
        return list(self._pages("/api/v1/deliveries", filters))

    def delivery(self, delivery_id: str) -> dict[str, Any]:
        """One delivery with its `attempt_log`."""
        answer = self.get(f"/api/v1/deliveries/{delivery_id}")
        assert answer.status == 200, answer
        delivery: dict[str, Any] = answer.json
        return delivery

    def _pages(self, path: str, filters: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            answer = self.get(path, **filters, after=after)
            assert answer.status == 200, answer
            yield from answer.json["data"]
            after = answer.json["next"]
            if after is None:
                return

    def _drop_if_closed(self) -> None:
        """A connection that the other side has closed while idle is replaced."""
        open_socket = self._connection.sock
        if open_socket is not None and select.select([open_socket], [], [], 0)[0]:
            self._connection.close()


def with_query(path: str, query: Mapping[str, object]) -> str:
    """The path with its query; values of None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


_numbers = itertools.count(1)


def new_verification_id() -> str:
    """One that no other test uses."""
    return f"case-{next(_numbers)}-{uuid.uuid4().hex[:12]}"
