"""The storage for pictures and composed recordings: a folder, or anything that speaks S3.

In: bytes under a reference. Out: the same, whole or in part. What lies in the storage is encrypted in pieces of 64 KiB
(`envelope.py`), so a part can be read without the rest; the last piece is marked, so a cut end is noticed.

An object is: `DKL1`, 4 bytes length, the box with its key, then the pieces.
"""

import asyncio
import hashlib
import os
import re
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from dastak.journeys.video_kyc.rooms import Kept, NotKept
from dastak.video.envelope import TAG_BYTES, Damaged, Envelope, Sealer, found, make

if TYPE_CHECKING:
    from obstore.store import S3Config  # not there when the program runs

PIECE_BYTES = 64 << 10
_SEALED = PIECE_BYTES + TAG_BYTES
_AT_ONCE = 16
"""Pieces read by one request."""
_MAGIC = b"DKL1"
_LENGTH = struct.Struct(">I")
_LONGEST_HEAD = 512
_REFERENCE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """A bucket, and how to get there. What is empty comes from the environment, as AWS's own tools have it."""

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    """URL of a server that is not Amazon's."""
    access_key_id: str = ""
    secret_access_key: str = ""


class _Settle(Protocol):
    """Makes sure that what was just stored outlives a power cut."""

    async def __call__(self, reference: str) -> None: ...


class ObstoreLibrary:
    """Fulfils `Library`. Everything raises `ConnectionError` when the storage does not answer or refuses."""

    def __init__(self, store: ObjectStore, sealer: Sealer, settle: _Settle | None = None) -> None:
        self._store = store
        self._sealer = sealer
        self._settle = settle

    async def keep(self, reference: str, content: AsyncIterator[bytes] | bytes) -> Kept:
        """Store it whole or not at all, in place of what was there. Raises what `content` raises."""
        _check(reference)
        envelope, box = make(self._sealer, _name(reference))
        measured = _Measured(_once(content) if isinstance(content, bytes) else content)
        pieces = _sealed(envelope, box, measured)
        try:
            if isinstance(content, bytes):  # one request; a stream takes three at least
                await obstore.put_async(self._store, reference, b"".join([piece async for piece in pieces]))
            else:
                await obstore.put_async(self._store, reference, pieces)
            if self._settle is not None:
                await self._settle(reference)
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error
        return Kept(reference, measured.size, measured.sha256.hexdigest())

    async def size(self, reference: str) -> int:
        """Bytes. Raises `NotKept`."""
        return (await self._open(reference)).size

    async def read(self, reference: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """From `start` to before `end`. Raises `NotKept` at the first step, and `Damaged` where it was changed."""
        opened = await self._open(reference)
        start, end = max(0, start), opened.size if end is None else min(end, opened.size)
        number = start // PIECE_BYTES
        while start < end:
            until = min(number + _AT_ONCE, opened.pieces, (end - 1) // PIECE_BYTES + 1)
            sealed = await self._range(reference, opened.at(number), min(opened.at(until), opened.bytes_stored))
            for one in range(number, until):
                piece = sealed[(one - number) * _SEALED : (one - number + 1) * _SEALED]
                plain = opened.envelope.open(one, piece, is_last=one == opened.pieces - 1)
                first = one * PIECE_BYTES
                yield plain[max(0, start - first) : end - first]
            number = until
            start = number * PIECE_BYTES

    async def forget(self, reference: str) -> None:
        """Remove it; nothing to do when it is not there."""
        _check(reference)
        try:
            await obstore.delete_async(self._store, reference)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    async def _open(self, reference: str) -> "_Opened":
        _check(reference)
        try:
            stored = (await obstore.head_async(self._store, reference))["size"]
        except FileNotFoundError:
            raise NotKept(f"the storage has nothing at {reference}") from None
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error
        head = await self._range(reference, 0, min(stored, _LONGEST_HEAD))
        start = len(_MAGIC) + _LENGTH.size
        if len(head) < start or head[: len(_MAGIC)] != _MAGIC:
            raise Damaged(f"{reference} was not written by this server")
        (length,) = _LENGTH.unpack(head[len(_MAGIC) : start])
        envelope = found(self._sealer, _name(reference), head[start : start + length])
        return _Opened(envelope, start + length, stored)

    async def _range(self, reference: str, start: int, end: int) -> bytes:
        try:
            return bytes(await obstore.get_range_async(self._store, reference, start=start, end=end))
        except FileNotFoundError:
            raise NotKept(f"the storage has nothing at {reference}") from None
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error


def folder_library(folder: Path, sealer: Sealer) -> ObstoreLibrary:
    """A library in a folder of this machine, which is made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def settle(reference: str) -> None:
        await asyncio.to_thread(_sync, folder, reference)

    return ObstoreLibrary(LocalStore(folder), sealer, settle)


def s3_library(settings: S3Settings, sealer: Sealer) -> ObstoreLibrary:
    """A library in a bucket. The endpoint may be plain http only where it says so."""
    given = {
        "region": settings.region,
        "endpoint": settings.endpoint,
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key,
    }
    store = S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        config=cast("S3Config", {name: value for name, value in given.items() if value}),
        client_options={"allow_http": settings.endpoint.startswith("http://")},
    )
    return ObstoreLibrary(store, sealer)


@dataclass(frozen=True, slots=True)
class _Opened:
    envelope: Envelope
    head: int
    bytes_stored: int

    @property
    def pieces(self) -> int:
        """One at least: an empty thing has an empty piece."""
        return max(1, -(-(self.bytes_stored - self.head) // _SEALED))

    @property
    def size(self) -> int:
        return max(0, self.bytes_stored - self.head - self.pieces * TAG_BYTES)

    def at(self, piece: int) -> int:
        """Where it begins."""
        return self.head + piece * _SEALED


class _Measured:
    """Counts and digests what flows through."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        self._content = content
        self.size = 0
        self.sha256 = hashlib.sha256()

    async def pieces(self) -> AsyncIterator[tuple[bytes, bool]]:
        """Pieces of the full length, the last one shorter; each with whether it is the last."""
        held = bytearray()
        async for some in self._content:
            self.size += len(some)
            self.sha256.update(some)
            held += some
            while len(held) > PIECE_BYTES:
                yield bytes(held[:PIECE_BYTES]), False
                del held[:PIECE_BYTES]
        yield bytes(held), True


async def _sealed(envelope: Envelope, box: bytes, content: _Measured) -> AsyncIterator[bytes]:
    yield _MAGIC + _LENGTH.pack(len(box)) + box
    number = 0
    async for piece, is_last in content.pieces():
        yield envelope.seal(number, piece, is_last=is_last)
        number += 1


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _check(reference: str) -> None:
    if not _REFERENCE.fullmatch(reference):
        raise NotKept("this is no reference")


def _name(reference: str) -> str:
    return f"library:{reference}"


def _unreachable(error: Exception) -> ConnectionError:
    first_line = str(error).partition("\n")[0]
    return ConnectionError(f"the storage does not answer or refuses: {first_line}")


def _sync(folder: Path, reference: str) -> None:
    """The file, and every folder that may be new, up to the library's own."""
    path = folder / reference
    while True:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == folder:
            return
        path = path.parent
