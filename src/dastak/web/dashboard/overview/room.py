"""What the overview looks at.

In: stores and rooms, from `app`. Out: their ports, as small as the page needs them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dastak.journeys.kyc_link.template import Template
from dastak.journeys.tally import TallyReader
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.ports import HourReader

PATH = "/dashboard"


class Cases(Protocol):
    """Of `VideoKycStore`: who waits, who talks, what is to be reviewed."""

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]: ...

    async def waiting(self, merchant_id: str, limit: int) -> Sequence[VideoKyc]: ...


class Agents(Protocol):
    """Of `AgentRoster`: how many are there."""

    async def online(self, merchant_id: str) -> int: ...


class Templates(Protocol):
    """Of `LinkIssuer`: which checks a template asks for, in order."""

    async def templates(self, merchant_id: str) -> Sequence[Template]: ...


class Endpoints(Protocol):
    """Of `EndpointStore`."""

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]: ...


@dataclass(frozen=True, slots=True)
class OverviewRoom:
    """The ports."""

    tallies: TallyReader
    templates: Templates
    cases: Cases
    agents: Agents
    endpoints: Endpoints
    hours: HourReader
