"""What `hooks.py` takes for granted of aiortc's inside, held against the pinned version in a real call."""

import asyncio
import threading
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance.video.calls import CUSTOMER, Calls, opened, over_aiortc
from dastak.journeys.video_kyc.call import Party
from dastak.video.compose.clocks import microseconds
from dastak.video.spool.record import Kind, Packet, Report, Track

pytestmark = pytest.mark.slow


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    """Over aiortc only."""
    async with opened(over_aiortc, tmp_path) as calls:
        yield calls


def test_it_is_the_version_whose_inside_we_know() -> None:
    assert (version("aiortc"), version("av")) == ("1.16.0", "18.1.0")


async def test_nothing_is_decoded_or_encoded_and_no_thread_is_kept_per_call(calls: Calls) -> None:
    async with calls.met():
        names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if "decoder" in name]


async def test_what_comes_in_is_recorded_packet_by_packet_with_reports_of_both_kinds(calls: Calls) -> None:
    async with calls.met():
        await asyncio.sleep(3)
        await calls.rooms.close(CUSTOMER)
    records = list(calls.spool.records(CUSTOMER.room))
    tracks = {record.track for record in records if isinstance(record, Packet)}
    assert {(track.party, track.kind) for track in tracks} == {(party, kind) for party in Party for kind in Kind}
    for track in tracks:
        _check_track(track, [record for record in records if record.track == track])


def _check_track(track: Track, records: list[Packet | Report]) -> None:
    packets = [record for record in records if isinstance(record, Packet)]
    reports = [record for record in records if isinstance(record, Report)]
    assert len(packets) > 30
    first = packets[0].sequence
    assert [(packet.sequence - first) % 65536 for packet in packets] == list(range(len(packets)))
    assert len(reports) >= 2, track
    for report in reports:
        assert abs(microseconds(report.ntp) - report.arrived_us) < 2_000_000, "a sender's clock is moved onto ours"
