"""What the pages of journeys work on.

In: the merchant's desks and what can be read of a journey, from `app`. Out: ports, and the paths of the pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dastak.accounts.operator import Operator
from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.issuing import CaseIssuer
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit
from dastak.web.refusal import Refused
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import LogReader

LINKS = "/dashboard/journeys/kyc-links"
CASES = "/dashboard/journeys/video-kycs"
TABS = (("KYC Links", LINKS), ("Video KYCs", CASES))


class Cases(Protocol):
    """Of `VideoKycStore`: one case by its numbers."""

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None: ...

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None: ...

    async def case_by_reference_id(self, merchant_id: str, reference_id: int) -> VideoKyc | None: ...


class Operators(Protocol):
    """Of `OperatorStore`: who they are."""

    async def operators(self, merchant_id: str) -> Sequence[Operator]: ...


class Endpoints(Protocol):
    """Of `EndpointStore`: where deliveries go."""

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]: ...


@dataclass(frozen=True, slots=True)
class JourneysRoom:
    """Desks and ports."""

    links: MerchantDesk
    link_issuer: LinkIssuer
    cases: CaseDesk
    case_issuer: CaseIssuer
    case_store: Cases
    operators: Operators
    endpoints: Endpoints
    history: LogReader
    new_id: Callable[[str], str]

    async def link(self, visit: Visit) -> KycLink:
        """The link of the page's path. Raises `Refused`, also for another merchant's."""
        try:
            return await self.links.read(visit.merchant_id, id_of(visit))
        except LinkNotFound:
            raise Refused(NOT_FOUND) from None

    async def case(self, visit: Visit) -> VideoKyc:
        """The case of the page's path. Raises `Refused`, also for another merchant's."""
        case = await self.case_store.case_by_id(visit.merchant_id, id_of(visit))
        if case is None:
            raise Refused(NOT_FOUND)
        return case


def id_of(visit: Visit) -> str:
    """The journey's id in the path."""
    value: str = visit.request.path_params["journey_id"]
    return value


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The two lists; which one this page belongs to."""
    return [(words, path, path == here) for words, path in TABS]
