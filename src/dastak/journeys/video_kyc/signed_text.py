"""Texts that only this server can make, that say one thing to one purpose, and that end. Pure; nothing is stored.

In: a key, a purpose, what is said, the time. Out: URL-safe text, or None for one that is not ours or has ended.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

_MAC_BYTES = 32
_STAMP_BYTES = 8


def sign(key: bytes, purpose: str, said: str, expires_at: datetime) -> str:
    """`said` with its end, signed."""
    stamp = int(expires_at.timestamp()).to_bytes(_STAMP_BYTES)
    raw = stamp + _mac(key, purpose, stamp, said) + said.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(key: bytes, purpose: str, token: str, now: datetime) -> str | None:
    """What the text says, if it was signed for this purpose and has not ended."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        stamp, mac = raw[:_STAMP_BYTES], raw[_STAMP_BYTES : _STAMP_BYTES + _MAC_BYTES]
        said = raw[_STAMP_BYTES + _MAC_BYTES :].decode()
    except (UnicodeError, binascii.Error):
        return None
    if len(mac) != _MAC_BYTES or not hmac.compare_digest(mac, _mac(key, purpose, stamp, said)):
        return None
    return said if now.timestamp() < int.from_bytes(stamp) else None


def _mac(key: bytes, purpose: str, stamp: bytes, said: str) -> bytes:
    return hmac.new(key, b"|".join((purpose.encode(), stamp, said.encode())), hashlib.sha256).digest()
