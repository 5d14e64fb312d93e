"""Opening a connection: the checked addresses in turn, TCP, then TLS.

In: a trip whose addresses were checked. Out: a `Connection`, or `NotReached`. A task of `Traffic`; the sweep over the
deadlines cancels it.

The last door: each address is judged once more, by the guard itself, right before its socket is opened. The loop is
never given a name, so it cannot look one up.
"""

import asyncio
import socket
import ssl
from time import monotonic

from dastak.transport import failure
from dastak.transport.failure import Failure
from dastak.transport.guard import Guard
from dastak.transport.stream.connection import Connection, Home
from dastak.transport.stream.route import Route
from dastak.transport.stream.trip import Trip
from dastak.webhooks.post import Stage, UrlRefused

_NEVER = 3600.0
"""Seconds until the loop itself would give up a handshake: our deadlines are shorter."""


class NotReached(Exception):  # noqa: N818 - the name says what happened
    """No connection came about."""

    def __init__(self, fault: Failure) -> None:
        super().__init__(fault.error)
        self.fault = fault


async def dial(trip: Trip, route: Route, guard: Guard, home: Home, trust: ssl.SSLContext) -> Connection:
    """Open a connection for a trip and note on it how far that came.

    Raises:
        NotReached: with the failure of the address tried last, or of TLS.
    """
    opened = await _connect(trip, route, guard)
    trip.connected = monotonic()
    trip.address = trip.tried
    destination = route.destination
    tls = destination.scheme == "https"
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(home, route, trip.tried),
            sock=opened,
            ssl=trust if tls else None,
            server_hostname=destination.host if tls else None,
            ssl_handshake_timeout=_NEVER if tls else None,
        )
    except ssl.SSLCertVerificationError as error:
        raise NotReached(failure.not_trusted(error.verify_message, trip.progress())) from None
    except OSError:
        at = trip.progress()
        raise NotReached(failure.no_tls(at) if tls else failure.not_connected(0, at)) from None
    if tls:
        trip.secured = monotonic()
    return connection


async def _connect(trip: Trip, route: Route, guard: Guard) -> socket.socket:
    """Try the addresses one after another; each but the last gets its share of the time that is left."""
    until = monotonic() + trip.post.deadlines.connect.total_seconds()
    left = len(route.addresses)
    os_error = 0
    for address in route.addresses:
        share = (until - monotonic()) / left if left > 1 else None
        left -= 1
        try:
            async with asyncio.timeout(share):
                return await _connect_to(trip, address, guard)
        except UrlRefused:
            at = trip.progress()
            fault = Failure(Stage.REFUSED, f"Not sent: {at.where} is not an address that was checked.")
            raise NotReached(fault) from None
        except OSError as error:  # TimeoutError is one
            os_error = error.errno or 0
    raise NotReached(failure.not_connected(os_error, trip.progress()))


async def _connect_to(trip: Trip, address: str, guard: Guard) -> socket.socket:
    trip.tried = address
    guard.check_addresses(trip.destination.host, (address,))
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(opened, (address, trip.destination.port))
    except BaseException:
        opened.close()
        raise
    return opened
