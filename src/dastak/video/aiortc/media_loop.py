"""The event loop of a process with rooms: keeps the UDP sockets of media within a range of ports.

In: the range. Out: a socket that may have any port gets one of these.
"""

import random
from typing import Any

import uvloop

_TRIES = 50


class MediaLoop(uvloop.Loop):
    """A loop of uvloop's; without a range it is nothing else."""

    udp_ports: tuple[int, int] | None = None
    """First and last, both included."""

    async def create_datagram_endpoint(  # type: ignore[override]
        self, protocol_factory: Any, local_addr: Any = None, **rest: Any
    ) -> Any:
        """As the loop's own, but port 0 means one of ours. Raises `OSError` when none is free."""
        make = super().create_datagram_endpoint
        if self.udp_ports is None or not local_addr or local_addr[1] != 0:
            return await make(protocol_factory, local_addr, **rest)
        first, last = self.udp_ports
        for _ in range(_TRIES):
            try:
                return await make(protocol_factory, (local_addr[0], random.randint(first, last)), **rest)
            except OSError:
                continue  # somebody has it
        raise OSError(f"no UDP port from {first} to {last} is free")
