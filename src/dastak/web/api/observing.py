"""What the API tells whoever counts: which operation, which status, how long; never who called.

In: calls on the event loop; they must not block or raise. Out: `app` counts them. By default nobody listens.
"""

from datetime import timedelta
from typing import Protocol


class CallObserver(Protocol):
    """Somebody who watches the API."""

    def answered(self, operation: str, status: int, took: timedelta) -> None:
        """A call of an operation, such as `POST /verification/form`, was answered."""


class Unobserved:
    """Nobody watches."""

    def answered(self, operation: str, status: int, took: timedelta) -> None: ...
