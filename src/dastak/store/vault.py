"""Seals secrets and personal data before they reach the disk, and opens them again.

In: plain bytes and what they belong to. Out: AES-256-GCM boxes that open only there and only with a key of this
deployment. Every store uses it; the keys come from the settings.

A box is: 1 byte format, 4 bytes key id, 12 bytes nonce, ciphertext with tag. What a box belongs to (table and id) is
authenticated, so a box moved to another row does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12
_HEAD = len(FORMAT) + KEY_ID_BYTES
MASTER_KEY_BYTES = 32


class VaultLocked(Exception):  # noqa: N818 - the name says what happened
    """A box does not open: its key is not among DASTAK_SECRET_KEY, or the data was changed on the disk."""


def derive(master: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose from a master key."""
    return HKDF(SHA256(), 32, salt=None, info=f"dastak/{purpose}".encode()).derive(master)


class Vault:
    """Seals with the first master key, opens with any of them: that is how keys are rotated."""

    def __init__(self, master_keys: Sequence[bytes]) -> None:
        if not master_keys or any(len(key) != MASTER_KEY_BYTES for key in master_keys):
            raise ValueError("a vault needs one or more keys of 32 bytes")
        self._ciphers = {_key_id(key): AESGCM(derive(key, "seal")) for key in master_keys}
        self._first_id = _key_id(master_keys[0])
        self._first = self._ciphers[self._first_id]
        self._lookup_keys = [derive(key, "lookup") for key in master_keys]

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """A box for the disk."""
        return self._box(os.urandom(NONCE_BYTES), plain, belongs_to)

    def seal_all(self, plains: Sequence[tuple[bytes, str]]) -> list[bytes]:
        """Boxes for what belongs where, in order; the system is asked for chance once."""
        chance = os.urandom(NONCE_BYTES * len(plains))
        nonces = range(0, len(chance), NONCE_BYTES)
        return [
            self._box(chance[at : at + NONCE_BYTES], plain, belongs_to)
            for at, (plain, belongs_to) in zip(nonces, plains, strict=True)
        ]

    def _box(self, nonce: bytes, plain: bytes, belongs_to: str) -> bytes:
        return FORMAT + self._first_id + nonce + self._first.encrypt(nonce, plain, belongs_to.encode())

    def open(self, box: bytes, belongs_to: str) -> bytes:
        """What was sealed. Raises `VaultLocked`."""
        cipher = self._ciphers.get(box[len(FORMAT) : _HEAD])
        if box[: len(FORMAT)] != FORMAT or cipher is None:
            raise VaultLocked("sealed with a key that is not in DASTAK_SECRET_KEY")
        nonce = box[_HEAD : _HEAD + NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, box[_HEAD + NONCE_BYTES :], belongs_to.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be a box
            raise VaultLocked("the data was changed on the disk, or belongs elsewhere") from None

    def digest(self, value: str) -> bytes:
        """A keyed digest by which a secret value can be found again without being stored."""
        return _digest(self._lookup_keys[0], value)

    def digests(self, value: str) -> list[bytes]:
        """The digest under every key, for look-ups during a rotation."""
        return [_digest(key, value) for key in self._lookup_keys]


def _digest(key: bytes, value: str) -> bytes:
    return hmac.new(key, value.encode(), hashlib.sha256).digest()


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"dastak/key-id" + master).digest()[:KEY_ID_BYTES]
