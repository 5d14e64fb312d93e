"""A member's authenticator app: time-based codes (RFC 6238), recovery codes, and how often one may be wrong. Pure.

In: what is kept of an authenticator, the time, what was typed. Out: what to keep next, and whether it was right.
`second_step` calls it.

A code counts for its own 30 seconds and the ones beside it, since clocks differ, and once: the step of a code that was
right is kept, and no code of that step or an earlier one is right again (RFC 6238, section 5.2). Wrong guesses: 5 in 15
minutes, 20 in a day; each hits one of three codes in a million.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import pyotp

STEP = timedelta(seconds=30)
DRIFT = 1
"""Steps that a clock may be ahead or behind."""
DIGITS = 6
WINDOW = timedelta(minutes=15)
WRONG_PER_WINDOW = 5
DAY = timedelta(hours=24)
WRONG_PER_DAY = 20
RECOVERY_CODES = 8
RECOVERY_LENGTH = 16
"""Characters of base 32: 80 bits of chance."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What is kept of one member's app."""

    merchant_id: str
    member_id: str
    secret: str
    """Base 32; kept sealed."""
    since: datetime
    confirmed: bool = False
    """A code of it was right once: from then on it is asked for at every sign-in."""
    last_step: int = 0
    """Of the newest code that was right."""
    recovery: tuple[str, ...] = ()
    """Digests of the recovery codes that were not used."""
    wrong: tuple[datetime, ...] = ()
    """Within the last day, oldest first."""
    version: int = 0
    """Of the stored row; 0: there is none yet."""


class TooManyGuesses(Exception):  # noqa: N818 - the names say what happened
    """No guess is judged until `wait` is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


def uri(authenticator: Authenticator, account: str, issuer: str) -> str:
    """What the QR code says, for the app."""
    return pyotp.TOTP(authenticator.secret).provisioning_uri(name=account, issuer_name=issuer)


def judged(kept: Authenticator, typed: str, now: datetime) -> tuple[Authenticator, bool]:
    """What to keep after one guess, and whether it was right. Raises `TooManyGuesses`: then nothing is to keep."""
    wait = _wait(kept.wrong, now)
    if wait > timedelta(0):
        raise TooManyGuesses(wait)
    code = plain(typed)
    step = _step_of(kept, code, now) if len(code) == DIGITS else None
    if step is not None:
        return replace(kept, last_step=step, wrong=()), True
    digest = recovery_digest(code)
    left = tuple(one for one in kept.recovery if not hmac.compare_digest(one, digest))
    if len(left) < len(kept.recovery):
        return replace(kept, recovery=left, wrong=()), True
    return replace(kept, wrong=(*(at for at in kept.wrong if now - at < DAY), now)), False


def confirmed(kept: Authenticator, recovery_codes: Sequence[str]) -> Authenticator:
    """In use from now on, with these recovery codes."""
    return replace(kept, confirmed=True, recovery=tuple(recovery_digest(code) for code in recovery_codes))


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code: it has 80 bits of chance, so a plain digest cannot be guessed at."""
    return hashlib.sha256(plain(code).encode("utf-8", "replace")).hexdigest()


def plain(typed: str) -> str:
    """As a code is compared: without spaces and dashes, in small letters."""
    return "".join(typed.replace("-", "").split()).casefold()


def _step_of(kept: Authenticator, code: str, now: datetime) -> int | None:
    """The step whose code it is; every one that counts is compared, so that the time tells nothing."""
    newest = int(now.timestamp() // STEP.total_seconds()) + DRIFT
    codes = pyotp.HOTP(kept.secret)
    right = [
        step
        for step in range(newest - 2 * DRIFT, newest + 1)
        if hmac.compare_digest(codes.at(step).encode(), code.encode("utf-8", "replace")) and step > kept.last_step
    ]
    return right[-1] if right else None


def _wait(wrong: Sequence[datetime], now: datetime) -> timedelta:
    waits = [timedelta(0)]
    recent = [at for at in wrong if now - at < WINDOW]
    if len(recent) >= WRONG_PER_WINDOW:
        waits.append(WINDOW - (now - recent[-WRONG_PER_WINDOW]))
    today = [at for at in wrong if now - at < DAY]
    if len(today) >= WRONG_PER_DAY:
        waits.append(DAY - (now - today[-WRONG_PER_DAY]))
    return max(waits)


class AuthenticatorStore(Protocol):
    """Where authenticators live. Each write is one durable transaction."""

    async def authenticator(self, merchant_id: str, member_id: str) -> Authenticator | None: ...

    async def save_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep it in place of what its version was read of; False, having changed nothing, when that is stale."""

    async def drop_authenticator(self, merchant_id: str, member_id: str) -> bool:
        """Forget it; False when there is none."""

    async def guarded_members(self, merchant_id: str) -> Sequence[str]:
        """Ids of those whose authenticator is confirmed."""
