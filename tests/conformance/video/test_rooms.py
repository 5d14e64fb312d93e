"""What every back end of calls must do, with two real peers in processes of their own."""

import asyncio
import os
import time
from io import BytesIO

import pytest
from PIL import Image, ImageStat

from conformance.video.calls import AGENT, CUSTOMER, TURN, Calls
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import BadOffer, NoPicture, RoomClosed, Seat
from dastak.video.ordering import Unwrapped
from dastak.video.spool.record import Kind, Packet
from support.children import threads_and_files
from support.peer import a_peer
from support.video_party import BRIGHT, DARK, HEIGHT, WIDTH

pytestmark = pytest.mark.slow

BOTH = (CUSTOMER, AGENT)
OTHER = Seat("mer_1", "jrn_2", "call_2", Party.CUSTOMER)


async def test_two_meet_see_and_hear_each_other_and_are_told_once(calls: Calls) -> None:
    async with calls.met():
        for seat in BOTH:
            await calls.watcher.until(seat.party, "came")
            stats = await calls.rooms.stats(seat)
            assert stats is not None
            assert stats.is_connected
            assert min(stats.bytes_in, stats.bytes_out) > 1000
            assert stats.packets_lost == 0
            assert stats.last_media_at is not None
    assert calls.watcher.references == [calls.spool.reference(CUSTOMER.room)]


async def test_nobody_has_come_before_media_has(calls: Calls) -> None:
    async with a_peer() as customer:
        await calls.rooms.join(CUSTOMER, await customer.offer())  # the answer gets lost
        await asyncio.sleep(4)
        assert calls.watcher.told == []
        stats = await calls.rooms.stats(CUSTOMER)
        assert stats is not None
        assert not stats.is_connected


async def test_who_comes_later_sees_a_picture_soon(calls: Calls) -> None:
    async with a_peer() as customer, a_peer() as agent:
        await calls.join(CUSTOMER, customer)
        await calls.watcher.until(Party.CUSTOMER, "came")
        await asyncio.sleep(2)
        await calls.join(AGENT, agent)
        await calls.watcher.until(Party.AGENT, "came")
        assert await agent.until(lambda now: now["video"] > 3) < 2


async def test_joining_again_replaces_the_connection_and_nobody_is_lost(calls: Calls) -> None:
    async with calls.met() as (customer, agent), a_peer() as again:
        await calls.join(CUSTOMER, again)
        await asyncio.gather(agent.sees_and_hears(30), again.sees_and_hears(30))
        before = await customer.received()
        await asyncio.sleep(0.5)
        assert (await customer.received())["video"] <= before["video"] + 1, "the first connection is over"
        await asyncio.sleep(2)
        assert calls.watcher.of(Party.CUSTOMER) == ["came"]
        assert calls.watcher.of(Party.AGENT) == ["came"]


async def test_a_page_that_leaves_is_lost_at_once_and_may_come_again(calls: Calls) -> None:
    async with calls.met() as (_, agent), a_peer() as again:
        await calls.rooms.leave(CUSTOMER)
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=1)
        await calls.rooms.leave(CUSTOMER)
        with pytest.raises(NoPicture):
            await calls.rooms.still(CUSTOMER)
        await calls.join(CUSTOMER, again)
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", "came")
        await asyncio.gather(agent.sees_and_hears(), again.sees_and_hears())
        assert calls.watcher.of(Party.AGENT) == ["came"]


async def test_a_peer_that_hangs_up_is_lost_soon(calls: Calls) -> None:
    async with calls.met() as (customer, _):
        await customer.hang_up()
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=3)


async def test_a_peer_that_dies_is_lost_soon_although_its_page_seems_to_live(calls: Calls) -> None:
    async with calls.met() as (customer, agent):
        await customer.kill()
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=4)
        assert (await agent.received())["state"] == "connected"


async def test_a_page_without_beats_is_lost_although_media_comes_and_comes_with_its_next_beat(calls: Calls) -> None:
    async with calls.met():
        calls.silence(CUSTOMER)
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=4)
        calls.rooms.beat(CUSTOMER)
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", "came", within=2)


async def test_a_network_that_comes_back_needs_no_new_connection(calls: Calls) -> None:
    async with calls.met() as (customer, agent):
        customer.freeze()
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", within=4)
        customer.thaw()
        await calls.watcher.until(Party.CUSTOMER, "came", "lost", "came", within=4)
        await agent.sees_and_hears()


async def test_a_network_that_loses_packets_costs_nobody_the_call(calls: Calls) -> None:
    async with calls.met(loss=0.05) as (customer, agent):
        await asyncio.gather(customer.sees_and_hears(150, 90), agent.sees_and_hears(150, 90))
        assert calls.watcher.of(Party.CUSTOMER) == calls.watcher.of(Party.AGENT) == ["came"]
        await calls.rooms.close(CUSTOMER)
    for party in Party:
        numbers = picture_numbers(calls, party)
        assert len(numbers) / (max(numbers) - min(numbers) + 1) > 0.98, "what was lost was asked for again"


def picture_numbers(calls: Calls, party: Party) -> set[int]:
    """Of all packets of a party's video that were recorded."""
    long, records = Unwrapped(16), calls.spool.records(CUSTOMER.room)
    packets = [one for one in records if isinstance(one, Packet)]
    return {long(one.sequence) for one in packets if (one.track.party, one.track.kind) == (party, Kind.VIDEO)}


