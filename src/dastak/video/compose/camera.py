"""One party's pictures, over all its connections.

In: encoded pictures, each with its place in time. Out: the one that is seen at a moment, or none while nothing came.
"""

from collections import deque

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from dastak.video.spool.record import Track

_SHOWN_US = 3_000_000
"""How long a picture stands when none follows."""


class Camera:
    """Of one party."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Track, bytes]] = deque()
        self._decoders: dict[Track, VideoCodecContext] = {}
        self._frame: VideoFrame | None = None
        self._frame_us = 0

    def add(self, track: Track, at_us: int, data: bytes) -> None:
        """The next picture."""
        self._waiting.append((at_us, track, data))

    def at(self, now_us: int) -> VideoFrame | None:
        """What is seen then; the same object while nothing changes. Moments must not go back."""
        while self._waiting and self._waiting[0][0] <= now_us:
            at_us, track, data = self._waiting.popleft()
            frame = self._decoded(track, data)
            if frame is not None:
                self._frame, self._frame_us = frame, at_us
        if self._frame is not None and now_us - self._frame_us > _SHOWN_US:
            self._frame = None
        return self._frame

    def _decoded(self, track: Track, data: bytes) -> VideoFrame | None:
        decoder = self._decoders.get(track)
        if decoder is None:
            self._decoders = {track: (decoder := VideoCodecContext.create("vp8", "r"))}  # the one before is over
        try:
            frames = decoder.decode(av.Packet(data))
        except FFmpegError:
            return None
        return frames[-1] if frames else None
