"""Which gateway has which room.

In: gateways, some of them down. Out: for a room always the same one, as long as the same ones answer; when one goes,
only its rooms move (rendezvous hashing).
"""

import asyncio
import hashlib
from collections.abc import Sequence

from dastak.video.janus.gateway import Gateway, GatewayDown


class Gateways:
    """Lives in the media's event loop."""

    def __init__(self, urls: tuple[str, ...], api_secret: str) -> None:
        self._all = tuple(Gateway(url, api_secret) for url in urls)

    async def start(self) -> None:
        """Returns when each was tried once."""
        await asyncio.gather(*(one.start() for one in self._all))

    async def stop(self) -> None:
        """Stopping twice: harmless."""
        await asyncio.gather(*(one.stop() for one in self._all))

    def of(self, room: str) -> Gateway:
        """Raises `GatewayDown`: none answers."""
        up = {one.url: one for one in self._all if one.is_up}
        if not up:
            raise GatewayDown("no gateway answers")
        return up[assigned(room, tuple(up))]


def assigned(room: str, urls: Sequence[str]) -> str:
    """The one of these that this room goes to. Pure."""
    return max(urls, key=lambda url: hashlib.sha256(f"{room}\n{url}".encode()).digest())
