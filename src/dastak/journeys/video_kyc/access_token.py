"""The token with which an app opens a Video KYC for a user whom it knows: no phone OTP then (contract.md §2.6). Pure.

In: a key, a case's id, the time. Out: a text that only this server can make, and that ends. Nothing is stored.
"""

from datetime import datetime, timedelta

from dastak.journeys.video_kyc import signed_text

LIFE = timedelta(minutes=15)
_PURPOSE = "vkyc-access"


def make(key: bytes, case_id: str, expires_at: datetime) -> str:
    """A token for this case."""
    return signed_text.sign(key, _PURPOSE, case_id, expires_at)


def is_good(key: bytes, case_id: str, token: str, now: datetime) -> bool:
    """Whether the token is this case's and has not ended."""
    return signed_text.read(key, _PURPOSE, token, now) == case_id
