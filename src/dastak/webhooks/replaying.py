"""What replays need from the store, and what they tell whoever counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dastak.webhooks.replay import Look, Replay, Selection


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step that was made."""

    replay: Replay
    """As it is afterwards."""
    requeued: int


class ReplayStore(Protocol):
    """The management API's side of the store."""

    async def newest_delivery(self, merchant_id: str) -> int:
        """The position of the merchant's newest delivery; 0 when there is none."""

    async def look(self, merchant_id: str, selection: Selection, after: int, at_most: int) -> Look:
        """What matches among so many rows of the log from after that position, within the selection's bounds."""

    async def add_replay(self, replay: Replay, most_open: int) -> bool:
        """Add it, unless the merchant has so many open already, counted in the same transaction; whether it was."""

    async def replay(self, merchant_id: str, replay_id: str) -> Replay | None: ...

    async def replays(self, merchant_id: str, after: str | None, limit: int) -> Sequence[Replay]:
        """Newest first, from after that one."""

    async def cancel_replay(self, merchant_id: str, replay_id: str, now: datetime) -> Replay | None:
        """End it, if it is open: no step that has not been committed yet will be. The job as it is now, or None."""


class ReplayQueue(Protocol):
    """The replayer's side of the store. Several replayers may call it at once."""

    async def step(self, now: datetime) -> Stepped | None:
        """Make the next step of the job that has waited longest; None when none is due.

        What is re-queued, and how far the job has come, is one transaction.
        """

    async def next_step(self) -> datetime | None:
        """When the next step of any job is due; None when no job is open."""

    async def open_replays(self) -> int:
        """How many jobs have not ended."""


class ReplayObserver(Protocol):
    """Somebody who watches a replayer. Called on its event loop; it must not block or raise."""

    def turned(self) -> None:
        """The loop goes round once more; at least every `LONGEST_PAUSE` while nothing holds it up."""

    def replayed(self, deliveries: int) -> None:
        """So many deliveries were re-queued."""

    def replay_failed(self) -> None:
        """The store did not do it; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def turned(self) -> None: ...

    def replayed(self, deliveries: int) -> None: ...

    def replay_failed(self) -> None: ...
