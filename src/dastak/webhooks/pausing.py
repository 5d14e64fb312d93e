"""How loops rest: until something happens, or for a time.

In: an event and a time. Out: which of them it was. The dispatcher rests so, and the loops beside it.
"""

import asyncio
from datetime import timedelta


async def set_or_over(event: asyncio.Event, at_most: timedelta) -> bool:
    """Return when the event is set (True) or the time is over (False), whichever comes first."""
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await event.wait()
    except TimeoutError:
        return False
    return True
