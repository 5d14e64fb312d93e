"""The film itself: reads a spool twice, decodes, draws, mixes and encodes.

In: records, captions, a path. Out: an MP4 file with one picture and one voice track, its index in front, so that a
browser plays it at once and jumps about in it. Blocks for long and needs a core: it runs in a process of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.stream import VideoStream

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import NotKept
from dastak.video.compose.camera import Camera
from dastak.video.compose.clocks import Clocks
from dastak.video.compose.sheet import HEIGHT, WIDTH, Captions, Sheet
from dastak.video.compose.voice import RATE, Voice, mixed
from dastak.video.ordering import InOrder, Ordered
from dastak.video.spool.record import Kind, Packet, Record, Track
from dastak.video.vp8 import Encoded, Vp8Pictures

FRAMES_PER_SECOND = 20
_TICK_US = 1_000_000 // FRAMES_PER_SECOND
_TICK_SAMPLES = RATE // FRAMES_PER_SECOND
_BEHIND_US = 3_000_000
"""How far drawing stays behind reading: longer than any packet is waited for."""
_THREADS = 2


def compose(
    records: Callable[[], Iterable[Record]], captions: Captions, path: str, progress: Callable[[float], None]
) -> None:
    """Write the film to `path`. Raises `NotKept`: there is nothing to be seen or heard in the records."""
    clocks = Clocks(records())
    if not clocks.end_us:
        raise NotKept("nothing was recorded of this call")
    total = max(1, -(-(clocks.end_us - clocks.start_us) // _TICK_US))
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as out:
        reel = _Reel(out, Sheet(captions), clocks.start_us)
        told = 0
        for now_us in _fed(records(), clocks, reel):
            reel.draw_until(min(total, now_us // _TICK_US))
            if reel.drawn * 100 // total > told:
                told = reel.drawn * 100 // total
                progress(reel.drawn / total)
        reel.draw_until(total)
        reel.end()


def _fed(records: Iterable[Record], clocks: Clocks, reel: "_Reel") -> Iterator[int]:
    """Gives every packet to the reel; yields up to where, in microseconds, all that will come is there."""
    pictures: dict[Track, Vp8Pictures] = {}
    voices: dict[Track, InOrder] = {}
    for record in records:
        if not isinstance(record, Packet):
            clocks.report(record)
            continue
        track = record.track
        if track.kind is Kind.VIDEO:
            _add_pictures(track, pictures.setdefault(track, Vp8Pictures()).add(record), clocks, reel)
        else:
            _add_sounds(voices.setdefault(track, InOrder()).add(record), clocks, reel)
        yield record.arrived_us - clocks.start_us - _BEHIND_US
    for track, assembled in pictures.items():
        _add_pictures(track, assembled.end(), clocks, reel)
    for ordered in voices.values():
        _add_sounds(ordered.end(), clocks, reel)


def _add_pictures(track: Track, pictures: list[Encoded], clocks: Clocks, reel: "_Reel") -> None:
    for picture in pictures:
        at_us = clocks.at(track, picture.timestamp, picture.arrived_us)
        reel.cameras[track.party].add(track, at_us, picture.data)


def _add_sounds(ordered: list[Ordered], clocks: Clocks, reel: "_Reel") -> None:
    for packet in ordered:
        if isinstance(packet, Packet) and packet.payload:
            at_us = clocks.at(packet.track, packet.timestamp, packet.arrived_us)
            reel.voices[packet.track.party].add(packet.track, at_us, packet.payload)


class _Reel:
    """What has been drawn so far, and what is drawn from."""

    def __init__(self, out: OutputContainer, sheet: Sheet, start_us: int) -> None:
        self.cameras = {party: Camera() for party in Party}
        self.voices = {party: Voice() for party in Party}
        self.drawn = 0
        self._out = out
        self._sheet = sheet
        self._start_us = start_us
        self._picture = _picture_stream(out)
        self._sound = out.add_stream("aac", rate=RATE, layout="mono")
        self._sound.bit_rate = 64_000

    def draw_until(self, ticks: int) -> None:
        """Everything up to this tick."""
        while self.drawn < ticks:
            self._draw(self.drawn)
            self.drawn += 1

    def end(self) -> None:
        """What the encoders hold back."""
        self._out.mux(self._picture.encode(None))
        self._out.mux(self._sound.encode(None))

    def _draw(self, tick: int) -> None:
        now_us = tick * _TICK_US
        for party, camera in self.cameras.items():
            self._sheet.show(party, camera.at(now_us))
        self._sheet.tell(datetime.fromtimestamp((self._start_us + now_us) / 1e6, UTC))
        frame = self._sheet.frame()
        frame.pts, frame.time_base = tick, Fraction(1, FRAMES_PER_SECOND)
        self._out.mux(self._picture.encode(frame))
        until = (tick + 1) * _TICK_SAMPLES
        sound = AudioFrame("s16", "mono", _TICK_SAMPLES)
        sound.planes[0].update(mixed(*(voice.take(until) for voice in self.voices.values())))
        sound.sample_rate, sound.pts, sound.time_base = RATE, tick * _TICK_SAMPLES, Fraction(1, RATE)
        self._out.mux(self._sound.encode(sound))


def _picture_stream(out: OutputContainer) -> VideoStream:
    stream = out.add_stream("libx264", rate=FRAMES_PER_SECOND)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.options = {"preset": "veryfast", "crf": "26"}
    context = stream.codec_context
    context.gop_size = 2 * FRAMES_PER_SECOND
    context.thread_count = _THREADS
    return stream
