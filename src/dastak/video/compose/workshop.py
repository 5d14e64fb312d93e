"""Runs the process that makes one film, and takes the film from it.

In: a job. Out: the film in memory that no disk sees; how far it is, while it is being made. A process that says
nothing for minutes is ended.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

from dastak.video.compose.job import Job
from dastak.video.confined import environment

_SILENCE = 300.0
"""Seconds without a line."""
_LINE_BYTES = 64 << 10
_READ_BYTES = 1 << 20


class FilmFailed(Exception):  # noqa: N818 - the name says what happened
    """No film came of it."""


class Film:
    """A finished film, held in memory until it is closed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, from the start."""
        at = 0
        while some := await asyncio.to_thread(os.pread, self._descriptor, _READ_BYTES, at):
            at += len(some)
            yield some


@contextlib.asynccontextmanager
async def made(job: Job, progress: Callable[[float], Awaitable[None]]) -> AsyncIterator[Film]:
    """Make it; it is gone when the context ends. `job.descriptor` is set here. Raises `FilmFailed`.

    What `progress` raises ends the process, too.
    """
    descriptor = os.memfd_create("film")
    try:
        await _make(replace(job, descriptor=descriptor), progress)
        yield Film(descriptor)
    finally:
        os.close(descriptor)


async def _make(job: Job, progress: Callable[[float], Awaitable[None]]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "dastak.video.compose",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
        pass_fds=(job.descriptor,),
        limit=_LINE_BYTES,
    )
    try:
        await _hand_over(process, job)
        failure = await _follow(process, progress)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise FilmFailed(failure or f"the process that makes films ended with {code}")


async def _hand_over(process: asyncio.subprocess.Process, job: Job) -> None:
    stdin: Any = process.stdin
    with contextlib.suppress(ConnectionError):  # it died; its exit code says more
        stdin.write(job.text().encode())
        await stdin.drain()
    stdin.close()


async def _follow(process: asyncio.subprocess.Process, progress: Callable[[float], Awaitable[None]]) -> str:
    """What it says, until it ends: the failure, empty for none."""
    stdout: Any = process.stdout
    failure = ""
    while True:
        try:
            line = await asyncio.wait_for(stdout.readline(), _SILENCE)
        except TimeoutError:
            raise FilmFailed("the process that makes films said nothing for minutes") from None
        if not line:
            return failure
        said = json.loads(line)
        if "failure" in said:
            failure = said["failure"]
        else:
            await progress(said["progress"])
