"""A body that is sent bit by bit, from a source that is let go of in any case.

In: an asynchronous generator of bytes. Out: a response. When the browser goes away the generator is closed at once.
When the generator fails, the connection is cut and the log has the place: the head is out, no page can be shown.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Send

from dastak.web.failure_place import trace_of

log = structlog.get_logger("dastak.web.streamed")


class Streamed(StreamingResponse):
    """As Starlette's, with an end for every source."""

    def __init__(self, source: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(source, status, headers)
        self._source = source

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._source) as source:
            try:
                async for some in source:
                    await send({"type": "http.response.body", "body": some, "more_body": True})
            except Exception as problem:  # noqa: BLE001 - cutting the body short is all that can still be done
                log.error("stream_cut_short", error=type(problem).__name__, trace=trace_of(problem))  # noqa: TRY400
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
