"""What the clocks of all journeys do: sweep, sleep until something is due, and sweep again.

In: a sweep, and when it is due next. Out: calls of the sweep, for ever. Each kind's `sweeper` runs it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

log = structlog.get_logger("dastak.journeys")

SHORTEST_PAUSE = timedelta(milliseconds=10)


class SweepObserver(Protocol):
    """Who watches a clock."""

    def swept(self) -> None: ...

    def sweep_failed(self) -> None: ...


async def sweep_for_ever(
    sweep: Callable[[], Awaitable[int]],
    next_due: Callable[[], Awaitable[datetime | None]],
    *,
    now: Callable[[], datetime],
    sleep: Callable[[timedelta], Awaitable[None]],
    longest_pause: timedelta,
    observer: SweepObserver,
    failure: str,
) -> None:
    """Sweep, then sleep until something is due. A store that fails is asked again later; `failure` is its log line."""
    while True:
        observer.swept()
        pause = longest_pause
        try:
            await sweep()
            due = await next_due()
            if due is not None:
                pause = min(longest_pause, max(SHORTEST_PAUSE, due - now()))
        except Exception as error:  # noqa: BLE001 - whatever ails the store, journeys move on when it is back
            log.warning(failure, error=type(error).__name__)
            observer.sweep_failed()
        await sleep(pause)
