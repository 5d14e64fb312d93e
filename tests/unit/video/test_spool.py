"""A spool keeps everything in order, loses only a torn tail, and shows nothing to who has no key."""

import errno
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import NotKept, Seat
from dastak.store.vault import Vault, VaultLocked
from dastak.video.spool.record import Kind, Packet, Record, Report, Track, decode, encode
from dastak.video.spool.spool import Spool

OLD, NEW = bytes(32), bytes([7]) * 32
SEAT = Seat("mer_1", "jrn_1", "call_1", Party.AGENT)

TRACKS = st.builds(Track, st.sampled_from(Party), st.sampled_from(Kind), st.integers(1, 2**32 - 1))
PACKETS = st.builds(
    Packet,
    track=TRACKS,
    arrived_us=st.integers(0, 2**63),
    sequence=st.integers(0, 65535),
    timestamp=st.integers(0, 2**32 - 1),
    marker=st.booleans(),
    payload=st.binary(max_size=1500),
)
REPORTS = st.builds(Report, TRACKS, st.integers(0, 2**63), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
RECORDS = st.lists(PACKETS | REPORTS, max_size=30)


def packet(number: int, payload: bytes = b"voice") -> Packet:
    return Packet(Track(Party.CUSTOMER, Kind.AUDIO, 1), number, number, number, marker=False, payload=payload)


def write(spool: Spool, *blocks: list[Record]) -> None:
    segment = spool.open(SEAT)
    for block in blocks:
        segment.write(b"".join(map(encode, block)))
    segment.close()


@given(RECORDS)
def test_records_come_back_as_they_were(records: list[Record]) -> None:
    assert list(decode(b"".join(map(encode, records)))) == records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(cut=st.integers(0, 2000))
def test_a_torn_tail_hides_nothing_that_was_whole(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path / str(time.monotonic_ns()), Vault([OLD]))
    blocks: list[list[Record]] = [[packet(n * 10 + m) for m in range(5)] for n in range(8)]
    write(spool, *blocks)
    path = next(spool.folder.glob("*/*.seg"))
    whole = path.stat().st_size
    os.truncate(path, max(0, whole - cut))
    found = list(spool.records(SEAT.room))
    expected = [one for block in blocks for one in block]
    assert found == expected[: len(found)]
    block_bytes = 4 + 16 + sum(len(encode(one)) for one in blocks[0])
    assert len(found) == 5 * max(0, 8 - -(-cut // block_bytes))


def test_a_block_that_was_changed_ends_what_is_believed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    write(spool, [packet(1)], [packet(2)], [packet(3)])
    path = next(tmp_path.glob("*/*.seg"))
    data = bytearray(path.read_bytes())
    data[-60] ^= 1
    path.write_bytes(data)
    assert list(spool.records(SEAT.room)) == [packet(1)]


def test_each_process_writes_a_segment_of_its_own_and_they_are_read_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    for number in range(1, 13):
        write(spool, [packet(number)])
    assert [one.arrived_us for one in spool.records(SEAT.room)] == list(range(1, 13))


def test_a_segment_moved_to_another_room_does_not_open(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    write(spool, [packet(1)])
    (tmp_path / SEAT.room).rename(tmp_path / "mer_2.call_9")
    with pytest.raises(VaultLocked):
        list(spool.records("mer_2.call_9"))


def test_nothing_of_what_was_said_lies_open_on_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    write(spool, [packet(1, b"my number is 4711")])
    assert all(b"4711" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_rotated_key_still_opens_and_a_foreign_one_does_not(tmp_path: Path) -> None:
    write(Spool(tmp_path, Vault([OLD])), [packet(1)])
    assert list(Spool(tmp_path, Vault([NEW, OLD])).records(SEAT.room)) == [packet(1)]
    with pytest.raises(VaultLocked):
        list(Spool(tmp_path, Vault([NEW])).records(SEAT.room))


def test_a_block_that_the_disk_did_not_take_can_be_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    segment = spool.open(SEAT)
    segment.write(encode(packet(1)))
    write_some = os.write

    def full(handle: int, data: bytes) -> int:
        write_some(handle, bytes(data)[:7])
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="no space"):
            segment.write(encode(packet(2)))
    segment.write(encode(packet(2)))
    segment.close()
    assert list(spool.records(SEAT.room)) == [packet(1), packet(2)]


def test_a_room_is_left_open_until_it_is_closed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    assert spool.left_open() == []
    write(spool, [packet(1)])
    left = Seat("mer_1", "jrn_1", "call_1", Party.CUSTOMER)
    assert (spool.left_open(), spool.closed()) == ([left], [])
    spool.close(SEAT.room)
    assert (spool.left_open(), spool.closed()) == ([], [left])
    spool.forget(SEAT.room)
    spool.forget(SEAT.room)
    assert (spool.left_open(), spool.closed()) == ([], [])
    with pytest.raises(NotKept):
        list(spool.records(SEAT.room))


def test_a_folder_in_which_a_process_died_at_once_is_in_nobody_s_way(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Vault([OLD]))
    (tmp_path / "mer_1.call_1").mkdir()
    (tmp_path / "mer_1.call_1" / "000001.seg").write_bytes(b"DK")
    assert spool.left_open() == []
    write(spool, [packet(1)])
    assert list(spool.records(SEAT.room)) == [packet(1)]


def test_a_name_that_leads_out_of_the_folder_is_no_room(tmp_path: Path) -> None:
    for name in ("../secrets.x", "a/b.c", "..", "mer_1", ".x"):
        with pytest.raises(NotKept):
            Spool(tmp_path, Vault([OLD])).size(name)
