"""Encrypts long things in pieces: recordings while they grow, files that are read in parts. Pure.

In: a fresh key per thing, itself sealed by the deployment's vault, so that master keys rotate without touching media.
Out: AES-256-GCM pieces. A piece's number is its nonce and, with the thing's name, authenticated: a piece that was
moved, repeated, cut out or taken from another thing does not open.
"""

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_BYTES = 16
"""How much longer a piece is than what is in it."""
_KEY_BYTES = 32


class Damaged(Exception):  # noqa: N818 - the name says what happened
    """Something was changed on the disk, or belongs elsewhere."""


class Sealer(Protocol):
    """Seals small secrets with the deployment's keys; `store.vault.Vault` is one."""

    def seal(self, plain: bytes, belongs_to: str) -> bytes: ...

    def open(self, box: bytes, belongs_to: str) -> bytes: ...


class Envelope:
    """The cipher of one thing."""

    def __init__(self, key: bytes, name: str) -> None:
        self._cipher = AESGCM(key)
        self._name = name.encode()

    def seal(self, number: int, plain: bytes, *, is_last: bool = False) -> bytes:
        """Piece `number`, from 0. Never seal two different pieces under one number."""
        return self._cipher.encrypt(_nonce(number, is_last), plain, self._name)

    def open(self, number: int, piece: bytes, *, is_last: bool = False) -> bytes:
        """What was sealed as this piece. Raises `Damaged`."""
        try:
            return self._cipher.decrypt(_nonce(number, is_last), piece, self._name)
        except (InvalidTag, ValueError):
            raise Damaged("a piece does not open") from None


def make(sealer: Sealer, name: str) -> tuple[Envelope, bytes]:
    """A new thing's cipher, and the box with its key, to be kept with it."""
    key = os.urandom(_KEY_BYTES)
    return Envelope(key, name), sealer.seal(key, name)


def found(sealer: Sealer, name: str, box: bytes) -> Envelope:
    """The cipher of a thing that exists. Raises what the sealer raises."""
    return Envelope(sealer.open(box, name), name)


def _nonce(number: int, is_last: bool) -> bytes:
    return bytes((is_last,)) + number.to_bytes(11, "big")
