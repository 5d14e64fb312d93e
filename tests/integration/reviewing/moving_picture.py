"""A small video that a browser plays and seeks in: a bar that grows, one second of it at a time."""

import io
from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, RATE = 320, 180, 10


def a_video(seconds: int) -> bytes:
    """VP8 in WebM, with an index, and a key frame in each second."""
    target = io.BytesIO()
    with av.open(target, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size, stream.time_base = RATE, Fraction(1, RATE)
        noise = np.random.default_rng(7)
        for number in range(seconds * RATE):
            picture = noise.integers(0, 60, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            picture[:, : WIDTH * number // (seconds * RATE)] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return target.getvalue()
