"""Who is at the door: one signed cookie per link and browser.

In: a request's cookie. Out: a `Session`, or None when there is none, it is old, or it is not ours. No table is needed:
the cookie carries its own facts and an HMAC over them and over the link it was made for.
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

LIFETIME = timedelta(minutes=30)
"""A session ends this long after its last successful step."""

CLOCK_SKEW = timedelta(minutes=1)
"""How far the clocks of two web processes may differ."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser at one link."""

    id: str
    issued_at: datetime
    confirmed: bool = False
    """The customer typed the code from the phone. Until then nothing of the customer is shown."""
    otp_sent: bool = False
    resend_at: datetime | None = None
    sandbox_otp: str = ""
    just_run: str = ""
    """Slug of the check that ran last, to say how it went."""


def new_session(now: datetime, *, confirmed: bool = False) -> Session:
    """A session with an id of its own; used again at confirmation, so that no known id becomes a confirmed one."""
    return Session(id=secrets.token_urlsafe(18), issued_at=now, confirmed=confirmed)


class Sessions:
    """Writes and reads session cookies.

    Args:
        key: at least 32 secret bytes, the same in every process.
        secure: whether browsers send the cookie over https only.
    """

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._key = hmac.digest(key, b"dastak hosted session", hashlib.sha256)
        self._secure = secure
        self.cookie = "__Secure-dastak" if secure else "dastak"

    def read(self, request: Request, place: str, now: datetime) -> Session | None:
        """The session of this request at that place (`<code>` or `global-link/<code>`)."""
        body, _, mac = request.cookies.get(self.cookie, "").partition(".")
        if not body or not hmac.compare_digest(self._mac(place, body).encode(), mac.encode("utf-8", "replace")):
            return None
        session = _unpack(body)
        if session is None or not session.issued_at - CLOCK_SKEW <= now < session.issued_at + LIFETIME:
            return None
        return session

    def write(self, response: Response, place: str, session: Session) -> None:
        """Set the cookie, for this place's pages alone."""
        body = _pack(session)
        response.set_cookie(
            self.cookie,
            f"{body}.{self._mac(place, body)}",
            max_age=int(LIFETIME.total_seconds()),
            path=f"/verification/{place}",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def _mac(self, place: str, body: str) -> str:
        return _text(hmac.digest(self._key, f"{place}\n{body}".encode(), hashlib.sha256))


def _pack(session: Session) -> str:
    facts = {
        "i": session.id,
        "t": int(session.issued_at.timestamp()),
        "c": session.confirmed,
        "s": session.otp_sent,
        "r": int(session.resend_at.timestamp()) if session.resend_at else 0,
        "o": session.sandbox_otp,
        "j": session.just_run,
    }
    return _text(json.dumps(facts, separators=(",", ":")).encode())


def _unpack(body: str) -> Session | None:
    """The facts of a body whose HMAC was right; None when an older release wrote it in another shape."""
    try:
        facts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Session(
            id=facts["i"],
            issued_at=datetime.fromtimestamp(facts["t"], UTC),
            confirmed=facts["c"],
            otp_sent=facts["s"],
            resend_at=datetime.fromtimestamp(facts["r"], UTC) if facts["r"] else None,
            sandbox_otp=facts["o"],
            just_run=facts["j"],
        )
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
