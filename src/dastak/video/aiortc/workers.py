"""One process with rooms, seen from the server: started when it is needed, and anew when it has died.

In: requests for a seat. Out: their answers; what happens in its rooms; who was there when it died.
"""

import asyncio
import itertools
import socket
import sys
from collections.abc import Callable
from typing import Any

import structlog

from dastak.journeys.video_kyc.rooms import Seat
from dastak.video.aiortc import wire
from dastak.video.aiortc.wire import Message, Wire
from dastak.video.attendance import Change
from dastak.video.confined import environment

log = structlog.get_logger("dastak.rooms")

_ANSWER_SECONDS = 20.0
_STOP_SECONDS = 10.0


class WorkerGone(ConnectionError):  # noqa: N818 - the name says what happened
    """The process died, or does not answer."""


class Worker:
    """At most one process at a time."""

    def __init__(
        self, settings: Message, changed: Callable[[Seat, Change], None], recorded: Callable[[Seat, str], None]
    ) -> None:
        """`settings`: the first message."""
        self._settings = settings
        self._changed = changed
        self._recorded = recorded
        self._wire: Wire | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._there: set[Seat] = set()
        self._is_stopped = False

    async def ask(self, do: str, seat: Seat, *, starts: bool = False, **more: Any) -> Any:
        """The answer. Raises what the room raises, and `WorkerGone`; `starts`: a process is begun if there is none."""
        if starts:
            await self._start()
        if self._wire is None:
            raise WorkerGone("no process has this room")
        number = next(self._numbers)
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[number] = answered
        self._wire.send({"id": number, "do": do, "seat": wire.seat_fields(seat), **more})
        try:
            answer = await asyncio.wait_for(answered, _ANSWER_SECONDS)
        except TimeoutError:
            raise WorkerGone("the process with the rooms does not answer") from None
        finally:
            self._asked.pop(number, None)
        if "error" in answer:
            raise wire.error_of(answer["error"])
        return answer["found"]

    async def close(self, seat: Seat) -> None:
        """Close the room; nobody of it can be lost any more. Raises `WorkerGone`."""
        self._there = {one for one in self._there if one.room != seat.room}
        await self.ask("close", seat)

    def tell(self, do: str, seat: Seat) -> None:
        """Without waiting; nothing when there is no process."""
        if self._wire is not None:
            self._wire.send({"do": do, "seat": wire.seat_fields(seat)})

    async def stop(self) -> None:
        """End the process in order: everybody is told as lost, every recording is on the disk."""
        async with self._starting:
            self._is_stopped = True
        if self._wire is None or self._process is None or self._listening is None:
            return
        self._wire.finish()
        try:
            await asyncio.wait_for(asyncio.shield(self._listening), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._listening

    async def _start(self) -> None:
        async with self._starting:
            if self._wire is not None:
                return
            if self._is_stopped:
                raise WorkerGone("the server stops")
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    "dastak.video.aiortc.worker",
                    str(theirs.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    env=environment(),
                    pass_fds=(theirs.fileno(),),
                )
            self._wire = Wire(*await asyncio.open_connection(sock=ours))
            self._wire.send(self._settings)
            self._listening = asyncio.create_task(self._listen(self._wire, self._process))

    async def _listen(self, end: Wire, process: asyncio.subprocess.Process) -> None:
        while (message := await end.receive()) is not None:
            self._heard(message)
        self._wire = None
        end.close()
        try:
            code = await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if not self._is_stopped:
            log.error("rooms_died", exit_code=code, seats=len(self._there))
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(WorkerGone("the process with the rooms died"))
        for seat in self._there:
            self._changed(seat, Change.LOST)
        self._there.clear()

    def _heard(self, message: Message) -> None:
        if "id" in message:
            answered = self._asked.get(message["id"])
            if answered is not None and not answered.done():
                answered.set_result(message)
        elif "changed" in message:
            seat, change = wire.seat_of(message["seat"]), Change(message["changed"])
            (self._there.add if change is Change.CAME else self._there.discard)(seat)
            self._changed(seat, change)
        elif "recorded" in message:
            self._recorded(wire.seat_of(message["seat"]), message["recorded"])
        elif "log" in message:
            said = dict(message["said"])
            getattr(log, message["log"])(said.pop("event", "media"), **said)
