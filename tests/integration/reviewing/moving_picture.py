"""A small video that a browser plays and seeks in."""

import io
import random
from fractions import Fraction

import av

WIDTH, HEIGHT, RATE = 320, 180, 10
GREY = 128


def a_video(seconds: int) -> bytes:
    """Noise as VP8 in WebM, with an index, and a key frame in each second."""
    target, noise = io.BytesIO(), random.Random(7)
    with av.open(target, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size = RATE
        for number in range(seconds * RATE):
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            light, *colours = frame.planes
            light.update(noise.randbytes(light.buffer_size))
            for colour in colours:
                colour.update(bytes([GREY]) * colour.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()
