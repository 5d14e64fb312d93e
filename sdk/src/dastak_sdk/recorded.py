"""Deliveries in a file: JSON Lines, as `dastak record` writes and `dastak playback` and `webhooks.playback` read it.

In: lines. Out: `Recorded`, one per delivery, and back. The first line says what the file is; every other is an object:

    {"format": "dastak-deliveries", "version": 1}
    {"at": "2026-01-31T10:00:00+00:00", "headers": [["webhook-id", "evt_1"]], "body": "{}", "status": 200}

`body` is the raw body as text, or `body_base64` where it is no UTF-8; `status` is what the receiver answered, null
where nobody asked one. Unknown fields are ignored.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dastak_sdk.headers import (
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)
from dastak_sdk.signature import STANDARD_SECRET_PREFIX, sign, sign_standard

FORMAT, VERSION = "dastak-deliveries", 1
FIRST_LINE = json.dumps({"format": FORMAT, "version": VERSION})

_SIGNED = frozenset({HEADER_TIMESTAMP, HEADER_SIGNATURE, STANDARD_TIMESTAMP, STANDARD_SIGNATURE})
_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"})

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_FIELD = re.compile(r"(?:[\x01-\t\x0b\x0c\x0e-\xff]|\r?\n[ \t])*")
"""What can be sent: latin-1, which servers make of any byte, and lines that go on."""

Headers = tuple[tuple[str, str], ...]


class UnreadableRecordError(ValueError):
    """The file is not what `dastak record` writes; the message says in which line."""


@dataclass(frozen=True)
class Recorded:
    """One delivery, as it came."""

    at: str
    """When, with its zone."""
    headers: Headers
    """Names in lower case."""
    body: bytes
    status: int | None = None
    """What the receiver answered; None: nobody asked one."""

    @property
    def id(self) -> str:
        """`webhook-id`; empty where the sender gives none."""
        return next((value for name, value in self.headers if name == STANDARD_ID), "")

    @property
    def type(self) -> str:
        """`event_type` of the body; empty where there is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return ""
        return str(value.get("event_type", "")) if isinstance(value, dict) else ""

    def sendable(self) -> Headers:
        """The headers as recorded, without those that belong to one connection."""
        return tuple(pair for pair in self.headers if pair[0] not in _HOP)

    def resigned(self, secrets: Sequence[str], now: float | None = None) -> Headers:
        """The headers signed afresh by these secrets: what was recorded is soon too old to be accepted."""
        moment = time.time() if now is None else now
        kept = tuple(pair for pair in self.sendable() if pair[0] not in _SIGNED)
        return (*kept, *(pair for secret in secrets for pair in self._signed(secret, moment)))

    def line(self) -> str:
        """As a line of the file, without its end."""
        values: dict[str, Any] = {"at": self.at, "headers": [list(pair) for pair in self.headers]}
        try:
            values["body"] = self.body.decode()
        except UnicodeDecodeError:
            values["body_base64"] = base64.b64encode(self.body).decode()
        return json.dumps({**values, "status": self.status}, ensure_ascii=False)

    def _signed(self, secret: str, now: float) -> Headers:
        if not secret.startswith(STANDARD_SECRET_PREFIX):
            milliseconds = str(int(now * 1000))
            return ((HEADER_TIMESTAMP, milliseconds), (HEADER_SIGNATURE, sign(secret, milliseconds, self.body)))
        seconds = str(int(now))
        name = self.id or "evt_recorded"
        known = () if self.id else ((STANDARD_ID, name),)
        signature = sign_standard(secret, name, seconds, self.body)
        return (*known, (STANDARD_TIMESTAMP, seconds), (STANDARD_SIGNATURE, signature))


def read_recorded(lines: Iterable[str]) -> Iterator[Recorded]:
    """Read a file's lines; one without any is no such file. Raises `UnreadableRecordError`."""
    is_known = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if is_known:
                yield _recorded(value)
            else:
                _check(value)
                is_known = True
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            advice = "Take the line out; the others can be read without it." if is_known else "Record anew."
            raise UnreadableRecordError(
                f"Line {number} is not as `dastak record` writes it: {problem!r}. {advice}"
            ) from None
    if not is_known:
        raise UnreadableRecordError(f"The file is empty; the first line must be {FIRST_LINE}. Record anew.")


def _check(value: Any) -> None:
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError(f"the first line must be {FIRST_LINE}")
    if value.get("version") != VERSION:
        raise ValueError(f"version {value.get('version')} is of a later release")


def _recorded(value: Any) -> Recorded:
    text = value.get("body")
    body = base64.b64decode(value["body_base64"], validate=True) if text is None else text.encode()
    headers = tuple((str(name).lower(), str(field)) for name, field in value["headers"])
    for name, field in headers:
        if not _NAME.fullmatch(name) or not _FIELD.fullmatch(field):
            raise ValueError(f"{name[:40]!r} is no header that can be sent")
    status = value.get("status")
    return Recorded(str(value["at"]), headers, body, status if isinstance(status, int) else None)
