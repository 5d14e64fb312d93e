"""A process with rooms: `python -m dastak.video.aiortc.worker FD`, started by `workers.py` and by nobody else.

In: a socket whose number is the argument; first a message with the settings, then requests. Out: answers, and what
happens in the rooms. It parses what strangers send, so it has no keys but those of the recordings that it writes. It
ends, with every recording on the disk, when the socket does.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import structlog

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.rooms import Seat
from dastak.video.aiortc import hooks, wire
from dastak.video.aiortc.house import House
from dastak.video.aiortc.media_loop import MediaLoop
from dastak.video.aiortc.wire import Message, Wire
from dastak.video.attendance import Change
from dastak.video.confined import confine
from dastak.video.spool.spool import Spool

log = structlog.get_logger("dastak.rooms")

_MOST_MEMORY = 4 << 30
_Asked = Callable[[Seat, Message], Awaitable[Any]]


class _NoSealer:
    """Keys come with the requests; there is nothing to seal or open here."""

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        raise NotImplementedError

    def open(self, box: bytes, belongs_to: str) -> bytes:
        raise NotImplementedError


class Worker:
    """Serves one socket."""

    def __init__(self, end: Wire, first: Message) -> None:
        self._end = end
        self.settings = wire.settings_of(first["settings"])
        spool = Spool(Path(first["spool"]), _NoSealer())
        self._house = House(self.settings, spool, self._changed, self._begun)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ways: dict[str, _Asked] = {
            "join": self._join,
            "beat": self._beat,
            "leave": self._leave,
            "pictures": self._pictures,
            "stats": self._stats,
            "close": self._close,
        }

    async def run(self) -> None:
        """Until the socket ends."""
        hooks.install(self.settings.host_addresses)
        self._house.start()
        while (message := await self._end.receive()) is not None:
            task = asyncio.create_task(self._serve(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._house.stop()

    async def _serve(self, message: Message) -> None:
        answer: Message = {"id": message.get("id")}
        try:
            answer["found"] = await self._ways[message["do"]](wire.seat_of(message["seat"]), message)
        except JourneyError as error:
            answer["error"] = wire.error_fields(error)
        except Exception:
            log.exception("room_request_failed", asked=message["do"])
            answer["error"] = ["room_closed", "the room has failed"]
        if answer["id"] is not None:
            self._end.send(answer)

    async def _join(self, seat: Seat, message: Message) -> str:
        return await self._house.join(seat, message["offer"], wire.key_of(message["key"]))

    async def _beat(self, seat: Seat, _: Message) -> None:
        self._house.beat(seat)

    async def _leave(self, seat: Seat, _: Message) -> None:
        self._house.leave(seat)

    async def _pictures(self, seat: Seat, _: Message) -> list[Any]:
        return [wire.picture_fields(picture) for picture in self._house.pictures(seat)]

    async def _stats(self, seat: Seat, _: Message) -> Any:
        return wire.stats_fields(self._house.stats(seat))

    async def _close(self, seat: Seat, _: Message) -> None:
        await self._house.close(seat)

    def _changed(self, seat: Seat, change: Change) -> None:
        self._end.send({"changed": change.value, "seat": wire.seat_fields(seat)})

    def _begun(self, seat: Seat, reference: str) -> None:
        self._end.send({"recorded": reference, "seat": wire.seat_fields(seat)})


def _log_over(end: Wire) -> None:
    """What this process logs is logged by the server, in the server's form."""

    def forward(_: Any, level: str, event: MutableMapping[str, Any]) -> NoReturn:
        said = {name: value if isinstance(value, int | float | str) else str(value) for name, value in event.items()}
        end.send({"log": "error" if level == "exception" else level, "said": said})
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.processors.format_exc_info, forward],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.warning("media_library", said=record.getMessage()[:500])

    logging.basicConfig(handlers=[Handler()], level=logging.WARNING)


async def serve(descriptor: int) -> None:
    """Serve this socket to its end."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    end = Wire(reader, writer)
    first = await end.receive()
    if first is None:
        return
    _log_over(end)
    worker = Worker(end, first)
    loop = asyncio.get_running_loop()
    if isinstance(loop, MediaLoop):
        loop.udp_ports = worker.settings.udp_ports
    await worker.run()
    end.close()


def main() -> None:
    """Run until the server is gone. Signals are the server's: a terminal sends them to both."""
    confine(most_memory=_MOST_MEMORY)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=MediaLoop) as runner:
        runner.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
