"""A sandbox OTP session that needs no memory: everything is in its sealed reference.

In: `seal` writes a scenario, the last four digits and the time into a text. Out: `unseal` gives them back,
after a restart and in any process that has the same key. Called by the Aadhaar sandbox. Never holds the number.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_PREFIX = "sandbox1"
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OtpSession:
    """What the sandbox has to know when the OTP comes in."""

    scenario: str
    """A word of the sandbox's own table, never the number."""
    last4: str
    opened_at: datetime


def seal(session: OtpSession, key: bytes) -> str:
    """Write the session as a reference that only the holder of `key` can make."""
    micros = (session.opened_at - _EPOCH) // _MICROSECOND
    body = f"{_PREFIX}.{session.scenario}.{session.last4}.{micros}"
    return f"{body}.{_mac(body, key)}"


def unseal(reference: str, key: bytes) -> OtpSession | None:
    """Read a reference back; None when it was not made with `key` or is damaged."""
    body, _, mac = reference.rpartition(".")
    if not hmac.compare_digest(_mac(body, key).encode(), mac.encode(errors="replace")):
        return None
    _, scenario, last4, micros = body.split(".")
    return OtpSession(scenario, last4, _EPOCH + int(micros) * _MICROSECOND)


def _mac(body: str, key: bytes) -> str:
    digest = hmac.digest(key, body.encode(errors="replace"), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
