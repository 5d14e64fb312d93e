"""What the pages of webhooks work on.

In: the registry and what can be read about endpoints, from `app`. Out: what a page needs of one endpoint or of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit
from dastak.web.dashboard.webhooks.standing import HOURS, Seen
from dastak.web.refusal import Refused
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import BreakerNote
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.health import Health
from dastak.webhooks.hours import first_hour
from dastak.webhooks.ports import BreakerReader, HealthReader, HourReader, TroubleReader
from dastak.webhooks.registry import EndpointNotFound, EndpointRegistry
from dastak.webhooks.trouble import TroubleRules

PATH = "/dashboard/developers/webhooks"


@dataclass(frozen=True, slots=True)
class WebhooksRoom:
    """The registry, and who knows how endpoints do."""

    registry: EndpointRegistry
    hours: HourReader
    troubles: TroubleReader
    health: HealthReader | BreakerReader
    """What the dispatcher of this process sees; or, where there is none, what those of others have noted."""
    rules: TroubleRules
    wake: Callable[[], None]
    """Tells the dispatcher that something may be due."""

    async def all(self, visit: Visit) -> list[Seen]:
        """Every endpoint of the merchant with what is known of it, oldest first."""
        endpoints = await self.registry.list(visit.merchant_id)
        return await self._seen(visit, endpoints, None)

    async def one(self, visit: Visit, hours: int = HOURS) -> Seen:
        """The endpoint of the page's path, with so many hours. Raises `Refused`, also for another merchant's."""
        endpoint = await self.endpoint(visit)
        (seen,) = await self._seen(visit, [endpoint], endpoint.id, hours)
        return seen

    async def endpoint(self, visit: Visit) -> Endpoint:
        """The endpoint of the page's path alone. Raises `Refused`."""
        try:
            return await self.registry.get(visit.merchant_id, id_of(visit))
        except EndpointNotFound:
            raise Refused(NOT_FOUND) from None

    async def _seen(
        self, visit: Visit, endpoints: Sequence[Endpoint], endpoint_id: str | None, hours: int = HOURS
    ) -> list[Seen]:
        since = first_hour(visit.now, hours)
        counted = await self.hours.hours(visit.merchant_id, since, endpoint_id) if endpoints else ()
        troubles = await self.troubles.troubles(visit.merchant_id) if endpoints else {}
        health = await self._health(visit, endpoints)
        return [
            Seen(one, [hour for hour in counted if hour.endpoint_id == one.id], health(one), troubles.get(one.id))
            for one in endpoints
        ]

    async def _health(self, visit: Visit, endpoints: Sequence[Endpoint]) -> Callable[[Endpoint], Health]:
        if not isinstance(self.health, BreakerReader):
            return self.health.of
        notes = await self.health.breakers(visit.merchant_id) if endpoints else {}
        return lambda endpoint: health_of(endpoint, notes.get(endpoint.id), visit.now)


def health_of(endpoint: Endpoint, note: BreakerNote | None, now: datetime) -> Health:
    """What a note says of an endpoint; without one that still holds its breaker is closed, as far as anybody knows."""
    state = note.state if note is not None and note.holds_at(now) else BreakerState.CLOSED
    window = {BreakerState.CLOSED: endpoint.window, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 0}[state]
    until = note.open_until if note is not None and state is BreakerState.OPEN else None
    return Health(state, until, endpoint.rate_per_second, window)


def id_of(visit: Visit) -> str:
    """The endpoint's id in the path."""
    value: str = visit.request.path_params["endpoint_id"]
    return value


def href(endpoint: Endpoint, below: str = "") -> str:
    """The path of its page, or of one below it."""
    return f"{PATH}/{endpoint.id}{below}"
