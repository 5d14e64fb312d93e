"""What rooms over Janus do when a gateway dies, comes back, or does not want us."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.video.calls import AGENT, CUSTOMER, PATIENCE, Calls, opened, over_janus
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.video.janus.gateways import assigned
from dastak.video.spool.record import Packet
from support.janus import SECRET, PrivateJanus, media_address
from support.peer import Peer, a_peer
from support.server import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.janus]


@pytest.fixture
def own_gateway() -> Iterator[PrivateJanus]:
    """Of this test alone, to be killed."""
    with PrivateJanus() as gateway:
        yield gateway


@pytest.fixture
async def calls(own_gateway: PrivateJanus, gateway: PrivateJanus, tmp_path: Path) -> AsyncIterator[Calls]:
    """Over two gateways; the call is on that which may be killed."""
    make = over_janus(own_gateway.url, gateway.url)
    async with opened(make, tmp_path, media_address()) as calls:
        yield calls


def on(url: str, *others: str) -> Seat:
    """A customer's seat whose room goes to this gateway."""
    seats = (replace(CUSTOMER, call_id=f"call_{number}") for number in range(1000))
    return next(seat for seat in seats if assigned(seat.room, (url, *others)) == url)


async def test_when_a_gateway_dies_its_parties_are_lost_and_come_again_by_another(
    calls: Calls, own_gateway: PrivateJanus, gateway: PrivateJanus
) -> None:
    seat = on(own_gateway.url, gateway.url)
    async with a_peer() as customer, a_peer() as again:
        await calls.join(seat, customer)
        await calls.watcher.until(Party.CUSTOMER, "came")
        own_gateway.kill()
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=5)
        await calls.join(seat, again)
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", "came")
    await calls.rooms.close(seat)
    records = list(calls.spool.records(seat.room))
    assert len({record.track.connection for record in records if isinstance(record, Packet)}) == 2


async def test_without_a_gateway_nobody_comes_in_and_with_it_again(own_gateway: PrivateJanus, tmp_path: Path) -> None:
    async with opened(over_janus(own_gateway.url), tmp_path, media_address()) as calls, a_peer() as customer:
        own_gateway.kill()
        await refused(calls, customer)
        own_gateway.start()
        async with asyncio.timeout(PATIENCE):
            while not await joined(calls, CUSTOMER, customer):  # noqa: ASYNC110 - it says nothing when it is back
                await asyncio.sleep(0.2)
        await calls.watcher.until(Party.CUSTOMER, "came")
        assert calls.watcher.references == [calls.spool.reference(CUSTOMER.room)]


async def test_a_gateway_that_says_nothing_gets_no_calls_until_it_speaks_again(
    calls: Calls, own_gateway: PrivateJanus, gateway: PrivateJanus
) -> None:
    seat = on(own_gateway.url, gateway.url)
    async with a_peer() as customer:
        own_gateway.pause()
        with pytest.raises(ConnectionError):
            await calls.join(seat, customer)
        await calls.join(seat, customer)
        await calls.watcher.until(Party.CUSTOMER, "came")
        own_gateway.resume()


async def test_a_gateway_with_another_secret_is_no_gateway(gateway: PrivateJanus, tmp_path: Path) -> None:
    make = over_janus(gateway.url, secret="not theirs")
    async with opened(make, tmp_path, media_address()) as calls, a_peer() as customer:
        await refused(calls, customer)


async def test_parties_of_one_room_may_be_at_two_gateways(
    calls: Calls, own_gateway: PrivateJanus, gateway: PrivateJanus
) -> None:
    seat = on(own_gateway.url, gateway.url)
    async with a_peer() as customer, a_peer(0.5) as agent:
        own_gateway.kill()
        async with asyncio.timeout(PATIENCE):
            while not await joined(calls, seat, customer):  # noqa: ASYNC110 - the break is noticed soon
                await asyncio.sleep(0.1)
        own_gateway.start()
        await calls.watcher.until(Party.CUSTOMER, "came")
        await asyncio.sleep(3)  # by then the rooms have found it again
        await calls.join(replace(seat, party=AGENT.party), agent)
        await asyncio.gather(customer.sees_and_hears(), agent.sees_and_hears())


def test_a_server_that_is_told_of_a_gateway_uses_it(gateway: PrivateJanus, tmp_path: Path) -> None:
    with RunningServer(tmp_path, video_gateways=gateway.url, video_gateway_secret=SECRET) as server:
        server.wait_for_log(event="gateway_up", url=gateway.url)


async def refused(calls: Calls, peer: Peer) -> None:
    with pytest.raises(ConnectionError):
        await calls.rooms.join(CUSTOMER, await peer.offer())


async def joined(calls: Calls, seat: Seat, peer: Peer) -> bool:
    try:
        await calls.join(seat, peer)
    except ConnectionError:
        return False
    return True
