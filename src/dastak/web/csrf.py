"""The token that only our own page could carry, bound to one session.

In: a session's id, or that of a browser that is signing in. Out: a token, and whether one holds. The browser's word
about the origin is asked beside it (`web.origin`).
"""

import hashlib
import hmac

FIELD = "token"


class Csrf:
    """Makes and checks tokens."""

    def __init__(self, key: bytes, room: str) -> None:
        self._key = hmac.digest(key, f"dastak {room} csrf".encode(), hashlib.sha256)

    def token(self, session_id: str) -> str:
        """What the forms of that session carry."""
        return hmac.new(self._key, session_id.encode(), hashlib.sha256).hexdigest()

    def holds(self, session_id: str, token: str) -> bool:
        """Whether the token belongs to that session."""
        return hmac.compare_digest(self.token(session_id).encode(), token.encode("utf-8", "replace"))
