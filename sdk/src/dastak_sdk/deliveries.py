"""Deliveries to a receiver under test: right ones, duplicates, reordered, forged, stale, unknown.

In: what posts to the receiver, its path and the secret. Out: `Response`s. `pytest_plugin` makes one per test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

from dastak_sdk.envelope import encode_test_event
from dastak_sdk.headers import (
    ATTEMPT,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)
from dastak_sdk.in_process import Response, Send
from dastak_sdk.recorded import read_recorded
from dastak_sdk.sample import sample_event
from dastak_sdk.signature import STANDARD_SECRET_PREFIX, sign, sign_standard

UNKNOWN_TYPE = "KYC_EVENT_OF_A_LATER_VERSION"
LONG_AGO = timedelta(hours=1)


class Deliveries:
    """A sender that does to your receiver what senders and attackers do.

    Wherever an event is asked for, give the name of its type, or a body that `event` made, to send the same one again.
    """

    def __init__(self, send: Send, path: str, secret: str) -> None:
        self._send = send
        self._path = path
        self._secret = secret
        self._started = datetime.now(timezone.utc)
        self._numbers = count()

    def event(self, event_type: str, **fields: Any) -> bytes:
        """Make the body of an event; `fields` go into its `data`. Each call makes another event, a second later."""
        moment = self._started + timedelta(seconds=next(self._numbers))
        legacy = None if self._secret.startswith(STANDARD_SECRET_PREFIX) else self._secret
        return sample_event(event_type, fields, time=moment, client_secret=legacy)

    def deliver(
        self, event: str | bytes, *, attempt: int = 1, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> Response:
        """Send one event, rightly signed; `headers` are added."""
        body = self._body(event, fields)
        return self._post(body, {**self.signed(body), ATTEMPT: str(attempt), **(headers or {})})

    def duplicate(self, event: str | bytes, times: int = 2, **fields: Any) -> list[Response]:
        """Send the same event several times, one after the other, each signed afresh: as after lost answers."""
        body = self._body(event, fields)
        return [self.deliver(body, attempt=number) for number in range(1, times + 1)]

    def at_once(self, event: str | bytes, times: int = 2, **fields: Any) -> list[Response]:
        """Send the same event several times in parallel: as when a sender lost patience."""
        body = self._body(event, fields)
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda number: self.deliver(body, attempt=number), range(1, times + 1)))

    def reordered(self, events: Sequence[str | bytes], order: Sequence[int] | None = None) -> list[Response]:
        """Make the events in the order given and send them in another: backwards, or by these places."""
        bodies = [self._body(event, {}) for event in events]
        places = range(len(bodies))[::-1] if order is None else order
        return [self.deliver(bodies[place]) for place in places]

    def forged(self, event: str | bytes, **fields: Any) -> dict[str, Response]:
        """Send what must not be believed, in every way that is usual; by name. None of them may have an effect."""
        body = self._body(event, fields)
        right = self.signed(body)
        changed = body.replace(b'"data"', b' "data"', 1)
        reencoded = json.dumps(json.loads(body), indent=1).encode()
        unsigned = {"content-type": "application/json"}
        return {
            "altered body": self._post(changed, right),
            "body encoded again": self._post(reencoded, right),
            "another secret": self._post(body, self.signed(body, secret=_other(self._secret))),
            "another event's signature": self._post(self.event("KYC_LINK_SUCCESS", verification_id="x"), right),
            "no signature": self._post(body, unsigned),
        }

    def stale(self, event: str | bytes, age: timedelta = LONG_AGO, **fields: Any) -> Response:
        """Send an event whose signature is right and old: as one who captured it."""
        body = self._body(event, fields)
        return self._post(body, self.signed(body, age=age))

    def future(self, event: str | bytes, ahead: timedelta = LONG_AGO, **fields: Any) -> Response:
        """Send an event whose signature is right and of a time to come."""
        return self.stale(event, -ahead, **fields)

    def unknown(self, event_type: str = UNKNOWN_TYPE, **fields: Any) -> Response:
        """Send an event of a type that no version knows yet: it wants a 2xx."""
        return self.deliver(event_type, **fields)

    def test(self) -> Response:
        """Send what tests a URL when it is added: it wants a 2xx and no effect."""
        return self.deliver(encode_test_event(datetime.now(timezone.utc)))

    def playback(self, file: str | Path) -> list[Response]:
        """Send what `dastak record` wrote, in its order, signed afresh; the ids and all other headers as recorded."""
        with Path(file).open(encoding="utf-8") as lines:
            recorded = list(read_recorded(lines))
        return [self._post(one.body, dict(one.resigned([self._secret]))) for one in recorded]

    def signed(self, body: bytes, *, secret: str | None = None, age: timedelta = timedelta()) -> dict[str, str]:
        """The headers that sign this body: of the standard scheme for a `whsec_` secret, else of the header scheme."""
        secret = self._secret if secret is None else secret
        signed_at = time.time() - age.total_seconds()
        usual = {"content-type": "application/json"}
        if secret.startswith(STANDARD_SECRET_PREFIX):
            message_id, seconds = f"evt_{next(self._numbers)}", str(int(signed_at))
            signature = sign_standard(secret, message_id, seconds, body)
            return {**usual, STANDARD_ID: message_id, STANDARD_TIMESTAMP: seconds, STANDARD_SIGNATURE: signature}
        milliseconds = str(int(signed_at * 1000))
        return {**usual, HEADER_TIMESTAMP: milliseconds, HEADER_SIGNATURE: sign(secret, milliseconds, body)}

    def _body(self, event: str | bytes, fields: Mapping[str, Any]) -> bytes:
        if isinstance(event, str):
            return self.event(event, **fields)
        if fields:
            raise TypeError("A body that is already made cannot get fields; give them to event().")
        return event

    def _post(self, body: bytes, headers: dict[str, str]) -> Response:
        return self._send(self._path, headers, body)


def _other(secret: str) -> str:
    standard = secret.startswith(STANDARD_SECRET_PREFIX)
    return STANDARD_SECRET_PREFIX + "bm90IHlvdXJzIGF0IGFsbCEh" if standard else f"not {secret}"
