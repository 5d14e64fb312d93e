"""The folder of spools: one folder per room, one file per process that recorded it.

In: seats, and blocks of what they sent. Out: everything recorded of a room, in order; rooms that a process left behind
when it died. The lead in: `seat.json`, which says whose room it is. The way out: `closed`, when nothing more will come.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import NotKept, Seat
from dastak.video.envelope import Sealer
from dastak.video.spool.record import Record, decode
from dastak.video.spool.segment import SegmentWriter, blocks, key

_SEAT = "seat.json"
_CLOSED = "closed"
_ROOM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Spool:
    """Where calls are written down. Everything here blocks: call it from a thread."""

    folder: Path
    sealer: Sealer
    name: str = ""
    """Which spool it is, where a deployment has several; empty: there is no other."""

    def reference(self, room: str) -> str:
        """What a case calls the recording of this room."""
        return f"spool/{self.name}/{room}" if self.name else f"spool/{room}"

    def rooms(self) -> list[str]:
        """The names of all that is here."""
        return [seat.room for seat in (*self.left_open(), *self.closed())]

    def has(self, room: str) -> bool:
        """Whether anything of this room was ever recorded here, and is not forgotten."""
        return (self._folder(room) / _SEAT).exists()

    def open(self, seat: Seat) -> SegmentWriter:
        """A new segment of this seat's room. Raises `OSError`."""
        folder = self._folder(seat.room)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._say_whose(folder, seat)
        number = 1 + max((int(path.stem) for path in folder.glob("*.seg")), default=0)
        path = folder / f"{number:06}.seg"
        return SegmentWriter(path, self.sealer, _name(seat.room, path), number)

    def close(self, room: str) -> None:
        """Nothing more will come."""
        folder = self._folder(room)
        if folder.is_dir():
            (folder / _CLOSED).touch(mode=0o600)

    def is_closed(self, room: str) -> bool:
        """Whether the room was closed, by whichever process."""
        return (self._folder(room) / _CLOSED).exists()

    def idle_seconds(self, room: str, now: float) -> float:
        """How long nothing was written, `now` being seconds since 1970. Raises `NotKept`."""
        return now - max(path.stat().st_mtime for path in self._segments(room))

    def records(self, room: str) -> Iterator[Record]:
        """All that was recorded, in the order of arrival. Raises `NotKept`, and what the sealer raises."""
        for path in self._segments(room):
            for block in blocks(path, self.sealer, _name(room, path)):
                yield from decode(block)

    def keys(self, room: str) -> dict[str, bytes]:
        """Each segment's name and key: enough to read this room and nothing else. Raises `NotKept`."""
        named = ((_name(room, path), path) for path in self._segments(room))
        found = {name: key(path, self.sealer, name) for name, path in named}
        return {name: one for name, one in found.items() if one is not None}

    def size(self, room: str) -> int:
        """Bytes on the disk. Raises `NotKept`."""
        return sum(path.stat().st_size for path in self._segments(room))

    def forget(self, room: str) -> None:
        """Remove everything of this room; nothing to do when there is nothing."""
        shutil.rmtree(self._folder(room), ignore_errors=True)

    def left_open(self) -> list[Seat]:
        """The customers' seats of the rooms that nobody closed."""
        return self._seats(is_closed=False)

    def closed(self) -> list[Seat]:
        """The customers' seats of the rooms that were closed and not forgotten yet."""
        return self._seats(is_closed=True)

    def _seats(self, *, is_closed: bool) -> list[Seat]:
        if not self.folder.is_dir():
            return []
        rooms = [path for path in sorted(self.folder.iterdir()) if (path / _CLOSED).exists() == is_closed]
        return [seat for seat in map(_whose, rooms) if seat is not None]

    def _segments(self, room: str) -> list[Path]:
        found = sorted(self._folder(room).glob("*.seg"))
        if not found:
            raise NotKept("nothing was recorded of this call")
        return found

    def _folder(self, room: str) -> Path:
        if not _ROOM.fullmatch(room):
            raise NotKept("no such room")
        return self.folder / room

    def _say_whose(self, folder: Path, seat: Seat) -> None:
        if (folder / _SEAT).exists():
            return
        beside = folder / f"{_SEAT}.{os.getpid()}"
        beside.write_text(json.dumps([seat.merchant_id, seat.case_id, seat.call_id]))
        beside.replace(folder / _SEAT)


def _name(room: str, path: Path) -> str:
    """What the segment's key belongs to."""
    return f"spool:{room}:{int(path.stem)}"


def _whose(folder: Path) -> Seat | None:
    """None when the process died before it had said so."""
    try:
        merchant_id, case_id, call_id = json.loads((folder / _SEAT).read_text())
    except (OSError, ValueError):
        return None
    return Seat(merchant_id, case_id, call_id, Party.CUSTOMER)
