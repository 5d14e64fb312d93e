"""Where media is taken, and what browsers are told of it."""

import dataclasses
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.video.calls import AGENT, CUSTOMER, QUICK, Startable, opened
from dastak.journeys.video_kyc.rooms import RoomWatcher
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.spool.spool import Spool
from support.peer import a_peer

pytestmark = pytest.mark.slow


def free_ports(count: int) -> tuple[int, int]:
    """First and last of so many UDP ports in a row that nobody has."""
    for first in range(20_000, 60_000, 97):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        try:
            for offset, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + offset))
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
        return first, first + count - 1
    raise AssertionError("no free ports")


async def test_media_is_taken_on_the_ports_of_the_settings_and_on_the_address_that_browsers_are_told(
    tmp_path: Path,
) -> None:
    first, last = free_ports(4)

    def make(watcher: RoomWatcher, spool: Spool) -> Startable:
        settings = dataclasses.replace(QUICK, udp_ports=(first, last), public_address="127.0.0.1")
        return AiortcRooms(settings, watcher, spool, clock=lambda: datetime.now(UTC))

    async with opened(make, tmp_path) as calls, a_peer() as customer, a_peer() as agent:
        answers = []
        for seat, peer in ((CUSTOMER, customer), (AGENT, agent)):
            answer = await calls.rooms.join(seat, await peer.offer())
            answers.append(answer)
            await peer.take(answer)
            calls.rooms.beat(seat)
        await customer.sees_and_hears()
    ports = {int(port) for answer in answers for port in re.findall(r"127\.0\.0\.1 (\d+) typ host", answer)}
    assert ports
    assert ports <= set(range(first, last + 1))
