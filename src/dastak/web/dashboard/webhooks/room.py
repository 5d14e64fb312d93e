"""What the pages of webhooks work on.

In: the registry and what can be read about endpoints, from `app`. Out: what a page needs of one endpoint or of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit
from dastak.web.dashboard.webhooks.standing import HOURS, Seen
from dastak.web.refusal import Refused
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.hours import first_hour
from dastak.webhooks.ports import HealthReader, HourReader, TroubleReader
from dastak.webhooks.registry import EndpointNotFound, EndpointRegistry
from dastak.webhooks.trouble import TroubleRules

PATH = "/dashboard/developers/webhooks"


@dataclass(frozen=True, slots=True)
class WebhooksRoom:
    """The registry, and who knows how endpoints do."""

    registry: EndpointRegistry
    hours: HourReader
    troubles: TroubleReader
    health: HealthReader | None
    """None: this process delivers nothing, so it knows of nobody's breaker."""
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
        return [
            Seen(
                one,
                [hour for hour in counted if hour.endpoint_id == one.id],
                self.health.of(one) if self.health else None,
                troubles.get(one.id),
            )
            for one in endpoints
        ]


def id_of(visit: Visit) -> str:
    """The endpoint's id in the path."""
    value: str = visit.request.path_params["endpoint_id"]
    return value


def href(endpoint: Endpoint, below: str = "") -> str:
    """The path of its page, or of one below it."""
    return f"{PATH}/{endpoint.id}{below}"
