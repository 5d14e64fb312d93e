"""Signing in by a code from the mail: when one may be sent, and whether what was typed is right. Pure.

In: what is kept of an address's sign-in, the time, what was typed. Out: what to keep next, or `TooSoon`,
`SignInRefused`. `entrance` calls it.

It never matters here whether the address is a person's: the record of a stranger's address is made, counted and
refused in the same way, so that no answer tells one from the other.

The bounds make guessing hopeless: at most 20 codes of 5 guesses in a day, 100 in a million.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

LIFE = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=30)
WINDOW = timedelta(minutes=30)
SENDS_PER_WINDOW = 5
DAY = timedelta(hours=24)
SENDS_PER_DAY = 20
WRONG_GUESSES = 5

Reason = Literal["none", "wrong", "expired", "locked"]


class TooSoon(Exception):  # noqa: N818 - the names say what happened
    """No code is sent yet; `wait` says when one may be."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


class SignInRefused(Exception):  # noqa: N818
    """What was typed lets nobody in."""

    def __init__(self, reason: Reason, tries_left: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tries_left = tries_left


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is kept of one address at one merchant while somebody signs in with it."""

    merchant_id: str
    place: str
    """A keyed digest of the address: the address itself is not kept here."""
    person_id: str = ""
    """Whose address it is; empty: nobody's, and no code of it is ever right."""
    digest: str = ""
    expires_at: datetime | None = None
    """Of the code."""
    wrong: int = 0
    used: bool = False
    sends: tuple[datetime, ...] = ()
    """Of codes that were not used, within the last day; oldest first."""
    version: int = 0
    """Of the stored row; 0: there is none yet."""

    def forget_at(self) -> datetime:
        """When it says nothing any more."""
        ends = [at + DAY for at in self.sends]
        return max(ends if self.expires_at is None else [*ends, self.expires_at])


def send(before: SignIn, person_id: str, new_digest: str, now: datetime) -> SignIn:
    """What to keep of a fresh code. Raises `TooSoon`."""
    recent = tuple(at for at in before.sends if abs(now - at) < DAY)
    wait = _wait_before_next(recent, now, used=before.used)
    if wait > timedelta(0):
        raise TooSoon(wait)
    return replace(
        before,
        person_id=person_id,
        digest=new_digest,
        expires_at=now + LIFE,
        wrong=0,
        used=False,
        sends=(*recent, now),
    )


def guess(kept: SignIn | None, typed_digest: str, now: datetime) -> tuple[SignIn, SignInRefused | None]:
    """Judge one guess: what to keep in either case, and the refusal if it was not right.

    Raises:
        SignInRefused: there is nothing to guess at ("none", "expired", "locked"); nothing to keep.
    """
    if kept is None or kept.used or kept.expires_at is None:
        raise SignInRefused("none")
    if kept.wrong >= WRONG_GUESSES:
        raise SignInRefused("locked")
    if now >= kept.expires_at:
        raise SignInRefused("expired")
    is_right = hmac.compare_digest(kept.digest.encode(), typed_digest.encode())
    if is_right and kept.person_id:
        return replace(kept, used=True, sends=kept.sends[:-1]), None
    after = replace(kept, wrong=kept.wrong + 1)
    left = WRONG_GUESSES - after.wrong
    return after, SignInRefused("wrong" if left else "locked", left)


def _wait_before_next(sends: tuple[datetime, ...], now: datetime, *, used: bool) -> timedelta:
    """How long until every bound allows another code, so that whoever waits that long is not refused again."""
    recent = tuple(at for at in sends if abs(now - at) < WINDOW)
    waits = [timedelta(0)]
    if recent and not used:
        waits.append(min(RESEND_AFTER, RESEND_AFTER - (now - recent[-1])))
    if len(recent) >= SENDS_PER_WINDOW:
        waits.append(WINDOW - (now - recent[-SENDS_PER_WINDOW]))
    if len(sends) >= SENDS_PER_DAY:
        waits.append(DAY - (now - sends[-SENDS_PER_DAY]))
    return max(waits)
