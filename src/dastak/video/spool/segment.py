"""One file of a spool: what one process has written of one room, block by block.

In: blocks of records. Out: the same, up to the first one that is torn or was changed. A block is 4 bytes length and one
piece of the file's envelope; before the first stands a head with the box that holds the file's key.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dastak.video.envelope import Damaged, Envelope, Sealer, found, make

_MAGIC = b"DKS1"
_LENGTH = struct.Struct(">I")
_LONGEST_BLOCK = 64 << 20


class SegmentWriter:
    """Appends. One at a time; not for two threads."""

    def __init__(self, path: Path, sealer: Sealer, name: str, number: int) -> None:
        """Raises `FileExistsError` when the file is there: nobody appends to what another process wrote."""
        self.number = number
        """From 1, within the room."""
        self._envelope, box = make(sealer, name)
        self._blocks = 0
        self._good = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._append(_MAGIC + _LENGTH.pack(len(box)) + box)

    def write(self, block: bytes) -> None:
        """On the disk when this returns. Raises `OSError`; the block may then be given again."""
        piece = self._envelope.seal(self._blocks, block)
        self._append(_LENGTH.pack(len(piece)) + piece)
        self._blocks += 1

    def close(self) -> None:
        """Closing twice is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, data: bytes) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._good)  # half a block would hide everything after it
            os.lseek(self._file, self._good, os.SEEK_SET)
            raise
        self._good += len(data)


def key(path: Path, sealer: Sealer, name: str) -> bytes | None:
    """The file's own key; None when its head was not written whole. Raises what the sealer raises."""
    with path.open("rb") as file:
        box = _box(file)
    return None if box is None else sealer.open(box, name)


def blocks(path: Path, sealer: Sealer, name: str) -> Iterator[bytes]:
    """What was written, in order; a torn tail is left out. Raises what the sealer raises."""
    with path.open("rb") as file:
        box = _box(file)
        if box is None:
            return
        envelope = found(sealer, name, box)
        number = 0
        while (piece := _piece(file)) is not None:
            block = _opened(envelope, number, piece)
            if block is None:
                return
            yield block
            number += 1


def _box(file: BinaryIO) -> bytes | None:
    return _piece(file) if file.read(len(_MAGIC)) == _MAGIC else None


def _piece(file: BinaryIO) -> bytes | None:
    length = file.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    (wanted,) = _LENGTH.unpack(length)
    piece = file.read(wanted) if wanted <= _LONGEST_BLOCK else b""
    return piece if len(piece) == wanted else None


def _opened(envelope: Envelope, number: int, piece: bytes) -> bytes | None:
    try:
        return envelope.open(number, piece)
    except Damaged:
        return None
