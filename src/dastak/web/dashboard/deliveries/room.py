"""What the area's handlers work on: the log, endpoints, keys and replays. `app` fills it in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dastak.accounts.merchant import Merchant
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.web.dashboard.deliveries.shown import Shown, names_of, shown
from dastak.webhooks.browsing import DeliveryBrowser
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import DeliveryRow, LogReader
from dastak.webhooks.replay_desk import ReplayDesk


class EndpointBook(Protocol):
    """The merchant's endpoints; a deleted one is found by its id alone."""

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None: ...

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]: ...


class MerchantBook(Protocol):
    """The merchant with its keys: which of them signed is shown, never the key."""

    async def merchant(self, merchant_id: str) -> Merchant | None: ...


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The area's desk."""

    browser: DeliveryBrowser
    log: LogReader
    endpoints: EndpointBook
    merchants: MerchantBook
    replays: ReplayDesk
    bell: LiveBell
    """Pages that are live look again when it says so."""
    wake: Callable[[], None]
    """Tells the dispatcher of this process that something is due."""
    public_url: str

    async def names(self, merchant_id: str, also: Iterable[str] = ()) -> dict[str, str]:
        """What the merchant's endpoints are called, by id; those of `also` even when they were deleted."""
        known = list(await self.endpoints.endpoints(merchant_id))
        there = {endpoint.id for endpoint in known}
        gone = [await self.endpoints.endpoint(merchant_id, id_) for id_ in sorted({*also} - there)]
        return names_of([*known, *(endpoint for endpoint in gone if endpoint is not None)])

    async def shown(self, merchant_id: str, rows: Sequence[DeliveryRow]) -> list[Shown]:
        """Rows as pages show them."""
        names = await self.names(merchant_id, {row.endpoint_id for row in rows})
        return [shown(row, names) for row in rows]
