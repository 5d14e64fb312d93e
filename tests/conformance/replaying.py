"""What tests of replays do to a store: events, attempts that all end alike, jobs, and their steps."""

from dataclasses import replace
from datetime import datetime

from conformance.house import Ports
from conformance.values import LEASE, NOW, Space, a_link, a_merchant, settle_all, with_events
from dastak.webhooks.delivery import Claimed
from dastak.webhooks.log import DeliveryFilter, DeliveryRow
from dastak.webhooks.replay import LARGEST_RATE, Replay, Selection, begun
from dastak.webhooks.verdict import Outcome

MINE = "mer_1"


async def two_merchants(ports: Ports) -> None:
    for merchant_id in (MINE, "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def add_lanes(ports: Ports, count: int, events: int = 1, merchant_id: str = MINE, first: int = 1) -> None:
    for number in range(first, first + count):
        link = a_link(number, merchant_id)
        await ports.links.add_link(link, ())
        await with_events(ports, link, events)


async def claim(ports: Ports, now: datetime = NOW) -> list[Claimed]:
    return list(await ports.deliveries.claim(now, now + LEASE, Space(10_000)))


async def end_all(ports: Ports, outcome: Outcome, now: datetime = NOW) -> list[Claimed]:
    """Claim and settle alike until nothing is due; what was claimed, in order."""
    seen: list[Claimed] = []
    while claimed := await claim(ports, now):
        await settle_all(ports, claimed, outcome, now)
        seen += claimed
    return seen


async def rows(ports: Ports, merchant_id: str = MINE, **which: object) -> list[DeliveryRow]:
    return list(await ports.history.deliveries(merchant_id, DeliveryFilter(**which), 0, 10_000))  # type: ignore[arg-type]


async def make(
    ports: Ports,
    selection: Selection,
    rate: float = LARGEST_RATE,
    merchant_id: str = MINE,
    *,
    now: datetime = NOW,
    number: int = 1,
) -> Replay:
    newest = await ports.replays.newest_delivery(merchant_id)
    fixed = replace(selection, up_to=selection.up_to or newest)
    job = begun(f"rpl_{number:03}", merchant_id, fixed, rate, 0, exactly=True, now=now)
    assert await ports.replays.add_replay(job, 10)
    return job


async def finish(ports: Ports, now: datetime = NOW) -> datetime:
    """Make every step when it is due; the time of the last."""
    while (due := await ports.replay_queue.next_step()) is not None:
        now = max(now, due)
        assert await ports.replay_queue.step(now) is not None
    return now


async def read(ports: Ports, job: Replay) -> Replay:
    found = await ports.replays.replay(job.merchant_id, job.id)
    assert found is not None
    return found
