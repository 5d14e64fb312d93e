"""One process that does everything: web, dispatcher, notifier, clock.

In: settings. Out: a server that runs until it is told to stop, and then leaves nothing half done.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from dastak.app.build import Dastak, build
from dastak.app.garbage import look_rarely
from dastak.app.gateways import close_gateways
from dastak.app.readiness import Readiness
from dastak.app.settings import Settings
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


def run_server(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises what the store raises when it cannot be opened."""
    dastak = build(settings)
    look_rarely()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(dastak))


async def serve(dastak: Dastak, started: Callable[[], None] = lambda: None) -> None:
    """Open, run, and close again in order: no new requests, no new claims, what is in flight settled, store closed."""
    listening = _listen(dastak.settings)
    applied = await dastak.store.open()
    dastak.store.listen()
    if applied:
        log.info("migrated", applied=applied)
    server = _web_server(dastak.settings, dastak.web)
    _stop_on_signals(server, dastak.readiness)
    dastak.sender.start()
    dastak.tracing.start()
    try:
        await dastak.store.merchants.merchants()  # keys that do not fit the data are noticed now, not at the first call
        async with asyncio.TaskGroup() as tasks:
            dispatching = tasks.create_task(dastak.dispatcher.run())
            notifying = tasks.create_task(dastak.notifier.run())
            sweeping = tasks.create_task(dastak.sweeper.run())
            tasks.create_task(_say_when_started(server, dastak.settings, started))
            await server.serve(sockets=[listening])
            sweeping.cancel()
            await dastak.dispatcher.stop()
            await dastak.notifier.stop()
            await asyncio.wait([dispatching, notifying])
    finally:
        await asyncio.to_thread(dastak.sender.stop)
        close_gateways(dastak.gateways.values())
        await dastak.store.close()
        await asyncio.to_thread(dastak.tracing.close)
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


def _stop_on_signals(server: uvicorn.Server, readiness: Readiness) -> None:
    def stop() -> None:
        readiness.stopping = True
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _say_when_started(server: uvicorn.Server, settings: Settings, started: Callable[[], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.01)
    log.info("listening", host=settings.host, port=settings.port, public_url=settings.public_url, mode=settings.mode)
    started()
