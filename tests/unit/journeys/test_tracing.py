"""Under which trace events are kept: that of the moment, or that of the journey."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dastak.journeys.happening import SealedEvent
from dastak.journeys.kyc_link.desk import LinkDesk
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.webhooks.log import EventFilter
from dastak_sdk.traceparent import child
from unit.journeys.stage import GOOD_PAN, Stage, make_stage

CALL = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ACT = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01"


@dataclass
class Told:
    now: str = ""
    asked: list[str] = field(default_factory=list)
    committed_events: list[tuple[str, str]] = field(default_factory=list)

    def under(self, begun_under: str) -> str:
        self.asked.append(begun_under)
        return self.now or begun_under

    def committed(self, events: Sequence[SealedEvent], under: str) -> None:
        self.committed_events += [(event.trace, under) for event in events]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = await make_stage(tmp_path)
    yield made
    await made.house.close()


def traced(stage: Stage, told: Told) -> Stage:
    ports, here = stage.ports, replace(stage.here, tracer=told)
    issuer = LinkIssuer(ports.links, ports.templates, ports.static_links, stage.accounts, here)
    desk = LinkDesk(ports.links, ports.static_links, stage.accounts, stage.sources, issuer, here)
    return replace(stage, here=here, issuer=issuer, desk=desk)


async def traces(stage: Stage) -> list[tuple[str, str]]:
    rows = await stage.ports.history.events(stage.merchant.id, EventFilter(), 0, 10)
    return [(row.id, row.trace) for row in rows]


async def test_a_link_remembers_the_call_that_made_it_and_its_events_belong_to_what_is_done_now(stage: Stage) -> None:
    told = Told(now=CALL)
    house = traced(stage, told)
    link = await house.new_link(template="Pan_verification")
    assert (await house.desk.link(link.code)).trace == CALL
    told.now = ACT
    await house.desk.submit_pan(link.code, GOOD_PAN)
    assert told.asked == ["", CALL]
    kept = await traces(house)
    assert len(kept) == 2
    assert kept == [(id_, child(ACT, id_)) for id_, _ in kept]
    assert told.committed_events == [(trace, ACT) for _, trace in kept]


async def test_where_nobody_traces_the_journey_goes_on_with_what_it_has(stage: Stage) -> None:
    link = await traced(stage, Told(now=CALL)).new_link(template="Pan_verification")
    await stage.desk.submit_pan(link.code, GOOD_PAN)
    kept = await traces(stage)
    assert kept == [(id_, child(CALL, id_)) for id_, _ in kept]


async def test_where_nobody_ever_traced_there_is_no_trace(stage: Stage) -> None:
    link = await stage.new_link(template="Pan_verification")
    await stage.desk.submit_pan(link.code, GOOD_PAN)
    assert [trace for _, trace in await traces(stage)] == ["", ""]
