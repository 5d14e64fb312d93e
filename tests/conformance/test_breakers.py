"""What every `BreakerStore` promises."""

import asyncio
from dataclasses import replace

from conformance.house import House, Ports
from conformance.values import NOW, SECOND
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import BreakerNote

OPEN = BreakerNote("mer_1", "ep_1", BreakerState.OPEN, NOW + 5 * SECOND, NOW)
CLOSED = BreakerNote("mer_1", "ep_1", BreakerState.CLOSED, None, NOW + SECOND)


async def test_the_newest_note_of_each_endpoint_is_kept(ports: Ports) -> None:
    other = replace(OPEN, endpoint_id="ep_2", state=BreakerState.HALF_OPEN, open_until=None)
    await ports.breakers.put_breakers([OPEN, other])
    assert await ports.breakers.breakers("mer_1") == {"ep_1": OPEN, "ep_2": other}
    await ports.breakers.put_breakers([CLOSED])
    await ports.breakers.put_breakers([])
    assert await ports.breakers.breakers("mer_1") == {"ep_1": CLOSED, "ep_2": other}


async def test_nobody_sees_another_merchant_s_breakers(ports: Ports) -> None:
    await ports.breakers.put_breakers([OPEN])
    assert await ports.breakers.breakers("mer_2") == {}


async def test_dispatchers_note_the_same_endpoints_at_once(ports: Ports) -> None:
    notes = [replace(OPEN, endpoint_id=f"ep_{n}") for n in range(20)]
    await asyncio.gather(*(ports.breakers.put_breakers(notes[::step]) for step in (1, -1) * 10))
    assert await ports.breakers.breakers("mer_1") == {one.endpoint_id: one for one in notes}


async def test_a_note_survives_a_crash(house: House) -> None:
    await house.ports.breakers.put_breakers([OPEN])
    await house.crash()
    assert await house.ports.breakers.breakers("mer_1") == {"ep_1": OPEN}
