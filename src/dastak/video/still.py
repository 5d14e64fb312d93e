"""One picture of what a camera sends, as a JPEG.

In: encoded pictures, a whole one first. Out: the latest of them, decoded. Blocks: call it from a thread.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from dastak.journeys.video_kyc.rooms import NoPicture, Picture
from dastak.video.vp8 import Encoded

_OLDEST = timedelta(seconds=3)
_QUALITY = 95


def decoded(pictures: list[Encoded], now: datetime) -> Picture:
    """The latest picture. Raises `NoPicture`: there is none, or the latest is too old to be called one of now."""
    if not pictures:
        raise NoPicture("no whole picture has arrived yet")
    taken_at = datetime.fromtimestamp(pictures[-1].arrived_us / 1e6, UTC)
    if now - taken_at > _OLDEST:
        raise NoPicture("no picture has arrived lately")
    frame = _latest(pictures)
    if frame is None:
        raise NoPicture("the picture cannot be decoded")
    image, out = frame.to_image(), BytesIO()  # type: ignore[no-untyped-call]
    image.save(out, "JPEG", quality=_QUALITY)
    return Picture(out.getvalue(), frame.width, frame.height, taken_at)


def _latest(pictures: list[Encoded]) -> VideoFrame | None:
    decoder = VideoCodecContext.create("vp8", "r")
    frame = None
    try:
        for picture in pictures:
            for frame in decoder.decode(av.Packet(picture.data)):  # noqa: B007 - the last one is wanted
                pass
    except FFmpegError:
        return None  # half a picture is none
    return frame
