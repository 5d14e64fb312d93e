"""The video edge's ports in memory: a shelf of files, who was shown them, and how far compositions are."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from dastak.journeys.video_kyc.rooms import CompositionState, Kept, NotKept, View

CHUNK = 64 * 1024


@dataclass
class Shelf:
    """Fulfils `Library`."""

    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int | None = None
    """Bytes after which reading fails, as a disk does."""
    let_go: threading.Event = field(default_factory=threading.Event)
    """Set when a reader has ended, read to the end or not."""

    async def keep(self, reference: str, content: AsyncIterator[bytes] | bytes) -> Kept:
        self.files[reference] = content if isinstance(content, bytes) else b"".join([part async for part in content])
        return Kept(reference, len(self.files[reference]), "")

    async def size(self, reference: str) -> int:
        if reference not in self.files:
            raise NotKept(reference)
        return len(self.files[reference])

    async def read(self, reference: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if reference not in self.files:
            raise NotKept(reference)
        content = self.files[reference]
        try:
            for at in range(start, len(content) if end is None else end, CHUNK):
                if self.breaks_after is not None and at - start >= self.breaks_after:
                    raise OSError("the disk is gone")
                yield content[at : min(at + CHUNK, len(content) if end is None else end)]
        finally:
            self.let_go.set()

    async def forget(self, reference: str) -> None:
        self.files.pop(reference, None)


@dataclass
class Views:
    """Fulfils `ViewLog`."""

    rows: list[View] = field(default_factory=list)
    is_away: bool = False

    async def note_view(self, view: View) -> None:
        if self.is_away:
            raise ConnectionError("the store is away")
        self.rows.append(view)

    async def views(self, merchant_id: str, case_id: str) -> tuple[View, ...]:
        return tuple(row for row in self.rows if (row.merchant_id, row.case_id) == (merchant_id, case_id))


@dataclass
class Works:
    """What pages see of `Compositions`."""

    states: dict[tuple[str, str], CompositionState] = field(default_factory=dict)
    """By merchant and case."""

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None:
        return self.states.get((merchant_id, case_id))
