"""A recorded call without a call: what two parties would have sent, encoded here, written to a spool.

In: how long it lasts. Out: a closed room in the spool, as `video_party.py`'s peers would leave it.
"""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.video.spool.record import Kind, Packet, Record, Track, encode
from dastak.video.spool.spool import Spool
from support.video_party import BEEP, BRIGHT, DARK, FLASH_SECONDS, HEIGHT, QUIET, RATE, SAMPLES, WIDTH

FRAMES = 15
START_US = 1_790_000_000_000_000


def write_call(spool: Spool, seat: Seat, seconds: float) -> None:
    """Both parties, from the first instant to the last."""
    records = [*_voice(Party.CUSTOMER, 0.0, seconds), *_camera(Party.CUSTOMER, 0.0, seconds)]
    records += [*_voice(Party.AGENT, 0.5, seconds), *_camera(Party.AGENT, 0.5, seconds)]
    records.sort(key=lambda record: record.arrived_us)
    segment = spool.open(seat)
    for at in range(0, len(records), 50):
        segment.write(b"".join(map(encode, records[at : at + 50])))
    segment.close()
    spool.close(seat.room)


def _is_flashing(at: float, offset: float) -> bool:
    return (at - offset) % 1 < FLASH_SECONDS


def _camera(party: Party, offset: float, seconds: float) -> Iterator[Record]:
    track = Track(party, Kind.VIDEO, 1)
    codec = VideoCodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.gop_size = Fraction(1, FRAMES), 5 * FRAMES
    codec.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "8"}
    for number in range(int(seconds * FRAMES)):
        at = number / FRAMES
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma = BRIGHT if _is_flashing(at, offset) else DARK
        for plane, value in zip(frame.planes, (luma, 110, 140), strict=True):
            plane.update(bytes((value,)) * plane.buffer_size)
        frame.pts, frame.time_base = number, Fraction(1, FRAMES)
        data = b"".join(bytes(packet) for packet in codec.encode(frame))
        arrived = START_US + int(at * 1e6)
        yield Packet(track, arrived, number % 65536, int(at * 90_000), marker=True, payload=b"\x10" + data)


def _voice(party: Party, offset: float, seconds: float) -> Iterator[Record]:
    track = Track(party, Kind.AUDIO, 1)
    codec = AudioCodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = RATE, "mono", "s16"
    codec.time_base = Fraction(1, RATE)
    number = 0
    for sent in range(int(seconds * RATE / SAMPLES)):
        frame = av.AudioFrame("s16", "mono", SAMPLES)
        frame.planes[0].update(BEEP if _is_flashing(sent * SAMPLES / RATE, offset) else QUIET)
        frame.pts, frame.sample_rate, frame.time_base = sent * SAMPLES, RATE, Fraction(1, RATE)
        for packet in codec.encode(frame):
            arrived = START_US + number * 20_000
            yield Packet(track, arrived, number % 65536, number * SAMPLES, marker=False, payload=bytes(packet))
            number += 1
