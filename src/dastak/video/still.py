"""One picture of what a camera sends, as a JPEG.

In: encoded pictures, a whole one first. Out: the latest of them, decoded. That is done in a process of its own, which
this file also is: `python -m dastak.video.still` reads the pictures from standard input, each after its length in 4
bytes, and writes width and height in 2 bytes each and the JPEG.
"""

import asyncio
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO

from dastak.journeys.video_kyc.rooms import NoPicture, Picture
from dastak.video.confined import confine, environment
from dastak.video.vp8 import Encoded

_OLDEST = timedelta(seconds=3)
_QUALITY = 95
_PATIENCE = 10.0
_MOST_MEMORY = 2 << 30
_LENGTH = struct.Struct(">I")
_SIZE = struct.Struct(">HH")


async def decoded(pictures: list[Encoded], now: datetime) -> Picture:
    """The latest picture. Raises `NoPicture`: there is none, or the latest is too old to be called one of now."""
    if not pictures:
        raise NoPicture("no whole picture has arrived yet")
    taken_at = datetime.fromtimestamp(pictures[-1].arrived_us / 1e6, UTC)
    if now - taken_at > _OLDEST:
        raise NoPicture("no picture has arrived lately")
    out = await _asked(b"".join(_LENGTH.pack(len(one.data)) + one.data for one in pictures))
    if len(out) <= _SIZE.size:
        raise NoPicture("the picture cannot be decoded")
    width, height = _SIZE.unpack_from(out)
    return Picture(out[_SIZE.size :], width, height, taken_at)


async def _asked(pictures: bytes) -> bytes:
    """What the process says; nothing when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "dastak.video.still",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(pictures), _PATIENCE)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out if process.returncode == 0 else b""


def _read(file: BinaryIO) -> Iterator[bytes]:
    while len(length := file.read(_LENGTH.size)) == _LENGTH.size:
        yield file.read(_LENGTH.unpack(length)[0])


def main() -> int:
    """Decode; the exit code says whether there was a picture. Half a picture is none: nothing is hidden."""
    confine(most_memory=_MOST_MEMORY, most_cpu_seconds=int(_PATIENCE))
    import av
    from av.error import FFmpegError
    from av.video.codeccontext import VideoCodecContext

    decoder = VideoCodecContext.create("vp8", "r")
    frame = None
    try:
        for picture in _read(sys.stdin.buffer):
            frame = next(iter(decoder.decode(av.Packet(picture))), frame)
    except FFmpegError:
        return 1
    if frame is None:
        return 1
    image, out = frame.to_image(), BytesIO()  # type: ignore[no-untyped-call]
    image.save(out, "JPEG", quality=_QUALITY)
    sys.stdout.buffer.write(_SIZE.pack(frame.width, frame.height) + out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
