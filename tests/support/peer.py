"""Starts `video_party.py` and talks with it.

In: what a page of a call would do. Out: offers, and how many pictures and sounds of the other party arrived.
"""

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("video_party.py")
PATIENCE = 20.0


class Peer:
    """One browser, so to speak; a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._talking = asyncio.Lock()

    async def offer(self) -> str:
        """Its whole offer (SDP)."""
        return str((await self._ask({"do": "offer"}))["sdp"])

    async def take(self, answer: str) -> None:
        await self._ask({"do": "answer", "sdp": answer})

    async def received(self) -> dict[str, Any]:
        """`audio` and `video`: how many decoded frames; `state` of the connection."""
        return await self._ask({"do": "count"})

    async def sees_and_hears(self, more: int = 10, within: float = PATIENCE) -> None:
        """Wait until so many more pictures and sounds have arrived."""
        before = await self.received()
        await self.until(lambda now: all(now[kind] >= before[kind] + more for kind in ("audio", "video")), within)

    async def until(self, wanted: Any, within: float = PATIENCE) -> float:
        """Wait until what it received is as wanted; how long that took, in seconds."""
        start = time.monotonic()
        while not wanted(now := await self.received()):
            assert time.monotonic() - start < within, f"still waiting: {now}"
            await asyncio.sleep(0.05)
        return time.monotonic() - start

    async def hang_up(self) -> None:
        """As a browser does that is closed in order."""
        await self._ask({"do": "close"})

    def freeze(self) -> None:
        """As if its network was gone."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """As if the battery was empty."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        async with self._talking:
            stdin.write(json.dumps(what).encode() + b"\n")
            await stdin.drain()
            line = await asyncio.wait_for(stdout.readline(), PATIENCE)
        found: dict[str, Any] = json.loads(line)
        return found


@contextlib.asynccontextmanager
async def a_peer(flash_at: float = 0.0, loss: float = 0.0) -> AsyncIterator[Peer]:
    """`flash_at`: when in each second its camera flashes and its voice beeps, in seconds; `loss`: of its media packets."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(flash_at),
        str(loss),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    peer = Peer(process)
    try:
        yield peer
    finally:
        await peer.kill()
