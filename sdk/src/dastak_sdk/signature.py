"""The three signatures of the contract, as pure functions.

In: a secret and what is signed. Out: the text that goes into the header (or into the body). Called by the server
when it sends and by `receiver` when it checks.

- `sign`: the header scheme, keyed by the merchant's client secret. It covers timestamp and body, not the other headers.
- `sign_standard`: the Standard Webhooks scheme, keyed by an endpoint's `whsec_` secret. It also covers `webhook-id`.
- `body_signature`: the legacy value inside some bodies. It covers only `data`: no time, no event type. It is
  informational; never decide by it.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import b2a_base64
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dastak_sdk.kyc_link import KycLinkData
from dastak_sdk.video_kyc import VideoKycData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STANDARD_SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of such secrets
STANDARD_VERSION_PREFIX = "v1,"

_KEYS_KEPT = 4096
"""Secrets whose prepared key is kept: it is half of the work on a short message."""
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def sign(secret: str, timestamp: str | int, body: bytes) -> str:
    """Compute `x-webhook-signature`: base64(HMAC-SHA256(secret, timestamp text + body)), no separator.

    `timestamp` is the text of `x-webhook-timestamp`: Unix milliseconds.
    """
    return digest64(secret.encode(), str(timestamp).encode(), body)


def sign_standard(secret: str, message_id: str, timestamp_seconds: str | int, body: bytes) -> str:
    """Compute one entry of `webhook-signature`: `v1,` and the base64 HMAC of `id.timestamp.body`.

    Raises `ValueError` when `secret` is not `whsec_` followed by base64.
    """
    return STANDARD_VERSION_PREFIX + digest64(standard_key(secret), f"{message_id}.{timestamp_seconds}.".encode(), body)


def body_signature(secret: str, data: KycLinkData | VideoKycData | Mapping[str, Any]) -> str:
    """Compute the legacy `signature` of a body: values of `data` in the order of their keys, joined, then HMAC.

    null is the text `null`, numbers are plain decimals, booleans `true` and `false`, and nested values are written as
    Java's `toString` would (`[{reference_id=234, type=…}]`). Documentation of the rule is contradictory, and ports of
    it disagree about null and nested values: this is the reading of the original Java sample.
    """
    fields = data.to_json() if isinstance(data, (KycLinkData, VideoKycData)) else data
    joined = "".join(_java_text(fields[name]) for name in sorted(fields, key=_java_order))
    return digest64(secret.encode(), joined.encode("utf-8", "surrogatepass"))


def digest64(key: bytes, first: bytes, second: bytes = b"") -> str:
    """base64(HMAC-SHA256(key, first + second)): standard alphabet, padded, 44 characters. RFC 2104 written out."""
    return digester(key)(first, second)


@lru_cache(maxsize=_KEYS_KEPT)
def digester(key: bytes) -> Callable[..., str]:
    """What computes `digest64` with this key, which is prepared once and not for every message."""
    inner_start, outer_start = _prepared(key)

    def digest(first: bytes, second: bytes = b"") -> str:
        inner, outer = inner_start.copy(), outer_start.copy()
        inner.update(first)
        inner.update(second)
        outer.update(inner.digest())
        return b2a_base64(outer.digest(), newline=False).decode()

    return digest


def _prepared(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK, b"\0")
    return hashlib.sha256(padded.translate(_INNER)), hashlib.sha256(padded.translate(_OUTER))


@lru_cache(maxsize=_KEYS_KEPT)
def standard_key(secret: str) -> bytes:
    """The key inside a `whsec_` secret. Raises `ValueError`."""
    if not secret.startswith(STANDARD_SECRET_PREFIX):
        raise ValueError("A Standard Webhooks secret starts with 'whsec_'; copy it whole from the endpoint's page.")
    try:
        key = base64.b64decode(secret[len(STANDARD_SECRET_PREFIX) :], validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("What follows 'whsec_' is not base64; copy the secret whole from the endpoint's page.")
    return key


def _java_order(name: str) -> bytes:
    # Java orders strings by UTF-16 code units.
    return name.encode("utf-16-be", "surrogatepass")


def _java_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_java_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_java_text(inner)}" for name, inner in value.items()) + "}"
    return str(value)
