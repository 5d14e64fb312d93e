"""Was this form sent from our own page, by the browser that got it?

In: a POST and its session. Out: yes or no. Two independent proofs are asked: the browser's word about the origin, and a
token that only the page could carry.
"""

import hashlib
import hmac

from dastak.web.hosted.session import Session

FIELD = "token"


class Csrf:
    """Makes and checks tokens, each bound to one session at one place."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"dastak hosted csrf", hashlib.sha256)

    def token(self, place: str, session: Session) -> str:
        """What the form carries."""
        return hmac.new(self._key, f"{place}\n{session.id}".encode(), hashlib.sha256).hexdigest()

    def holds(self, place: str, session: Session, token: str) -> bool:
        """Whether the token belongs to this session."""
        return hmac.compare_digest(self.token(place, session).encode(), token.encode("utf-8", "replace"))
