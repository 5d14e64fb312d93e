"""Ten seconds of one party's media, encoded once and played for ever, so that a party costs little.

In: nothing. Out: packets as a camera of 640x480 at 20 pictures a second and a microphone would send them, no two of
them alike: what arrives can be told by its bytes alone.
"""

import math
import random
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from aiortc.codecs.opus import OpusEncoder
from aiortc.codecs.vpx import Vp8Encoder

from dastak.journeys.video_kyc.call import Party
from dastak.video.spool.record import Kind, Packet, Track, decode, encode

SECONDS = 10
WIDTH, HEIGHT, PICTURES_PER_SECOND = 640, 480, 20
KEY_PICTURE_EVERY = 2 * PICTURES_PER_SECOND
RATE, SAMPLES = 48_000, 960
VIDEO_BITS = 450_000
"""Per second; what Chromium's own fake camera comes to lies between 250,000 and 500,000."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet of the clip."""

    at: float
    """Seconds after the clip's beginning."""
    kind: Kind
    timestamp: int
    marker: bool
    payload: bytes


def make(file: Path) -> None:
    """Encode it."""
    packets = sorted([*_pictures(), *_sounds()], key=lambda one: one.at)
    if len({one.payload for one in packets}) != len(packets):
        raise RuntimeError("two packets of the clip are alike")
    with file.open("wb") as written:
        for number, one in enumerate(packets):
            track = Track(Party.CUSTOMER, one.kind, 1)
            at = round(one.at * 1e6)
            written.write(encode(Packet(track, at, number & 0xFFFF, one.timestamp, one.marker, one.payload)))


def read(file: Path) -> list[Sent]:
    """What `make` wrote."""
    return [
        Sent(one.arrived_us / 1e6, one.track.kind, one.timestamp, one.marker, one.payload)
        for one in decode(file.read_bytes())
        if isinstance(one, Packet)
    ]


def _pictures() -> list[Sent]:
    """A bright square that wanders over a noisy ground."""
    encoder = Vp8Encoder()
    encoder.target_bitrate = VIDEO_BITS
    chance, found = random.Random(7), []
    ground = _ground(chance)
    for number in range(SECONDS * PICTURES_PER_SECOND):
        frame = _picture(number, ground, chance)
        payloads, timestamp = encoder.encode(frame, force_keyframe=number % KEY_PICTURE_EVERY == 0)
        at = number / PICTURES_PER_SECOND
        found += [
            Sent(at, Kind.VIDEO, timestamp, which == len(payloads) - 1, payload)
            for which, payload in enumerate(payloads)
        ]
    return found


def _picture(number: int, ground: bytes, chance: random.Random) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    rows = bytearray(ground)
    left, top = int(260 + 200 * math.sin(number / 9)), int(180 + 120 * math.cos(number / 13))
    for row in range(top, top + 120):
        rows[row * WIDTH + left : row * WIDTH + left + 120] = bytes(chance.randrange(170, 230) for _ in range(120))
    luma, *colours = frame.planes
    if luma.line_size != WIDTH:
        raise RuntimeError("pictures are expected without gaps between their lines")
    luma.update(bytes(rows))
    for plane in colours:
        plane.update(bytes((120,)) * plane.buffer_size)
    frame.pts, frame.time_base = number * (90_000 // PICTURES_PER_SECOND), Fraction(1, 90_000)
    return frame


def _ground(chance: random.Random) -> bytes:
    """Squares of 8 by 8, each of its own shade."""
    shades = [[chance.randrange(60, 90) for _ in range(WIDTH // 8)] for _ in range(HEIGHT // 8)]
    return b"".join(bytes(shade for shade in shades[row // 8] for _ in range(8)) for row in range(HEIGHT))


def _sounds() -> list[Sent]:
    """A hiss, for silence would be sent as packets that are alike."""
    encoder = OpusEncoder()
    chance, found = random.Random(8), []
    for number in range(SECONDS * RATE // SAMPLES):
        frame = av.AudioFrame("s16", "mono", SAMPLES)
        frame.planes[0].update(array("h", (chance.randrange(-3000, 3000) for _ in range(SAMPLES))).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = number * SAMPLES, RATE, Fraction(1, RATE)
        payloads, timestamp = encoder.encode(frame)
        found += [Sent(number * SAMPLES / RATE, Kind.AUDIO, timestamp, False, payload) for payload in payloads]
    return found
