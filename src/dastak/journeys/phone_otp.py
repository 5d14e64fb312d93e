"""The customer's phone OTP: when one may be sent, and whether what was typed is right. Pure.

In: the OTP record on the journey, the time, what was typed. Out: the next record, or `TooSoon` / `OtpRefused`.

The bounds make guessing hopeless: at most 30 codes of 5 guesses in a link's life, 150 in a million.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dastak.journeys.errors import OtpRefused, TooSoon

LIFE = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=30)
WINDOW = timedelta(minutes=30)
SENDS_PER_WINDOW = 5
SENDS_PER_LINK = 30
WRONG_GUESSES = 5


@dataclass(frozen=True, slots=True)
class PhoneOtp:
    """The latest one-time code sent to the customer's phone, as a keyed digest."""

    digest: str
    sent_at: datetime
    expires_at: datetime
    wrong: int = 0
    """Wrong guesses at this code."""
    recent_sends: tuple[datetime, ...] = ()
    """When codes were sent lately, this one included."""
    sends: int = 1
    """Codes sent in the life of the journey, but for those that were used."""
    used: bool = False


def digest(key: bytes, journey_id: str, otp: str) -> str:
    """What is kept of an OTP: useless without the key, and on another link."""
    return hmac.new(key, f"{journey_id}|{otp}".encode(), hashlib.sha256).hexdigest()


def send(before: PhoneOtp | None, new_digest: str, now: datetime) -> PhoneOtp:
    """The record of a fresh code.

    Raises:
        TooSoon: a code was sent within the last 30 s and is not used yet, or five within half an hour.
        OtpRefused: "locked": the link has used up all its codes.
    """
    recent = tuple(at for at in before.recent_sends if abs(now - at) < WINDOW) if before else ()
    sends = before.sends if before else 0
    if sends >= SENDS_PER_LINK:
        raise OtpRefused("locked")
    wait = _wait_before_next(recent, now, used=before is not None and before.used)
    if wait > timedelta(0):
        raise TooSoon(wait)
    return PhoneOtp(digest=new_digest, sent_at=now, expires_at=now + LIFE, recent_sends=(*recent, now), sends=sends + 1)


def guess(otp: PhoneOtp | None, typed_digest: str, now: datetime) -> tuple[PhoneOtp, OtpRefused | None]:
    """Judge one guess: the record to save in either case, and the refusal if it was not right.

    Raises:
        OtpRefused: there is nothing to guess at ("none", "expired", "locked"); nothing to save.
    """
    if otp is None or otp.used:
        raise OtpRefused("none")
    if otp.wrong >= WRONG_GUESSES:
        raise OtpRefused("locked")
    if now >= otp.expires_at:
        raise OtpRefused("expired")
    if hmac.compare_digest(otp.digest, typed_digest):
        return replace(otp, used=True, sends=otp.sends - 1), None
    after = replace(otp, wrong=otp.wrong + 1)
    left = WRONG_GUESSES - after.wrong
    return after, OtpRefused("wrong" if left else "locked", left)


def _wait_before_next(recent: tuple[datetime, ...], now: datetime, *, used: bool) -> timedelta:
    """How long until both bounds allow another code, so that whoever waits that long is not refused again.

    The short pause is against double clicks and impatience: after a code that was used, nobody is still waiting for it.
    """
    after_last = min(RESEND_AFTER, RESEND_AFTER - (now - recent[-1])) if recent and not used else timedelta(0)
    after_first = WINDOW - (now - recent[0]) if len(recent) >= SENDS_PER_WINDOW else timedelta(0)
    return max(after_last, after_first)
