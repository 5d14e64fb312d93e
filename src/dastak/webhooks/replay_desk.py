"""Where replays are asked for: made, tried out, read, cancelled.

In: values that the management API has checked for form. Out: jobs; the replayer does them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.registry import EndpointNotFound
from dastak.webhooks.replay import MOST_OPEN, Replay, Selection, begun
from dastak.webhooks.replaying import ReplayStore

COUNT_PAGE = 20_000
COUNTED = 25 * COUNT_PAGE
"""So many rows of the log are looked at to count what matches, in short reads; what lies beyond is not counted."""

SAMPLE = 10


class ReplayError(Exception):
    """Root of what the desk refuses."""

    code = "replay_error"


class ReplayNotFound(ReplayError):  # noqa: N818 - the names say what happened
    code = "replay_not_found"


class ReplayNotNarrowed(ReplayError):  # noqa: N818
    code = "replay_not_narrowed"


class TooManyReplays(ReplayError):  # noqa: N818
    code = "too_many_replays"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would take on."""

    matched: int
    exactly: bool
    """False: there are at least so many."""
    sample: tuple[str, ...]
    """Ids of the first deliveries."""


class EndpointBook(Protocol):
    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None: ...


class ReplayDesk:
    """Takes wishes for replays. A merchant sees and touches nothing but their own."""

    def __init__(
        self,
        store: ReplayStore,
        endpoints: EndpointBook,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Wire it; `wake` tells the replayer of this process, if there is one, that a job was made."""
        self._store = store
        self._endpoints = endpoints
        self._now = now
        self._new_id = new_id
        self._wake = wake

    async def preview(self, merchant_id: str, selection: Selection, *, rows: int = COUNTED) -> Preview:
        """What would be taken on now, counted among so many rows of the log; nothing is recorded. Raises as `begin`."""
        return await self._count(merchant_id, await self._fixed(merchant_id, selection), rows)

    async def begin(
        self, merchant_id: str, selection: Selection, rate_per_second: float, *, rows: int = COUNTED
    ) -> Replay:
        """Make a job of it, counted among so many rows of the log.

        Raises:
            ReplayNotNarrowed: it asks for everything there ever was.
            EndpointNotFound: it names an endpoint that the merchant does not have.
            TooManyReplays: so many are open already.
        """
        fixed = await self._fixed(merchant_id, selection)
        counted = await self._count(merchant_id, fixed, rows)
        job = begun(
            self._new_id("rpl"),
            merchant_id,
            fixed,
            rate_per_second,
            counted.matched,
            exactly=counted.exactly,
            now=self._now(),
        )
        if not await self._store.add_replay(job, MOST_OPEN):
            raise TooManyReplays(f"a merchant can have {MOST_OPEN} open replays; wait for one to end, or cancel one")
        self._wake()
        return job

    async def get(self, merchant_id: str, replay_id: str) -> Replay:
        """Raises `ReplayNotFound`, also for another merchant's."""
        found = await self._store.replay(merchant_id, replay_id)
        if found is None:
            raise ReplayNotFound("no such replay")
        return found

    async def list(self, merchant_id: str, after: str | None, limit: int) -> Sequence[Replay]:
        """Newest first, from after that one."""
        return await self._store.replays(merchant_id, after, limit)

    async def cancel(self, merchant_id: str, replay_id: str) -> Replay:
        """Re-queue nothing more; what is re-queued goes out. Twice is harmless. Raises `ReplayNotFound`."""
        ended = await self._store.cancel_replay(merchant_id, replay_id, self._now())
        if ended is None:
            raise ReplayNotFound("no such replay")
        return ended

    async def _fixed(self, merchant_id: str, selection: Selection) -> Selection:
        """The selection with its last position: what happens from now on is not part of it."""
        if not selection.is_narrow:
            raise ReplayNotNarrowed("say which: endpoint_id, verification_id, since or after")
        if selection.endpoint_id is not None:
            endpoint = await self._endpoints.endpoint(merchant_id, selection.endpoint_id)
            if endpoint is None or endpoint.state is EndpointState.DELETED:
                raise EndpointNotFound("no such endpoint")
        newest = await self._store.newest_delivery(merchant_id)
        return replace(selection, up_to=min(newest, selection.up_to or newest))

    async def _count(self, merchant_id: str, selection: Selection, rows: int) -> Preview:
        matched, after = 0, selection.after
        sample: list[str] = []
        for left in range(rows, 0, -COUNT_PAGE):
            look = await self._store.look(merchant_id, selection, after, min(left, COUNT_PAGE))
            matched += len(look.matches)
            sample += [match.id for match in look.matches[: SAMPLE - len(sample)]]
            if look.ends_at is None:
                return Preview(matched, exactly=True, sample=tuple(sample))
            after = look.ends_at
        return Preview(matched, exactly=False, sample=tuple(sample))
