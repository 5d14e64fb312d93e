"""A `DeliveryQueue` without a database: what a store does to a delivery in Python, and nothing else.

In: endpoints and how many events each is owed. Out: claims with their bodies opened, settlements with their exchanges
sealed, as every store does it; every delivery is a lane of its own. `wait` stands for the round trip to a database.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dastak.store.records import exchange
from dastak.store.vault import Vault
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.ports import Room
from dastak.webhooks.turns import take_turns

BODY_BYTES = 900
CLIENT_SECRET = "dks_" + "0" * 40


@dataclass(frozen=True)
class Parts:
    """What is done, and what is left out to see what it costs."""

    sealing: bool = True
    wait: float = 0.0
    """Seconds that each call takes."""


class MemoryQueue:
    """Holds sealed bodies; counts what it is asked."""

    def __init__(self, endpoints: Sequence[Endpoint], events: int, parts: Parts) -> None:
        self._vault = Vault([bytes(32)])
        self._parts = parts
        self._endpoints = {one.id: one for one in endpoints}
        self._due: dict[str, deque[int]] = {one.id: deque() for one in endpoints}
        ids = list(self._endpoints)
        for number in range(events):
            self._due[ids[number % len(ids)]].append(number)
        body = b'{"data":"' + b"x" * (BODY_BYTES - 11) + b'"}'
        self._box = self._vault.seal(body, "event") if parts.sealing else body
        self._turn = 0
        self.left = events
        self.claims: list[int] = []
        self.settles: list[int] = []
        self.done = asyncio.Event()

    async def claim(self, now: datetime, lease_until: datetime, room: Room) -> Sequence[Claimed]:  # noqa: ARG002 - the port
        """As a store does it: endpoints in turn, each as far as it has room."""
        await self._pass()
        self._turn += 1
        rooms: dict[str, dict[str, int]] = {}
        for id_, due in self._due.items():
            if due:
                one = self._endpoints[id_]
                left = min(len(due), room.left(id_, one.window, one.rate_per_second))
                rooms.setdefault(one.merchant_id, {})[id_] = left
        claimed: list[Claimed] = []
        for id_, limit in take_turns(rooms, room.total, self._turn):
            claimed += [self._claimed(self._endpoints[id_], self._due[id_].popleft()) for _ in range(limit)]
        if claimed:
            self.claims.append(len(claimed))
        return claimed

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:  # noqa: ARG002 - the port
        """Seal both sides of each exchange."""
        if self._parts.sealing:
            for one in settled:
                plain = exchange(one.request_headers, one.answer.headers, one.answer.body)
                self._vault.seal(plain, f"attempt/{one.claimed.id}/{one.claimed.attempt}")
        await self._pass()
        self.settles.append(len(settled))
        self.left -= len(settled)
        if not self.left:
            self.done.set()

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Due again."""
        for one in claimed:
            self._due[one.endpoint.id].appendleft(one.sequence)

    async def next_due(self, room: Room | None = None) -> datetime | None:
        """Whether anything can be claimed."""
        await self._pass()
        for id_, due in self._due.items():
            one = self._endpoints[id_]
            if due and (room is None or room.left(id_, one.window, one.rate_per_second)):
                return datetime.now(UTC)
        return None

    async def _pass(self) -> None:
        await asyncio.sleep(self._parts.wait)

    def _claimed(self, endpoint: Endpoint, number: int) -> Claimed:
        return Claimed(
            id=f"dlv_{number:026}",
            endpoint=endpoint,
            event_id=f"evt_{number:026}",
            event_type="KYC_LINK_ACTION_PERFORMED",
            journey_id=f"jrn_{number:026}",
            sequence=number,
            body=self._vault.open(self._box, "event") if self._parts.sealing else self._box,
            client_secret=CLIENT_SECRET,
            attempt=1,
            failures=0,
            created_at=datetime.now(UTC),
        )
