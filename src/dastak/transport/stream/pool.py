"""Connections that are kept, by where they lead.

In: idle connections. Out: the one used last, or none. Called by `Traffic`, on its loop.

A connection is used again only for the very scheme, host, port and set of checked addresses that it was opened for:
one to yesterday's address is left to age out.
"""

from dastak.transport.settings import SenderSettings
from dastak.transport.stream.route import Route
from dastak.transport.stream.trip import Carrier
from dastak.transport.url import Destination

_REMEMBERED = 4096


class Pool:
    """Idle connections: by route, the youngest first; and over all routes, by age."""

    def __init__(self, settings: SenderSettings) -> None:
        self._max_idle = settings.max_idle.total_seconds()
        self._max_lifetime = settings.max_lifetime.total_seconds()
        self._routes: dict[tuple[str, str, int, frozenset[str]], Route] = {}
        self._spelled: dict[tuple[str, str, int, tuple[str, ...]], Route] = {}
        self._idle: dict[Carrier, Route] = {}
        """In the order in which they fell idle."""

    def __len__(self) -> int:
        return len(self._idle)

    def route(self, destination: Destination, addresses: tuple[str, ...]) -> Route:
        """Return the route to checked addresses, in whatever order DNS lists them."""
        scheme, host, port = destination.scheme, destination.host, destination.port
        spelled = (scheme, host, port, addresses)
        route = self._spelled.get(spelled)
        if route is None:
            if len(self._spelled) >= _REMEMBERED:
                self._spelled.clear()
                self._routes.clear()
            route = self._routes.setdefault((scheme, host, port, frozenset(addresses)), Route(destination, addresses))
            self._spelled[spelled] = route
        return route

    def take(self, route: Route, now: float) -> Carrier | None:
        """Take the connection that was used last, unless it is too old."""
        while route.idle:
            connection = route.idle.pop()
            del self._idle[connection]
            if connection.is_open and now < self.expires(connection):
                return connection
            connection.close()
        return None

    def keep(self, connection: Carrier, route: Route) -> None:
        """Keep a connection whose answer is whole."""
        route.idle.append(connection)
        self._idle[connection] = route

    def forget(self, connection: Carrier) -> None:
        """A connection has ended; harmless if it was not idle."""
        route = self._idle.pop(connection, None)
        if route is not None:
            route.idle.remove(connection)

    def close_oldest(self) -> None:
        """Make room for another connection, if any is idle."""
        for connection in self._idle:
            self.forget(connection)
            connection.close()
            return

    def close_expired(self, now: float) -> None:
        """Close what has been idle, or has lived, for too long."""
        for connection in [one for one in self._idle if self.expires(one) <= now]:
            self.forget(connection)
            connection.close()

    def close_all(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self.close_oldest()

    def next_expiry(self) -> float:
        """Return when the next of them is too old, on the monotonic clock; infinite if there is none."""
        return min(map(self.expires, self._idle), default=float("inf"))

    def expires(self, connection: Carrier) -> float:
        """Return until when an idle connection may be used again, on the monotonic clock."""
        return min(connection.used + self._max_idle, connection.opened + self._max_lifetime)
