"""A browser in which a person is signed in: an operator at the console, or a member at the dashboard.

In: `entrance` opens sessions. Out: pages ask at every request whose session a token is. The token itself is not
kept, only its digest: whoever reads the database cannot sign in with it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from dastak.accounts.person import Person
from dastak.accounts.sign_in import SignIn

IDLE = timedelta(hours=12)
"""A session ends when it was not used for so long."""

HALFWAY = timedelta(minutes=10)
"""For so long a session waits for the authenticator."""

NOTE_AFTER = timedelta(minutes=1)
"""Use is noted at most so often."""

DEVICE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One browser."""

    id: str
    """`ses_…`; it opens nothing."""
    merchant_id: str
    person_id: str
    """An operator's or a member's."""
    token_digest: str
    created_at: datetime
    seen_at: datetime
    device: str
    """What the browser calls itself, cut short: to tell one's own sessions apart."""
    halfway: bool = False
    """The code from the mail was right, and the person's authenticator app is still to be asked: nobody is in yet."""

    def is_over(self, now: datetime) -> bool:
        return now - self.seen_at >= IDLE


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to a person; the store queues it as a notice."""

    id: str
    """`ntc_…`"""
    recipient: str
    subject: str
    text: str
    created_at: datetime
    expires_at: datetime
    purpose: str = "operator_code"
    """A value of `notices.notice.Purpose`."""


def digest_of(token: str) -> str:
    """What is kept of a token: it has 256 bits of chance, so a plain digest cannot be guessed at."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


P_co = TypeVar("P_co", bound=Person, covariant=True)


class SignInStore(Protocol[P_co]):
    """Where sign-ins and sessions of one kind of person live. Each write is one durable transaction."""

    async def sign_in(self, merchant_id: str, place: str) -> SignIn | None: ...

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        """Keep it and queue the mail, together; what is old enough to forget goes.

        False, having changed nothing, when somebody saved it meanwhile (`sign_in.version` is stale).
        """

    async def open_session(self, sign_in: SignIn, session: Session) -> bool:
        """Keep the used sign-in and the session, together; False as `save_sign_in`, or for who is not active."""

    async def session(self, merchant_id: str, token_digest: str) -> tuple[Session, P_co] | None:
        """With its person as they are now."""

    async def complete_session(self, session: Session) -> bool:
        """It is halfway no longer; False when it is not there any more."""

    async def note_use(self, session: Session, now: datetime) -> None:
        """It is not idle. May be lost with the power."""

    async def sessions(self, merchant_id: str, person_id: str) -> Sequence[Session]:
        """Newest first."""

    async def end_session(self, merchant_id: str, person_id: str, session_id: str) -> bool:
        """False when there is no such session of that person."""