async def test_a_still_shows_what_the_camera_shows_now(calls: Calls) -> None:
    async with calls.met():
        lights = set()
        for _ in range(16):
            picture = await calls.rooms.still(CUSTOMER)
            assert (picture.width, picture.height) == (WIDTH, HEIGHT)
            light = ImageStat.Stat(Image.open(BytesIO(picture.jpeg)).convert("L")).mean[0]
            lights.add(BRIGHT if light > (BRIGHT + DARK) / 2 else DARK)
            if len(lights) == 2:
                break
        assert lights == {BRIGHT, DARK}


async def test_a_picture_that_is_no_longer_true_is_not_given(calls: Calls) -> None:
    async with calls.met() as (customer, _):
        customer.freeze()
        await asyncio.sleep(4)
        with pytest.raises(NoPicture):
            await calls.rooms.still(CUSTOMER)


async def test_a_closed_room_is_closed_for_everybody_and_for_good(calls: Calls) -> None:
    async with calls.met() as (customer, agent), a_peer() as late:
        await calls.rooms.close(AGENT)
        await calls.rooms.close(CUSTOMER)
        for peer in (customer, agent):
            await peer.until(lambda now: now["state"] in {"closed", "failed"}, 5)
        for seat in BOTH:
            with pytest.raises(RoomClosed):
                await calls.rooms.join(seat, await late.offer())
            with pytest.raises(RoomClosed):
                await calls.rooms.still(seat)
            assert await calls.rooms.stats(seat) is None
        await calls.restart()
        with pytest.raises(RoomClosed):
            await calls.rooms.join(CUSTOMER, await late.offer())
    assert calls.watcher.told.count(("lost", Party.CUSTOMER)) == 0


async def test_what_cannot_be_answered_is_refused_and_disturbs_nobody(calls: Calls) -> None:
    async with calls.met() as (_, agent), a_peer() as other:
        offer = await other.offer()
        for broken in (
            "",
            "v=0\r\n",
            offer.replace("a=sendrecv", "a=recvonly"),
            offer.replace("VP8", "VP7").replace("H264", "H000"),
            offer.replace("opus", "sirius").replace("PCM", "XXX"),
            offer.replace("a=ice-ufrag", "a=ice-nothing"),
            offer[: len(offer) // 2],
        ):
            with pytest.raises(BadOffer):
                await calls.rooms.join(CUSTOMER, broken)
        await agent.sees_and_hears()
        assert calls.watcher.of(Party.CUSTOMER) == ["came"]


async def test_who_is_not_here_does_no_harm(calls: Calls) -> None:
    calls.rooms.beat(OTHER)
    await calls.rooms.leave(OTHER)
    assert await calls.rooms.stats(OTHER) is None
    with pytest.raises(NoPicture):
        await calls.rooms.still(OTHER)
    await calls.rooms.close(OTHER)
    await calls.rooms.close(OTHER)
    assert calls.watcher.told == []


async def test_browsers_are_told_the_servers_of_the_settings_and_no_others(calls: Calls) -> None:
    assert calls.rooms.ice_servers() == (TURN,)
    async with a_peer() as customer:
        answer = await calls.rooms.join(CUSTOMER, await customer.offer())
    candidates = [line.split(" ") for line in answer.splitlines() if line.startswith("a=candidate:")]
    assert candidates
    assert {fields[4] for fields in candidates} == {calls.address}
    assert {fields[7] for fields in candidates} == {"host"}


async def test_when_the_process_stops_everybody_is_lost_and_it_stops_at_once(calls: Calls) -> None:
    async with calls.met():
        before = time.monotonic()
        await calls.rooms.stop()
        assert time.monotonic() - before < 2
        assert calls.watcher.of(Party.CUSTOMER) == calls.watcher.of(Party.AGENT) == ["came", "lost"]
        await calls.rooms.stop()
        with pytest.raises(RoomClosed):
            await calls.rooms.join(CUSTOMER, "")


async def test_what_a_process_left_behind_is_told_as_lost_by_the_next(calls: Calls) -> None:
    async with calls.met(), a_peer() as again:
        calls.watcher.told.clear()
        await calls.restart()
        for seat in BOTH:
            await calls.watcher.until(seat.party, "lost", "lost")  # by the one that stopped, by the one that began
        await calls.join(CUSTOMER, again)
        await calls.watcher.until(Party.CUSTOMER, "lost", "lost", "came")
    await calls.rooms.close(CUSTOMER)
    connections = {
        record.track for record in calls.spool.records(CUSTOMER.room) if record.track.party is Party.CUSTOMER
    }
    assert len(connections) >= 2, "both processes' recordings are there"


async def test_many_who_come_and_go_leave_nothing_behind(calls: Calls) -> None:
    async def come_and_go(number: int) -> None:
        seats = [Seat("mer_1", f"jrn_{number}", f"call_{number}", party) for party in Party]
        async with a_peer() as customer, a_peer() as agent:
            for seat, peer in zip(seats, (customer, agent), strict=True):
                await calls.join(seat, peer)
            await asyncio.gather(customer.sees_and_hears(5), agent.sees_and_hears(5))
            for seat in seats:
                calls.silence(seat)
            await calls.rooms.close(seats[0])

    await come_and_go(10)
    await come_and_go(11)
    before = threads_and_files(os.getpid())
    for number in range(12, 16):
        await come_and_go(number)
    after = threads_and_files(os.getpid())
    assert after[0] <= before[0] + 2, "the pool that writes has a few threads"
    assert after[1] <= before[1] + 2
