"""The receiver of `sink.c` again, for machines without a C compiler: 200 to every POST, and when each came first.

In: `python bench/sink.py PORT [count]`. Out: GET /arrivals → {"id": nanoseconds of the machine's monotonic clock},
GET /count, GET /reset. With `count` it does not remember arrivals. A POST to /hang is read and never answered.
"""

import asyncio
import json
import sys
import time
from typing import cast

import httptools
import uvloop

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Sink(asyncio.Protocol):
    """One connection; arrivals are shared by all."""

    def __init__(self, shared: "Shared") -> None:
        self._shared = shared
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._shared.recording and name.lower() == b"webhook-id":
            self._shared.arrivals.setdefault(value.decode(), time.monotonic_ns())

    def on_message_complete(self) -> None:
        if self._url == b"/arrivals":
            self._answer(json.dumps(self._shared.arrivals).encode())
        elif self._url == b"/count":
            self._answer(b"%d" % self._shared.posts)
        elif self._url == b"/reset":
            self._shared.arrivals.clear()
            self._shared.posts = 0
            self._transport.write(OK)
        else:
            self._shared.posts += 1
            if self._url != b"/hang":
                self._transport.write(OK)

    def _answer(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


class Shared:
    """What every connection writes to."""

    def __init__(self, *, recording: bool) -> None:
        self.recording = recording
        self.arrivals: dict[str, int] = {}
        self.posts = 0


async def serve(port: int, *, recording: bool) -> None:
    """Serve until killed."""
    shared = Shared(recording=recording)
    server = await asyncio.get_running_loop().create_server(lambda: Sink(shared), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), recording="count" not in sys.argv[2:]))
