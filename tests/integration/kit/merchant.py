"""A merchant whose handlers remember what they got, and fail when told to.

In: verified events, from the application under test. Out: what came, for the tests to look at. One object for the
process, since some frameworks are configured once per process.
"""

import threading

from dastak_sdk import Event, Receiver

SECRET = "cfsk_kit_secret"
LIMIT = 64 * 1024
DETAIL = "a detail that is nobody's business"

RECEIVER = Receiver(SECRET, max_body_bytes=LIMIT)


class Merchant:
    """Its handlers, plain and async."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything and be well."""
        self.events: list[Event] = []
        self.unknown: list[Event] = []
        self.threads: set[int] = set()
        self.is_failing = False

    def receive(self, event: Event) -> None:
        """Do the merchant's work."""
        self.threads.add(threading.get_ident())
        if self.is_failing:
            raise RuntimeError(DETAIL)
        self.events.append(event)

    async def receive_async(self, event: Event) -> None:
        """Do the same as a coroutine."""
        self.receive(event)

    def keep_unknown(self, event: Event) -> None:
        """Keep what a later version knows."""
        self.unknown.append(event)


MERCHANT = Merchant()

__all__ = ["DETAIL", "LIMIT", "MERCHANT", "RECEIVER", "SECRET", "Event", "Merchant"]
