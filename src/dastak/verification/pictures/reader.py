"""Asks the process that looks at pictures, and sees to it that there is one.

In: pictures. Out: findings, or `NotExamined`. The process is started when it is needed, ended when it was not needed
for some minutes (its engines take half a gigabyte), and killed when it takes too long.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from dastak.journeys.video_kyc.examiner import NotExamined
from dastak.journeys.video_kyc.interview import StillKind
from dastak.verification.pictures.engines import has_face_engine, has_text_engine

PATIENCE = timedelta(seconds=90)
"""For one picture, the start of the engines included."""
IDLE = timedelta(minutes=5)
COMMAND = (sys.executable, "-m", "dastak.verification.pictures")


class OwnProcess:
    """Fulfils `PictureReader`; one picture at a time."""

    def __init__(
        self, command: tuple[str, ...] = COMMAND, patience: timedelta = PATIENCE, idle: timedelta = IDLE
    ) -> None:
        self._command = command
        self._patience = patience
        self._idle = idle
        self._turn = asyncio.Lock()
        self._ended = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None

    async def read(self, kind: StillKind, jpeg: bytes) -> Mapping[str, str]:
        """See `findings.read`. Raises `NotExamined`."""
        return await self._ask(kind.value, jpeg)

    async def compare(self, face: bytes, card: bytes) -> Mapping[str, str]:
        """See `findings.compare`. Raises `NotExamined`."""
        return await self._ask("compare", face, card)

    @property
    def process_id(self) -> int | None:
        """Of the process; None while there is none."""
        return None if self._process is None else self._process.pid

    async def resting(self) -> None:
        """Wait until nobody has asked for so long that the process has ended."""
        while self._process is not None:
            self._ended.clear()
            await self._ended.wait()

    async def stop(self) -> None:
        """End the process; the next picture starts another."""
        async with self._turn:
            await self._end()

    async def _ask(self, act: str, *pictures: bytes) -> Mapping[str, str]:
        async with self._turn:
            self._wait_no_longer()
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    answer = await self._answer(act, pictures)
            except (TimeoutError, OSError, ValueError) as trouble:
                await self._end()
                raise NotExamined(f"the process that looks at pictures: {type(trouble).__name__}") from None
            except asyncio.CancelledError:
                await self._end()
                raise
            self._ending = asyncio.get_running_loop().call_later(self._idle.total_seconds(), self._rest)
        if "found" not in answer:
            raise NotExamined(f"the picture could not be looked at: {answer.get('failure')}")
        return {str(name): str(value) for name, value in answer["found"].items()}

    async def _answer(self, act: str, pictures: tuple[bytes, ...]) -> dict[str, Any]:
        process = await self._started()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        head = json.dumps({"act": act, "sizes": [len(picture) for picture in pictures]})
        process.stdin.write(head.encode() + b"\n" + b"".join(pictures))
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise BrokenPipeError
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=nothing
            )
        return self._process

    async def _end(self) -> None:
        self._wait_no_longer()
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._ended.set()

    def _rest(self) -> None:
        """Nobody needed it for a while."""
        self._resting = asyncio.get_running_loop().create_task(self.stop())

    def _wait_no_longer(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None


def picture_reader() -> OwnProcess | None:
    """A reader, if anything can be read here: the `assistance` extra is installed, or a part of it."""
    return OwnProcess() if has_text_engine() or has_face_engine() else None
