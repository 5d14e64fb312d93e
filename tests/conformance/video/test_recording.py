"""What was recorded of a call becomes one film: whole, in step, playable, whatever happened to the call."""

import asyncio
import base64
import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from conformance.video.calls import CUSTOMER, MASTER_KEY, Calls
from dastak.store.vault import Vault
from dastak.video.compose.film import FRAMES_PER_SECOND, compose
from dastak.video.compose.job import Job
from dastak.video.compose.sheet import Captions
from dastak.video.compose.workshop import FilmFailed, made
from dastak.video.spool.record import Packet
from dastak.video.spool.spool import Spool
from support.film import Watched, watch
from support.peer import Peer, a_peer

pytestmark = pytest.mark.slow

SERVER = Path(__file__).parents[2] / "support" / "call_server.py"
CAPTIONS = Captions("Customer", "Agent", "18.52000° N 73.86000° E (±20 m)", "call_1")
FRAME = 1 / FRAMES_PER_SECOND


def filmed(spool: Spool, folder: Path) -> Watched:
    told: list[float] = []
    path = folder / "film.mp4"
    compose(lambda: spool.records(CUSTOMER.room), CAPTIONS, str(path), told.append)
    assert told == sorted(told)
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat"), "the index is in front"
    return watch(path)


def recorded_seconds(spool: Spool) -> float:
    arrivals = [one.arrived_us for one in spool.records(CUSTOMER.room) if isinstance(one, Packet)]
    return (arrivals[-1] - arrivals[0]) / 1e6


def steps(moments: list[float]) -> set[int]:
    return {round(after - before) for before, after in pairwise(moments)}


async def test_a_call_becomes_one_film_with_lips_and_voices_together(calls: Calls, tmp_path: Path) -> None:
    async with calls.met():
        await asyncio.sleep(6)
        await calls.rooms.close(CUSTOMER)
    film = await asyncio.to_thread(filmed, calls.spool, tmp_path)
    length = recorded_seconds(calls.spool)
    for found in (film.seconds, film.picture_seconds + FRAME, film.sound_seconds):
        assert abs(found - length) < 0.5
    for who in ("customer", "agent"):
        assert len(film.flashes[who]) >= 5
        assert steps(film.flashes[who][1:]) == {1}
        for flash in film.flashes[who][1:-1]:
            nearest = min(abs(beep - flash) for beep in film.beeps)
            assert nearest < 0.12, (who, flash, film.beeps)
    apart = [min(abs(a - c - 0.5) for c in film.flashes["customer"]) for a in film.flashes["agent"][1:-1]]
    assert max(apart) < 0.12, "the two halves are in step, too"


async def test_a_customer_who_came_again_is_on_the_same_line_of_time(calls: Calls, tmp_path: Path) -> None:
    async with calls.met() as (customer, _), a_peer(0.0) as again:
        await customer.kill()
        await asyncio.sleep(5)
        await calls.join(CUSTOMER, again)
        await again.sees_and_hears(40)
        await calls.rooms.close(CUSTOMER)
    film = await asyncio.to_thread(filmed, calls.spool, tmp_path)
    assert abs(film.seconds - recorded_seconds(calls.spool)) < 0.5
    assert film.shown["customer"] >= {"bright", "dark", "none"}, "where nothing came, nothing is shown"
    phases = [(c - a) % 1 for c in film.flashes["customer"][1:] for a in film.flashes["agent"][1:2]]
    assert max(abs(phase - 0.5) for phase in phases) < 0.2, "before and after the gap it flashes in the same rhythm"


async def test_a_film_is_made_in_a_process_of_its_own_that_says_how_far_it_is(calls: Calls, tmp_path: Path) -> None:
    async with calls.met():
        await asyncio.sleep(2)
        await calls.rooms.close(CUSTOMER)
    told: list[float] = []

    async def progress(done: float) -> None:
        told.append(done)

    async with made(job_of(calls.spool), progress) as film:
        path = tmp_path / "film.mp4"
        path.write_bytes(b"".join([piece async for piece in film.pieces()]))
    assert told[-1] == 1
    assert told == sorted(told)
    assert watch(path).seconds > 1.5


async def test_a_process_that_fails_says_why(calls: Calls) -> None:
    async def progress(done: float) -> None: ...

    async with calls.met():
        pass
    await calls.rooms.close(CUSTOMER)
    calls.spool.forget(CUSTOMER.room)
    job = Job(str(calls.spool.folder), CUSTOMER.room, {}, CAPTIONS, -1)
    with pytest.raises(FilmFailed, match="nothing was recorded"):
        async with made(job, progress):
            pytest.fail("there is no film")


def job_of(spool: Spool) -> Job:
    keys = {name: base64.b64encode(key).decode() for name, key in spool.keys(CUSTOMER.room).items()}
    return Job(str(spool.folder), CUSTOMER.room, keys, CAPTIONS, -1)


@pytest.fixture(params=("aiortc", pytest.param("janus", marks=pytest.mark.janus)))
def gateways(request: pytest.FixtureRequest) -> list[str]:
    """What a server in a process of its own is told of them."""
    return [request.getfixturevalue("gateway").url] if request.param == "janus" else []


async def test_a_server_that_is_killed_loses_no_more_than_the_last_second(tmp_path: Path, gateways: list[str]) -> None:
    spool = Spool(tmp_path / "spool", Vault([MASTER_KEY]))
    async with a_peer(0.0) as customer, a_peer(0.5) as agent:
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SERVER),
            str(spool.folder),
            *gateways,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        try:
            for party, peer in (("customer", customer), ("agent", agent)):
                await peer.take(await join_over_pipe(server, party, peer))
            await asyncio.gather(customer.sees_and_hears(100), agent.sees_and_hears(100))
        finally:
            killed_at = time.time()
            server.kill()
            await server.wait()
    arrivals = [one.arrived_us / 1e6 for one in spool.records(CUSTOMER.room) if isinstance(one, Packet)]
    assert killed_at - arrivals[-1] < 1.5
    assert not spool.is_closed(CUSTOMER.room)
    assert [seat.call_id for seat in spool.left_open()] == [CUSTOMER.call_id]
    film = await asyncio.to_thread(filmed, spool, tmp_path)
    assert abs(film.seconds - (arrivals[-1] - arrivals[0])) < 0.5


async def join_over_pipe(server: asyncio.subprocess.Process, party: str, peer: Peer) -> str:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps({"party": party, "sdp": await peer.offer()}).encode() + b"\n")
    await server.stdin.drain()
    return str(json.loads(await asyncio.wait_for(server.stdout.readline(), 20))["sdp"])
