"""Looks into a finished film: how long it is, when each half flashes, when a beep is heard.

In: an MP4 file. Out: what a test can compare. Made for the peers of `video_party.py`.
"""

import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame

from dastak.video.compose.sheet import HEIGHT, PANE_HEIGHT, PANE_WIDTH, WIDTH
from support.video_party import BRIGHT, DARK

_LIGHT = (BRIGHT + DARK) // 2
_LOUD = 2000


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen and heard, decoded to the end."""

    seconds: float
    picture_seconds: float
    sound_seconds: float
    flashes: dict[str, list[float]]
    """`customer`, `agent` → seconds at which its half turned bright."""
    beeps: list[float]
    """Seconds at which a beep began."""
    shown: dict[str, set[str]]
    """`customer`, `agent` → which of `bright`, `dark`, `none` its half ever was."""


def watch(path: Path) -> Watched:
    """Decode everything. Raises what the decoders raise."""
    seconds, pictures, sounds = 0.0, 0.0, 0.0
    flashes: dict[str, list[float]] = {"customer": [], "agent": []}
    shown: dict[str, set[str]] = {"customer": set(), "agent": set()}
    beeps: list[float] = []
    was_loud_until = -1.0
    before = {"customer": "", "agent": ""}
    with av.open(str(path)) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert film.duration is not None
        seconds = film.duration / 1e6
        frames: Iterator[Any] = film.decode()
        for frame in frames:
            at = float(frame.time or 0)
            if isinstance(frame, VideoFrame):
                pictures = at
                for who, left in (("customer", 0), ("agent", PANE_WIDTH)):
                    light = _light(frame, left)
                    if light == "bright" and before[who] != "bright":
                        flashes[who].append(at)
                    before[who] = light
                    shown[who].add(light)
            else:
                sounds = at
                for moment in _loud_moments(frame, at):
                    if moment - was_loud_until > 0.1:
                        beeps.append(moment)
                    was_loud_until = moment
    return Watched(seconds, pictures, sounds, flashes, beeps, shown)


def _light(frame: VideoFrame, left: int) -> str:
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    luma = memoryview(frame.planes[0])
    row = (PANE_HEIGHT // 4) * frame.planes[0].line_size + left
    middle = luma[row + PANE_WIDTH // 2]
    if middle > _LIGHT:
        return "bright"
    return "dark" if middle > DARK - 8 else "none"


def _loud_moments(frame: av.AudioFrame, at: float) -> list[float]:
    samples = array.array("f", bytes(frame.planes[0])[: frame.samples * 4])
    step = 240
    return [
        at + start / frame.sample_rate
        for start in range(0, len(samples), step)
        if max(samples[start : start + step]) * 32768 > _LOUD
    ]
