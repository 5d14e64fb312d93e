"""A page kept up to date by server-sent events (HTML standard §9.2), fed by looking again whenever a bell rings.

In: what to look at, a bell, the name to listen for. Out: a response that sends JSON each time that it looks different.
It ends when the server stops, when there is nothing more to say, and after five minutes; the browser then asks anew,
and whether it may is asked anew with it.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from time import monotonic
from typing import Any

from dastak.journeys.video_kyc.bell import LiveBell
from dastak.web.streamed import Streamed

LONGEST = timedelta(minutes=5)
SIGN_OF_LIFE = timedelta(seconds=15)
"""A comment goes out after so long without news, since proxies close what is silent."""
ASK_AGAIN = timedelta(seconds=2)
"""How long the browser waits before it asks anew."""

Look = Callable[[], Awaitable[Mapping[str, Any] | None]]


def event_stream(
    look: Look,
    bell: LiveBell,
    name: str,
    headers: Mapping[str, str],
    during: AbstractContextManager[None] | None = None,
) -> Streamed:
    """The response.

    Args:
        look: what the page should show now, as JSON values; None: there is nothing to show any more, the stream ends.
            A `ConnectionError` of the store is taken as no news.
        bell: rings when something has changed.
        name: the case or merchant whose bell it is.
        headers: of every page of the room; the ones of a stream are added.
        during: entered when the stream begins and left when it ends, however it does.
    """
    own = {"cache-control": "no-store", "x-accel-buffering": "no", "content-type": "text/event-stream; charset=utf-8"}
    return Streamed(_events(look, bell, name, during or nullcontext()), 200, {**headers, **own})


async def _events(
    look: Look, bell: LiveBell, name: str, during: AbstractContextManager[None]
) -> AsyncGenerator[bytes, None]:
    yield b"retry: %d\n\n" % (ASK_AGAIN / timedelta(milliseconds=1))
    began = spoke = monotonic()
    before: Mapping[str, Any] | None = None
    with during, bell.watch(name) as rung:
        while not bell.is_stopped and monotonic() - began < LONGEST.total_seconds():
            try:
                now = await look()
            except ConnectionError:
                now = before or {}
            if now is None:
                return
            if now and now != before:
                yield b"data: %s\n\n" % json.dumps(now, separators=(",", ":")).encode()
                before, spoke = now, monotonic()
            elif monotonic() - spoke >= SIGN_OF_LIFE.total_seconds():
                yield b":\n\n"
                spoke = monotonic()
            await bell.wait(rung)
