"""One party's voice, over all its connections, as one line of samples.

In: Opus packets, each with its place in time. Out: samples of any stretch, in order; silence where nothing came.
"""

from array import array
from collections import deque
from dataclasses import dataclass, field
from operator import add

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from dastak.video.spool.record import Track

RATE = 48_000
_BYTES = 2
_CLOSE_ENOUGH = RATE // 20
"""Samples; a packet that comes so near to the end of the last one follows it without a gap."""


def _opus() -> AudioCodecContext:
    context = AudioCodecContext.create("libopus", "r")
    context.sample_rate, context.layout, context.format = RATE, "stereo", "s16"
    return context


@dataclass(slots=True)
class _Decoder:
    context: AudioCodecContext = field(default_factory=_opus)
    resampler: AudioResampler = field(default_factory=lambda: AudioResampler(format="s16", layout="mono", rate=RATE))

    def samples(self, data: bytes) -> bytes:
        """Mono, 16 bits; none of what cannot be decoded."""
        try:
            frames = [one for frame in self.context.decode(av.Packet(data)) for one in self.resampler.resample(frame)]
        except FFmpegError:
            return b""
        return b"".join(bytes(frame.planes[0])[: frame.samples * _BYTES] for frame in frames)


class Voice:
    """Of one party."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Track, bytes]] = deque()
        self._decoders: dict[Track, _Decoder] = {}
        self._pcm = bytearray()
        self._start = 0
        """The number of the first sample in `_pcm`."""

    def add(self, track: Track, at_us: int, data: bytes) -> None:
        """The next packet."""
        self._waiting.append((at_us * RATE // 1_000_000, track, data))

    def take(self, until: int) -> bytes:
        """All samples up to number `until` that were not taken yet."""
        while self._waiting and self._waiting[0][0] < until:
            self._place(*self._waiting.popleft())
        wanted = (until - self._start) * _BYTES
        self._pcm += bytes(max(0, wanted - len(self._pcm)))
        taken = bytes(self._pcm[:wanted])
        del self._pcm[:wanted]
        self._start = until
        return taken

    def _place(self, at: int, track: Track, data: bytes) -> None:
        decoder = self._decoders.get(track)
        if decoder is None:
            self._decoders = {track: (decoder := _Decoder())}  # the connection before is over
        samples = decoder.samples(data)
        gap = at - (self._start + len(self._pcm) // _BYTES)
        if gap > _CLOSE_ENOUGH:
            self._pcm += bytes(gap * _BYTES)
        elif gap < -_CLOSE_ENOUGH:
            samples = samples[-gap * _BYTES :]
        self._pcm += samples


def mixed(one: bytes, other: bytes) -> bytes:
    """Two voices of the same length as one."""
    if not one.strip(b"\0"):
        return other
    if not other.strip(b"\0"):
        return one
    first, second = array("h", one), array("h", other)
    try:
        return array("h", map(add, first, second)).tobytes()
    except OverflowError:
        return array("h", [max(-32768, min(32767, a + b)) for a, b in zip(first, second, strict=True)]).tobytes()
