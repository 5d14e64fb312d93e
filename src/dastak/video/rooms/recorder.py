"""Writes one room's packets to its spool, about twice a second, away from the event loop.

In: records, at any moment. Out: blocks on the disk. When the disk does not take them they wait, up to a limit; then
the oldest are given up, and that is logged and counted.
"""

import asyncio
from collections import deque
from concurrent.futures import Executor

import structlog

from dastak.video.spool.record import Record, encode
from dastak.video.spool.segment import SegmentWriter

log = structlog.get_logger("dastak.recording")

_BLOCK_BYTES = 8 << 20
_MOST_WAITING = 64 << 20


class Recorder:
    """Of one room. Lives in the media's event loop."""

    def __init__(self, segment: SegmentWriter, disk: Executor, call_id: str) -> None:
        self._segment = segment
        self._disk = disk
        self._call_id = call_id
        self._fresh = bytearray()
        self._blocks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_failing = False
        self._writing = asyncio.Lock()
        self.bytes_lost = 0

    def record(self, record: Record) -> None:
        """Keep this; it is on the disk after the next flush."""
        self._fresh += encode(record)
        if len(self._fresh) >= _BLOCK_BYTES:
            self._cut()

    async def flush(self) -> None:
        """Write what there is. Never raises for the disk: the call goes on, and the next flush tries again."""
        self._cut()
        async with self._writing:
            while self._blocks:
                block = self._blocks[0]
                try:
                    await asyncio.get_running_loop().run_in_executor(self._disk, self._segment.write, block)
                except OSError as error:
                    self._failed(error)
                    return
                if self._blocks and self._blocks[0] is block:
                    self._blocks.popleft()
                    self._waiting_bytes -= len(block)
                self._is_failing = False

    async def close(self) -> None:
        """Write the rest and close the file."""
        await self.flush()
        async with self._writing:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._segment.close)

    def _cut(self) -> None:
        if not self._fresh:
            return
        self._blocks.append(bytes(self._fresh))
        self._waiting_bytes += len(self._fresh)
        self._fresh.clear()
        while self._waiting_bytes > _MOST_WAITING:
            lost = len(self._blocks.popleft())
            self._waiting_bytes -= lost
            self.bytes_lost += lost
            log.error("recording_lost", call_id=self._call_id, bytes=lost, bytes_lost=self.bytes_lost)

    def _failed(self, error: OSError) -> None:
        if not self._is_failing:
            log.error(
                "recording_cannot_be_written", call_id=self._call_id, error=str(error), waiting=self._waiting_bytes
            )
        self._is_failing = True
