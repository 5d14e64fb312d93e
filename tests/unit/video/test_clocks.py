"""Sound and picture stand where they were made, whatever the network did; who lies about time is not believed."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.journeys.video_kyc.call import Party
from dastak.video.compose.clocks import Clocks, microseconds
from dastak.video.spool.record import Kind, Packet, Record, Report, Track

START_US = 1_790_000_000_000_000
NTP_EPOCH = 2_208_988_800


def ntp(at_us: int) -> int:
    return ((at_us + NTP_EPOCH * 1_000_000) << 32) // 1_000_000


def stream(
    track: Track, made: range, delay: list[int], first_timestamp: int, report_every: int, clock_us: int = 0
) -> list[Record]:
    """Packets made at these moments (microseconds from the start), and reports whose clock is ahead by `clock_us`."""
    out: list[Record] = []
    for n, moment in enumerate(made):
        timestamp = (first_timestamp + moment * track.kind.clock_rate // 1_000_000) % 2**32
        arrived = START_US + moment + delay[n % len(delay)]
        out.append(Packet(track, arrived, n % 65536, timestamp, marker=True, payload=b"x"))
        if report_every and n % report_every == report_every - 1:
            out.append(Report(track, arrived, timestamp, ntp(START_US + moment + clock_us)))
    return out


def placed(records: list[Record]) -> dict[Track, list[int]]:
    clocks = Clocks(records)
    out: dict[Track, list[int]] = {}
    for record in records:
        if isinstance(record, Report):
            clocks.report(record)
        else:
            out.setdefault(record.track, []).append(clocks.at(record.track, record.timestamp, record.arrived_us))
    return {track: sorted(found) for track, found in out.items()}


def merged(*streams: list[Record]) -> list[Record]:
    return sorted((record for one in streams for record in one), key=lambda record: record.arrived_us)


VOICE, FACE = (Track(Party.CUSTOMER, kind, 1) for kind in (Kind.AUDIO, Kind.VIDEO))


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(10**9), 10**9),
    st.randoms(use_true_random=False),
)
def test_with_reports_lips_and_voice_are_together_although_pictures_came_late(
    first: int, second: int, clock_us: int, chance: random.Random
) -> None:
    swift = [chance.randrange(10_000, 60_000) for _ in range(50)]
    slow = [chance.randrange(250_000, 400_000) for _ in range(50)]
    records = merged(
        stream(VOICE, range(0, 3_000_000, 20_000), swift, first, 60, clock_us),
        stream(FACE, range(0, 3_000_000, 50_000), slow, second, 30, clock_us),
    )
    found = placed(records)
    base = found[VOICE][0]
    for n, at in enumerate(found[VOICE]):
        assert abs(at - base - n * 20_000) < 1_000
    for n, at in enumerate(found[FACE]):
        assert abs(at - base - n * 50_000) < 1_000


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_without_reports_the_swiftest_arrival_says_where_a_track_lies(first: int, chance: random.Random) -> None:
    delays = [chance.randrange(1_000, 300_000) for _ in range(40)]
    found = placed(stream(VOICE, range(0, 3_000_000, 20_000), delays, first, 0))
    steps = {round((after - before) / 1000) for before, after in zip(found[VOICE], found[VOICE][1:], strict=False)}
    assert steps == {20} or found[VOICE][0] == 0


def test_a_sender_whose_clock_runs_wild_is_placed_by_arrival() -> None:
    records = stream(VOICE, range(0, 3_000_000, 20_000), [30_000], 0, 0)
    wild = [Report(VOICE, START_US + n * 500_000, 7 * n, ntp(START_US + n * 10**10)) for n in range(1, 5)]
    found = placed(merged(records, list(wild)))
    assert all(abs(at - n * 20_000) < 100_000 for n, at in enumerate(found[VOICE]))


def test_a_connection_that_comes_again_lies_on_the_same_line_of_time() -> None:
    again = Track(Party.CUSTOMER, Kind.AUDIO, 2)
    records = merged(
        stream(VOICE, range(0, 1_000_000, 20_000), [20_000], 5, 25),
        stream(again, range(8_000_000, 9_000_000, 20_000), [20_000], 4_000_000_000, 25),
    )
    found = placed(records)
    assert abs(found[again][0] - found[VOICE][0] - 8_000_000) < 1_000


def test_ntp_is_read_as_microseconds_since_1970() -> None:
    assert abs(microseconds(ntp(START_US + 123_456)) - (START_US + 123_456)) <= 1
