"""What the webhooks room needs from the store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from dastak.webhooks.breaker_note import BreakerNote
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import MOST_ENDPOINTS, Endpoint
from dastak.webhooks.health import Health
from dastak.webhooks.hours import EndpointHour
from dastak.webhooks.telling import Step
from dastak.webhooks.trouble import Note, Trouble


class DeliveryQueue(Protocol):
    """The dispatcher's side of the store. Each call is one transaction; none is open while a socket is."""

    async def claim(self, now: datetime, lease_until: datetime, room: "Room") -> Sequence[Claimed]:
        """Lease due deliveries, at most one per lane, within the room that each endpoint has.

        A lease that runs out makes its delivery due again, so a dead dispatcher loses nothing.
        """

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        """Record attempts and what they mean, and free the lanes behind them, in one transaction."""

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Give leases back unsent: due again at once, and the attempt's number is not used up.

        What is not leased by this very claim any more (settled, cancelled, claimed again) is left as it is.
        """

    async def next_due(self, room: "Room | None" = None) -> datetime | None:
        """The earliest instant at which `claim` could return something; None when nothing waits.

        With `room`, endpoints that it has nothing left for are passed over: what is due there cannot be claimed, and
        must not hide what falls due elsewhere.
        """


class BacklogReader(Protocol):
    """How much is owed, for whoever watches; cheap however much it is."""

    async def pending(self, at_most: int) -> int:
        """Deliveries that are neither delivered nor given up nor cancelled, counted no further than `at_most`."""

    async def next_due(self) -> datetime | None:
        """As in `DeliveryQueue`: in the past, it is how long the most urgent delivery has waited for a free hand."""


class Room(Protocol):
    """How much a dispatcher can take on now."""

    @property
    def total(self) -> int: ...

    def left(self, endpoint_id: str, window: int, rate_per_second: float | None = None) -> int:
        """How many deliveries of an endpoint with these settings; 0 also while its breaker or its pace says so.

        Claims ask it for each endpoint that has something due, and `next_due` for each that has anything pending.
        """


class HealthReader(Protocol):
    """What the management API shows of an endpoint's health."""

    def of(self, endpoint: Endpoint) -> Health:
        """How the dispatcher of this process sees it now."""


class EndpointStore(Protocol):
    """The management API's side of the store."""

    async def add_endpoint(self, endpoint: Endpoint, most: int = MOST_ENDPOINTS) -> bool:
        """Add it, unless the merchant has so many already, counted in the same transaction; whether it was added."""

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None: ...

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]:
        """All but deleted ones, oldest first."""

    async def change_endpoint(
        self, merchant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint], now: datetime
    ) -> Endpoint | None:
        """Make a change to the endpoint as it stands, in one transaction, so that changes at one moment are all kept.

        DELETED cancels what was pending; ENABLED makes it due. Returns the changed endpoint, or None when the merchant
        has no such endpoint or it is deleted. `change` only computes.
        """


class HourReader(Protocol):
    """How endpoints did, for whoever looks; its cost does not grow with the number of deliveries."""

    async def hours(self, merchant_id: str, since: datetime, endpoint_id: str | None = None) -> Sequence[EndpointHour]:
        """Hours that begin at `since` or later, of one endpoint or of all, each endpoint's in order."""


class HourStore(HourReader, Protocol):
    """Counts of attempts by endpoint and hour, shared by every process. Retention lets go of them."""

    async def add_hours(self, hours: Sequence[EndpointHour]) -> None:
        """Add these to what is kept, in one transaction: each hour of an endpoint once, in the order of their keys."""


@runtime_checkable
class BreakerReader(Protocol):
    """How dispatchers see breakers, for processes that do not deliver."""

    async def breakers(self, merchant_id: str) -> Mapping[str, BreakerNote]:
        """The newest note of each endpoint that has one, by endpoint id; whether it still holds is the reader's."""


class BreakerStore(BreakerReader, Protocol):
    """The newest note of each endpoint."""

    async def put_breakers(self, notes: Sequence[BreakerNote]) -> None:
        """Keep these in place of those before, each endpoint at most once."""


class TroubleReader(Protocol):
    """What the management API shows of endpoints that fail."""

    async def troubles(self, merchant_id: str) -> Mapping[str, Trouble]:
        """By endpoint id, of those of the merchant's endpoints that are failing."""


class TroubleStore(TroubleReader, Protocol):
    """What is known of endpoints that fail, shared by every process. `ENABLED` after `DISABLED` clears it."""

    async def note(self, notes: Sequence[Note]) -> None:
        """Fold these into what is known, in one transaction; nothing is written where nothing changes."""

    async def troubled(self) -> Sequence[Trouble]:
        """Every trouble that the clock may have to act on: endpoints that fail, and what is not told yet."""

    async def act(
        self, merchant_id: str, endpoint_id: str, decide: Callable[[Trouble, Endpoint], Step | None], now: datetime
    ) -> Step | None:
        """Decide on endpoint and trouble as they are now, and commit the step with its event and mails.

        All in one transaction, which nobody else can decide in at the same time. `decide` only computes; None changes
        nothing. None too when the merchant has no such endpoint.
        """

    async def failing(self) -> int:
        """How many enabled endpoints are failing, for whoever watches."""
