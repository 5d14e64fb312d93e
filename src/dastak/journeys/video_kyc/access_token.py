"""The token with which an app opens a Video KYC for a user whom it knows: no phone OTP then (contract.md §2.6). Pure.

In: a key, a case's id, the time. Out: a text that only this server can make, and that ends. Nothing is stored.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

LIFE = timedelta(minutes=15)
_MAC_BYTES = 32
_STAMP_BYTES = 8


def make(key: bytes, case_id: str, expires_at: datetime) -> str:
    """A token for this case."""
    stamp = int(expires_at.timestamp()).to_bytes(_STAMP_BYTES)
    return base64.urlsafe_b64encode(stamp + _mac(key, case_id, stamp)).decode().rstrip("=")


def is_good(key: bytes, case_id: str, token: str, now: datetime) -> bool:
    """Whether the token is this case's and has not ended."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return False
    if len(raw) != _STAMP_BYTES + _MAC_BYTES:
        return False
    stamp, mac = raw[:_STAMP_BYTES], raw[_STAMP_BYTES:]
    is_ours = hmac.compare_digest(mac, _mac(key, case_id, stamp))
    return is_ours and now < datetime.fromtimestamp(int.from_bytes(stamp), UTC)


def _mac(key: bytes, case_id: str, stamp: bytes) -> bytes:
    return hmac.new(key, b"vkyc-access|" + case_id.encode() + b"|" + stamp, hashlib.sha256).digest()
