"""Media between gateway and rooms, encrypted (SRTP with keys told in the description, RFC 4568).

In: datagrams and a key. Out: the same, protected or opened. What is not of this key, comes twice or is too long is
dropped.
"""

import base64
import os

from pylibsrtp import Error, Policy, Session

_KEY_BYTES = 30
"""Key and salt of AES-128."""
_WINDOW = 1024
"""How far behind the latest a packet may be."""


def new_key() -> str:
    """Base64, for a description."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


class Incoming:
    """What the gateway sends, of one kind."""

    def __init__(self, key: str) -> None:
        """`key`: the gateway's, base64."""
        self._session = _session(key, Policy.SSRC_ANY_INBOUND)

    def media(self, datagram: bytes) -> bytes | None:
        """None: not of this key, or seen before."""
        try:
            return self._session.unprotect(datagram)
        except (Error, ValueError):
            return None

    def control(self, datagram: bytes) -> bytes | None:
        """The same, of RTCP."""
        try:
            return self._session.unprotect_rtcp(datagram)
        except (Error, ValueError):
            return None


class Outgoing:
    """What we send, of one kind."""

    def __init__(self, key: str) -> None:
        """`key`: ours, base64."""
        self._session = _session(key, Policy.SSRC_ANY_OUTBOUND)

    def media(self, datagram: bytes) -> bytes | None:
        """None: this number was sent before, or is too far behind."""
        try:
            return self._session.protect(datagram)
        except (Error, ValueError):
            return None

    def control(self, datagram: bytes) -> bytes | None:
        """The same, of RTCP."""
        try:
            return self._session.protect_rtcp(datagram)
        except (Error, ValueError):
            return None


def _session(key: str, direction: int) -> Session:
    policy = Policy(key=base64.b64decode(key), ssrc_type=direction)
    policy.window_size = _WINDOW
    return Session(policy=policy)
