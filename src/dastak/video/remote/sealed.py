"""What web processes and nodes say to each other, so that nobody else can read it, change it or say it again. Pure.

In: JSON values, and a key of the deployment for this purpose. Out: AES-256-GCM boxes: 12 bytes nonce, ciphertext, tag;
before a request's, the 16 bytes that name the run of the node it is for. A request is bound to what it asks for and to
that run, an answer to its request. A request is taken once, and only while it is fresh.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RUN_BYTES = 16
"""The random name of one run of a node."""
NO_RUN = bytes(RUN_BYTES)
NONCE_BYTES = 12
FRESH_SECONDS = 30.0
"""How far the clocks of two machines may differ, with the way between them."""

Said = dict[str, Any]
_HEAD = RUN_BYTES + NONCE_BYTES


class NotOurs(Exception):  # noqa: N818 - the name says what happened
    """It was not sealed by this deployment for this place, or is not fresh, or was said before."""


class OtherRun(Exception):  # noqa: N818
    """It was sealed for another node, or for this one before it began anew."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A request as it was opened, with what its answer is bound to."""

    said: Said
    key: bytes
    nonce: bytes


def seal_request(key: bytes, what: str, run: bytes, said: Said, now: float) -> bytes:
    """`what` is asked for of the node that runs as `run`; `now` in Unix seconds."""
    nonce = os.urandom(NONCE_BYTES)
    return run + nonce + AESGCM(key).encrypt(nonce, _bytes({"at": now, "said": said}), _of_request(what, run))


def seal_answer(opened: Opened, what: str, said: Said) -> bytes:
    """The answer to this request and no other."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(opened.key).encrypt(nonce, _bytes(said), _of_answer(what, opened.nonce))


def open_answer(key: bytes, what: str, request: bytes, box: bytes) -> Said:
    """What the node answered to `request`. Raises `NotOurs`."""
    return _opened(key, box, _of_answer(what, request[RUN_BYTES:_HEAD]))


class Reader:
    """Opens requests; one per run of a node."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float]) -> None:
        """`keys`: any of them may have sealed, so that master keys can be rotated; `clock` gives Unix seconds."""
        self.run = os.urandom(RUN_BYTES)
        self._keys = tuple(keys)
        self._clock = clock
        self._known: OrderedDict[bytes, float] = OrderedDict()
        """Nonces that were taken, and until when one might come again; in the order in which they came."""

    def open(self, what: str, request: bytes) -> Opened:
        """A request for this run. Raises `OtherRun`, `NotOurs`."""
        if request[:RUN_BYTES] != self.run:  # no secret: it is told to whoever asks
            raise OtherRun
        box = request[RUN_BYTES:]
        for key in self._keys:
            try:
                whole = _opened(key, box, _of_request(what, self.run))
            except NotOurs:
                continue
            nonce = box[:NONCE_BYTES]
            self._take(nonce, whole["at"])
            return Opened(whole["said"], key, nonce)
        raise NotOurs("it does not open")

    def _take(self, nonce: bytes, at: float) -> None:
        now = self._clock()
        while self._known and next(iter(self._known.values())) < now:
            self._known.popitem(last=False)
        if abs(now - at) > FRESH_SECONDS:
            raise NotOurs("it is not fresh; are the clocks of both machines right?")
        if nonce in self._known:
            raise NotOurs("it was said before")
        self._known[nonce] = now + 2 * FRESH_SECONDS


def _opened(key: bytes, box: bytes, belongs_to: bytes) -> Said:
    try:
        plain = AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], belongs_to)
    except (InvalidTag, ValueError):
        raise NotOurs("it does not open") from None
    said: Said = json.loads(plain)
    return said


def _bytes(said: Said) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()


def _of_request(what: str, run: bytes) -> bytes:
    return b"dastak video request\n" + what.encode() + b"\n" + run


def _of_answer(what: str, nonce: bytes) -> bytes:
    return b"dastak video answer\n" + what.encode() + b"\n" + nonce
