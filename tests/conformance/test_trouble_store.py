"""What every `TroubleStore` promises."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import (
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    put_settings,
    settle_all,
    with_events,
)
from dastak.accounts.audit import SERVER, Entry
from dastak.accounts.deed import Deed
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import Endpoint, EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, EventFilter
from dastak.webhooks.telling import Audience, Step, step
from dastak.webhooks.trouble import Act, Note, Trouble, TroubleRules, decide
from dastak.webhooks.verdict import Outcome
from dastak_sdk import EndpointData, parse_event

HOUR = timedelta(hours=1)
RULES = TroubleRules()
AUDIENCE = Audience("Asha Bank", ("ops@asha.example", "b@asha.example"), "https://kyc.example.com")
OPERATIONAL = ("WEBHOOK_ENDPOINT_FAILING", "WEBHOOK_ENDPOINT_DISABLED", "WEBHOOK_ENDPOINT_RECOVERED")
EP = "ep_mer_1_1"


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    await ports.endpoints.add_endpoint(an_endpoint(1))
    await ports.endpoints.add_endpoint(an_endpoint(2, event_types=OPERATIONAL))


def failed(at: datetime, count: int = 50, endpoint_id: str = EP, merchant_id: str = "mer_1") -> Note:
    return Note(merchant_id, endpoint_id, None, count, at, at, "answered 500")


def worked(at: datetime, endpoint_id: str = EP) -> Note:
    return Note("mer_1", endpoint_id, at)


def clockwork(now: datetime) -> Callable[[Trouble, Endpoint], Step | None]:
    """What the sweeper decides with."""
    made = iter(range(100))

    def on(trouble: Trouble, endpoint: Endpoint) -> Step | None:
        act = decide(trouble, endpoint.state, RULES, now)
        if act is Act.NOTHING:
            return None
        stamp = f"{now:%d%H%M}"
        return step(
            act,
            trouble,
            endpoint,
            RULES,
            AUDIENCE,
            now=now,
            new_id=lambda prefix: f"{prefix}_{endpoint.id}_{stamp}_{next(made)}",
        )

    return on


async def acts(ports: Ports, now: datetime, endpoint_id: str = EP) -> Act | None:
    taken = await ports.troubles.act("mer_1", endpoint_id, clockwork(now), now)
    return None if taken is None else taken.act


async def keeps_failing(ports: Ports, hours: int) -> datetime:
    """Failures now and so many hours later; that time."""
    later = NOW + hours * HOUR
    await ports.troubles.note([failed(NOW)])
    await ports.troubles.note([failed(later)])
    return later


async def test_notes_are_folded_and_come_back(ports: Ports) -> None:
    await ports.troubles.note([failed(NOW, 3), failed(NOW + SECOND, 2, "ep_mer_1_2")])
    await ports.troubles.note([failed(NOW + SECOND, 4)])
    troubles = await ports.troubles.troubles("mer_1")
    assert troubles[EP] == Trouble("mer_1", EP, NOW, 7, NOW + SECOND, "answered 500")
    assert troubles["ep_mer_1_2"].failures == 2
    assert await ports.troubles.troubles("mer_2") == {}
    assert await ports.troubles.failing() == 2
    assert {one.endpoint_id for one in await ports.troubles.troubled()} == {EP, "ep_mer_1_2"}


async def test_several_notes_of_one_endpoint_at_once_are_all_folded(ports: Ports) -> None:
    await ports.troubles.note([failed(NOW, 1), worked(NOW + SECOND), failed(NOW + 2 * SECOND, 5)])
    assert (await ports.troubles.troubles("mer_1"))[EP].failures == 5
    assert (await ports.troubles.troubles("mer_1"))[EP].failing_since == NOW + 2 * SECOND


async def test_a_success_of_an_endpoint_that_works_is_nothing_to_keep(ports: Ports) -> None:
    await ports.troubles.note([worked(NOW), worked(NOW, "ep_mer_1_2")])
    await ports.troubles.note([])
    assert await ports.troubles.troubles("mer_1") == {}
    assert await ports.troubles.troubled() == []


async def test_a_success_clears_the_trouble(ports: Ports) -> None:
    await ports.troubles.note([failed(NOW)])
    await ports.troubles.note([worked(NOW + SECOND)])
    assert await ports.troubles.troubles("mer_1") == {}
    assert await ports.troubles.troubled() == []
    assert await ports.troubles.failing() == 0
    await ports.troubles.note([failed(NOW - SECOND)])
    assert await ports.troubles.troubles("mer_1") == {}, "a late note of what was before"


async def test_many_processes_note_at_once_and_nothing_is_lost(ports: Ports) -> None:
    ids = [EP, "ep_mer_1_2"]
    batches = [[failed(NOW + n * SECOND, 1, id_) for id_ in (ids if n % 2 else ids[::-1])] for n in range(20)]
    await asyncio.gather(*(ports.troubles.note(batch) for batch in batches))
    for trouble in (await ports.troubles.troubles("mer_1")).values():
        assert (trouble.failures, trouble.failing_since, trouble.last_failure_at) == (20, NOW, NOW + 19 * SECOND)


async def test_a_warning_is_one_event_to_the_other_endpoint_and_mail_to_each_contact(ports: Ports) -> None:
    later = await keeps_failing(ports, 24)
    assert await acts(ports, later) is Act.WARN
    assert await acts(ports, later) is None
    (event,) = await ports.history.events("mer_1", EventFilter(), 0, 9)
    assert (event.type, event.journey_id, event.sequence, event.verification_id) == (OPERATIONAL[0], EP, 1, "")
    assert event.body is not None
    data = parse_event(event.body).data
    assert isinstance(data, EndpointData)
    assert (data.endpoint_id, data.failures, data.disables_at) == (EP, 100, "2026-01-15T09:30:00Z")
    (claimed,) = await ports.deliveries.claim(later, later + HOUR, Space())
    assert (claimed.endpoint.id, claimed.body, claimed.journey_id) == ("ep_mer_1_2", event.body, EP)
    notices = await ports.notices.claim_notices(later, later + HOUR, 9)
    assert [one.notice.recipient for one in notices] == list(AUDIENCE.contacts)
    assert {one.notice.purpose.value for one in notices} == {"endpoint_failing"}
    assert all("https://merchant.example.com/1" in one.notice.text for one in notices)
    (trouble,) = await ports.troubles.troubled()
    assert (trouble.warned, trouble.warned_at) == (1, later)


async def test_two_who_decide_at_once_do_it_once(ports: Ports) -> None:
    later = await keeps_failing(ports, 24)
    done = await asyncio.gather(*(acts(ports, later) for _ in range(5)))
    assert [act for act in done if act] == [Act.WARN]
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 9)) == 1


async def test_what_was_done_survives_a_crash(house: House) -> None:
    later = await keeps_failing(house.ports, 24)
    assert await acts(house.ports, later) is Act.WARN
    await house.crash()
    assert await acts(house.ports, later) is None
    assert len(await house.ports.history.events("mer_1", EventFilter(), 0, 9)) == 1


async def test_a_step_wakes_whoever_delivers(house: House) -> None:
    later = await keeps_failing(house.ports, 24)
    before = house.commits
    assert await acts(house.ports, later) is Act.WARN
    assert house.commits > before


async def test_disabling_keeps_what_is_owed_and_enabling_sends_it_in_order_and_clears_the_trouble(ports: Ports) -> None:
    strict = replace(an_endpoint(1), lane_policy=LanePolicy.STRICT)
    await put_settings(ports.endpoints, strict, NOW)
    await ports.links.add_link(a_link(), ())
    link = await with_events(ports, a_link(), 2)
    for hours in (24, 72):
        assert await acts(ports, await keeps_failing(ports, hours)) is Act.WARN
    end = await keeps_failing(ports, 120)
    assert await acts(ports, end) is Act.DISABLE
    endpoint = await ports.endpoints.endpoint("mer_1", EP)
    assert endpoint is not None
    assert (endpoint.state, endpoint.disabled_reason) == (EndpointState.DISABLED, "failing")
    assert (await ports.troubles.troubles("mer_1"))[EP].warned == 2, "it is still shown why"
    (noted,) = await ports.audit.links_after("mer_1", 0, 9)
    assert noted.entry == Entry("mer_1", end, SERVER, Deed.WEBHOOK_DISABLED, EP, {"reason": "failing"})
    assert (await ports.troubles.troubled(), await ports.troubles.failing()) == ([], 0)
    await with_events(ports, link, 1, end)
    own = [one for one in await ports.deliveries.claim(end, end + HOUR, Space()) if one.endpoint.id == EP]
    assert own == []
    await put_settings(ports.endpoints, strict, end)
    arrived: list[int] = []
    while own := [one for one in await ports.deliveries.claim(end, end + HOUR, Space()) if one.endpoint.id == EP]:
        arrived += [one.sequence for one in own]
        await settle_all(ports, own, Outcome.DELIVERED, end)
    assert arrived == [1, 2, 3]
    assert await ports.troubles.troubles("mer_1") == {}
    await ports.troubles.note([failed(end - SECOND)])
    assert await ports.troubles.troubles("mer_1") == {}, "what failed before it was enabled does not count"


async def test_events_about_one_endpoint_are_numbered_and_stay_so_after_it_was_enabled(ports: Ports) -> None:
    for hours in (24, 72, 120):
        assert await acts(ports, await keeps_failing(ports, hours)) is not None
    await put_settings(ports.endpoints, an_endpoint(1), NOW + 120 * HOUR)
    since = NOW + 200 * HOUR
    await ports.troubles.note([failed(since), failed(since + 24 * HOUR)])
    assert await acts(ports, since + 24 * HOUR) is Act.WARN
    await ports.troubles.note([worked(since + 25 * HOUR)])
    assert await acts(ports, since + 25 * HOUR) is Act.TELL_RECOVERED
    events = await ports.history.events("mer_1", EventFilter(journey_id=EP), 0, 9)
    failing, disabled, recovered = OPERATIONAL
    assert [event.type for event in events] == [failing, failing, disabled, failing, recovered]
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]


async def test_a_410_is_told_with_its_reason_and_told_once(ports: Ports) -> None:
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 1)
    await settle_all(ports, list(await ports.deliveries.claim(NOW, NOW + HOUR, Space())), Outcome.GONE)
    (trouble,) = await ports.troubles.troubled()
    assert (trouble.endpoint_id, trouble.gone_at) == (EP, NOW)
    assert await acts(ports, NOW) is Act.TELL_GONE
    assert await acts(ports, NOW) is None
    assert await ports.troubles.troubled() == []
    (event,) = await ports.history.events("mer_1", EventFilter(journey_id=EP), 0, 9)
    assert event.body is not None
    assert json.loads(event.body)["data"]["disabled_reason"] == "gone"
    (row,) = await ports.history.deliveries("mer_1", DeliveryFilter(endpoint_id=EP), 0, 9)
    assert row.state is DeliveryState.PENDING


async def test_a_410_of_an_endpoint_that_was_enabled_again_is_not_told(ports: Ports) -> None:
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 1)
    await settle_all(ports, list(await ports.deliveries.claim(NOW, NOW + HOUR, Space())), Outcome.GONE)
    await put_settings(ports.endpoints, an_endpoint(1), NOW)
    assert await ports.troubles.troubled() == []
    assert await acts(ports, NOW) is None


async def test_nothing_is_done_about_a_deleted_or_another_merchant_s_or_an_unknown_endpoint(ports: Ports) -> None:
    later = await keeps_failing(ports, 24)
    assert await ports.troubles.act("mer_2", EP, clockwork(later), later) is None
    assert await ports.troubles.act("mer_1", "ep_none", clockwork(later), later) is None
    await put_settings(ports.endpoints, replace(an_endpoint(1), state=EndpointState.DELETED), later)
    assert await acts(ports, later) is None
    assert (await ports.troubles.troubled(), await ports.troubles.failing()) == ([], 0)
    assert await ports.history.events("mer_1", EventFilter(), 0, 9) == []


async def test_an_endpoint_is_not_told_about_itself(ports: Ports) -> None:
    await ports.troubles.note([failed(NOW, 50, "ep_mer_1_2"), failed(NOW + 24 * HOUR, 50, "ep_mer_1_2")])
    assert await acts(ports, NOW + 24 * HOUR, "ep_mer_1_2") is Act.WARN
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 9)) == 1
    assert await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9) == []


async def test_a_decision_that_raises_changes_nothing(ports: Ports) -> None:
    later = await keeps_failing(ports, 24)

    def broken(trouble: Trouble, endpoint: Endpoint) -> Step | None:
        raise RuntimeError(f"{trouble.failures} {endpoint.id}")

    with pytest.raises(RuntimeError, match=EP):
        await ports.troubles.act("mer_1", EP, broken, later)
    assert await acts(ports, later) is Act.WARN
