"""Where a connection leads.

In: a destination and its checked addresses. Made by `Pool`; carried by every connection.
"""

from dastak.transport.stream.trip import Carrier
from dastak.transport.url import Destination


class Route:
    """The checked addresses of one scheme, host and port, and the idle connections to them. Compared by identity."""

    __slots__ = ("addresses", "destination", "idle")

    def __init__(self, destination: Destination, addresses: tuple[str, ...]) -> None:
        self.destination = destination
        self.addresses = addresses
        self.idle: list[Carrier] = []
