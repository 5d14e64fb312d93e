"""One process that does everything: web, dispatcher, replayer, notifier, clock; or a part of it, beside others.

In: settings. Out: a server that runs until it is told to stop, and then leaves nothing half done.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from dastak.app.build import Dastak, build
from dastak.app.garbage import look_rarely
from dastak.app.gateways import close_gateways
from dastak.app.role import EVERYTHING, Part, check_role, with_rooms
from dastak.app.settings import Settings
from dastak.app.video import Node
from dastak.video.spool.owner import lock
from dastak.web.protocol import BoundedProtocol

log = structlog.get_logger("dastak.server")

BACKLOG = 2048

GRACE_SECONDS = 10
"""How long open requests may take to end."""


class _QuietServer(uvicorn.Server):
    """Leaves signals to us: the other parts must stop in order, too."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Loop:
    """Something that runs until it is told to stop."""

    part: Part
    run: Callable[[], Coroutine[Any, Any, None]]
    stop: Callable[[], Awaitable[None]] | None = None
    """It then ends by itself, with what it has begun done. None: it may be cancelled at any moment."""


def loops_of(dastak: Dastak) -> list[Loop]:
    """Every loop there is, in the order in which they are stopped."""
    return [
        Loop(Part.CLOCK, dastak.sweeper.run),
        Loop(Part.CLOCK, dastak.video_kyc.sweeper.run),
        Loop(Part.VIDEO, dastak.video.broom.run),
        Loop(Part.VIDEO, dastak.video.composer.run, dastak.video.composer.stop),
        *([Loop(Part.WEB, dastak.video.examiner.run)] if dastak.video.examiner else []),
        Loop(Part.CLOCK, dastak.replayer.run, dastak.replayer.stop),
        Loop(Part.CLOCK, dastak.trouble_sweeper.run),
        Loop(Part.CLOCK, dastak.keeper.run),
        Loop(Part.CLOCK, dastak.notices_clock.run),
        Loop(Part.DISPATCH, dastak.deliveries_clock.run),
        Loop(Part.DISPATCH, lambda: _delivering(dastak), dastak.dispatcher.stop),
        Loop(Part.CLOCK, dastak.notifier.run, dastak.notifier.stop),
    ]


async def _delivering(dastak: Dastak) -> None:
    """The dispatcher, and beside it what notes and counts its attempts, until the last one is settled."""
    beside = (dastak.trouble_noter, dastak.hour_counter, dastak.breaker_noter)
    noting = [asyncio.create_task(one.run()) for one in beside]
    try:
        await dastak.dispatcher.run()
    finally:
        for one in beside:
            await one.stop()
        await asyncio.gather(*noting)


def run_server(settings: Settings, parts: frozenset[Part] = EVERYTHING) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises what the store raises when it cannot be opened, and `RoleNeedsDatabase`.
    """
    check_role(settings, parts)
    dastak = build(settings, parts)
    look_rarely()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(dastak, parts))


async def serve(
    dastak: Dastak, parts: frozenset[Part] = EVERYTHING, started: Callable[[], None] = lambda: None
) -> None:
    """Open, run, and close again in order: no new requests, no new claims, what is in flight settled, store closed."""
    parts = with_rooms(dastak.settings, parts)
    listening = _listen(dastak.settings)
    node = dastak.video.node
    held = lock(node.spool.folder) if node else None
    applied = await dastak.store.open()
    dastak.store.listen()
    if applied:
        log.info("migrated", applied=applied)
    server = _web_server(dastak.settings, dastak.web)
    _stop_on_signals(server, dastak)
    dastak.sender.start()
    dastak.tracing.start()
    if parts & {Part.WEB, Part.VIDEO} or (Part.CLOCK in parts and dastak.settings.video_nodes):
        await dastak.video.rooms.start()
    try:
        await dastak.store.merchants.merchants()  # keys that do not fit the data are noticed now, not at the first call
        async with asyncio.TaskGroup() as tasks:
            running = [(loop, tasks.create_task(loop.run())) for loop in loops_of(dastak) if loop.part in parts]
            tasks.create_task(_say_when_started(server, dastak.settings, parts, started))
            await server.serve(sockets=[listening])
            await dastak.video.rooms.stop()  # while whoever is told of it still lives
            for loop, task in running:
                if loop.stop is None:
                    task.cancel()
                else:
                    await loop.stop()
    finally:
        await asyncio.to_thread(dastak.sender.stop)
        close_gateways(dastak.gateways.values())
        await dastak.store.close()
        await asyncio.to_thread(dastak.tracing.close)
        if held is not None:
            os.close(held)
    log.info("stopped")


def _listen(settings: Settings) -> socket.socket:
    """Before anything else is opened, so that a port in use is said plainly and nothing has to be undone."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = f"cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}"
        raise OSError(f"{why}. Set DASTAK_HOST or DASTAK_PORT") from None


def _web_server(settings: Settings, web: Starlette) -> _QuietServer:
    return _QuietServer(
        uvicorn.Config(
            web,
            host=settings.host,
            port=settings.port,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def _stop_on_signals(server: uvicorn.Server, dastak: Dastak) -> None:
    leaving: list[asyncio.Task[None]] = []

    def stop() -> None:
        if dastak.readiness.stopping:  # asked twice: whoever asks wants it now, and nothing is lost by that
            log.warning("stopped_at_once")
            os._exit(0)
        dastak.readiness.stopping = True
        dastak.arrivals.stop()  # whoever waits for events holds a request open
        dastak.video_kyc.bell.stop()  # and so does every page that is shown live
        if dastak.video.node is None:
            server.should_exit = True
        else:
            leaving.append(asyncio.get_running_loop().create_task(_let_calls_end(server, dastak.video.node, patience)))

    patience = dastak.settings.video_drain_seconds
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _let_calls_end(server: uvicorn.Server, node: Node, patience: int) -> None:
    """Take no new calls, and go when the last one is over, or after so many seconds."""
    node.door.takes_new = False
    log.info("calls_end", rooms=node.rooms.crowd.rooms, seconds=patience)
    until = time.monotonic() + patience
    while node.rooms.crowd.connections:
        await asyncio.sleep(0.2)
        if time.monotonic() > until:
            break
    server.should_exit = True


async def _say_when_started(
    server: uvicorn.Server, settings: Settings, parts: frozenset[Part], started: Callable[[], None]
) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.01)
    where = {"host": settings.host, "port": settings.port, "public_url": settings.public_url}
    log.info("listening", **where, mode=settings.mode, parts=sorted(parts))
    started()
