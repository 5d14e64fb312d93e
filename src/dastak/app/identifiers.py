"""Ids, codes and secrets, all made here.

In: randomness of the operating system and the clock. Out: prefixed ids that sort by time, and unguessable values.
"""

import base64
import secrets
import time

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 16
"""55 letters, 16 places: 92 bits."""


def new_id(prefix: str) -> str:
    """`prefix_` and 26 letters: 48 bits of milliseconds, then 80 bits of chance; newer ids sort after older ones."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{prefix}_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))


def new_code() -> str:
    """The unguessable part of a link; letters that look alike are left out."""
    return "".join(secrets.choice(_CODE) for _ in range(CODE_LENGTH))


def new_otp() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_token() -> str:
    """What a browser shows to prove its session: 256 bits."""
    return secrets.token_urlsafe(32)


def new_app_secret() -> str:
    """What an authenticator app and we both know: 160 bits in base 32 (RFC 4226, section 4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def new_recovery_code() -> str:
    """16 letters and digits that cannot be mistaken for each other: 80 bits."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(16))


def new_client_id() -> str:
    """The public half of an API key."""
    return f"dk_{secrets.token_hex(10)}"


def new_client_secret() -> str:
    """The secret half of an API key; it also signs webhooks."""
    return f"dks_{secrets.token_urlsafe(32)}"


def new_endpoint_secret() -> str:
    """A Standard Webhooks secret: `whsec_` and base64 of 32 bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
