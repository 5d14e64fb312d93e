"""What a browser carries in a room with sign-in: the session's token, and before that, where signing in has got to.

In: a request's cookies. Out: a `Ticket` or a `Waiting`, or None for what is not there or not ours. The token is looked
up in the store; the waiting is signed, so that nobody can wait for an address that they did not type here.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

WAITING_LIFE = timedelta(hours=1)
SESSION_LIFE = timedelta(days=30)
"""Of the cookie alone: the store ends sessions much earlier."""

CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which session a browser says it is in."""

    merchant_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A browser on its way in."""

    id: str
    """Of chance; the forms' tokens are bound to it."""
    merchant_id: str
    issued_at: datetime
    place: str = ""
    """The digest of the address that a code was asked for; empty: none yet."""
    shown: str = ""
    """That address, masked."""
    resend_at: datetime | None = None


def new_waiting(merchant_id: str, now: datetime) -> Waiting:
    """A browser that has just come."""
    return Waiting(secrets.token_urlsafe(18), merchant_id, now)


class Cookies:
    """Writes and reads them.

    Args:
        key: at least 32 secret bytes, the same in every process.
        room: the room's name, which begins the cookies' names.
        secure: whether browsers send them over https only; then no other host of the domain can plant one.
    """

    def __init__(self, key: bytes, *, secure: bool, room: str) -> None:
        self._key = hmac.digest(key, f"dastak {room} sign-in".encode(), hashlib.sha256)
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self.session = f"{prefix}dastak-{room}"
        self.waiting = f"{prefix}dastak-{room}-sign-in"

    def ticket(self, request: Request) -> Ticket | None:
        """What the browser says of its session."""
        merchant_id, dot, token = request.cookies.get(self.session, "").partition(".")
        return Ticket(merchant_id, token) if dot and merchant_id and token else None

    def admit(self, response: Response, ticket: Ticket) -> None:
        """Begin a session, and end the waiting for it."""
        self._set(response, self.session, f"{ticket.merchant_id}.{ticket.token}", SESSION_LIFE)
        self._drop(response, self.waiting)

    def dismiss(self, response: Response) -> None:
        """End the session in this browser."""
        self._drop(response, self.session)

    def read_waiting(self, request: Request, now: datetime) -> Waiting | None:
        """How far this browser has got with signing in."""
        body, _, mac = request.cookies.get(self.waiting, "").partition(".")
        if not body or not hmac.compare_digest(self._mac(body).encode(), mac.encode("utf-8", "replace")):
            return None
        waiting = _unpack(body)
        if waiting is None or not waiting.issued_at - CLOCK_SKEW <= now < waiting.issued_at + WAITING_LIFE:
            return None
        return waiting

    def write_waiting(self, response: Response, waiting: Waiting) -> None:
        """Remember it in the browser."""
        body = _pack(waiting)
        self._set(response, self.waiting, f"{body}.{self._mac(body)}", WAITING_LIFE)

    def _set(self, response: Response, name: str, value: str, life: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(life.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="strict")

    def _mac(self, body: str) -> str:
        return _text(hmac.digest(self._key, body.encode(), hashlib.sha256))


def _pack(waiting: Waiting) -> str:
    facts = {
        "i": waiting.id,
        "m": waiting.merchant_id,
        "t": int(waiting.issued_at.timestamp()),
        "p": waiting.place,
        "s": waiting.shown,
        "r": int(waiting.resend_at.timestamp()) if waiting.resend_at else 0,
    }
    return _text(json.dumps(facts, separators=(",", ":")).encode())


def _unpack(body: str) -> Waiting | None:
    """The facts of a body whose HMAC was right; None when another release wrote it in another shape."""
    try:
        facts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Waiting(
            id=facts["i"],
            merchant_id=facts["m"],
            issued_at=datetime.fromtimestamp(facts["t"], UTC),
            place=facts["p"],
            shown=facts["s"],
            resend_at=datetime.fromtimestamp(facts["r"], UTC) if facts["r"] else None,
        )
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
