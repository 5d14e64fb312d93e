"""One party of a call as a program of its own: a real WebRTC peer with a camera that flashes and a voice that beeps.

In: one JSON object per line on standard input, what is to be done. Out: one JSON object per line, what came of it.
`peer.py` starts it, with the share of media that its network loses in each direction. Flash and beep come together, each second for a fifth of it, at the offset that is given: so it can
be seen in a recording whether lips and voice were kept together, also on a busy machine: they go by the time for which a
picture or a sound is, not by that at which it was made.
"""

import array
import asyncio
import json
import math
import random
import sys
import time
from fractions import Fraction
from typing import Any

import aioice.ice
import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack, VideoStreamTrack

from dastak.video.addresses import own_addresses

FLASH_SECONDS = 0.2
RATE, SAMPLES = 48_000, 960
WIDTH, HEIGHT = 320, 240
BRIGHT, DARK = 220, 50
QUIET = bytes(2 * SAMPLES)
BEEP = array.array("h", [int(9000 * math.sin(2 * math.pi * 1000 * n / RATE)) for n in range(SAMPLES)]).tobytes()


def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return list(own_addresses())  # loopback among them; of these two, each back end takes media on one


def is_flashing(at: float, offset: float) -> bool:
    return (at - offset) % 1 < FLASH_SECONDS


class Camera(VideoStreamTrack):
    def __init__(self, offset: float) -> None:
        super().__init__()
        self._offset = offset
        self._began = 0.0

    async def recv(self) -> av.VideoFrame:
        pts, base = await self.next_timestamp()
        self._began = self._began or time.time()
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma = BRIGHT if is_flashing(self._began + pts * base, self._offset) else DARK
        for plane, value in zip(frame.planes, (luma, 110, 140), strict=True):
            plane.update(bytes((value,)) * plane.buffer_size)
        frame.pts, frame.time_base = pts, base
        return frame


class Voice(MediaStreamTrack):
    kind = "audio"

    def __init__(self, offset: float) -> None:
        super().__init__()
        self._offset = offset
        self._start = 0.0
        self._count = 0

    async def recv(self) -> av.AudioFrame:
        self._start = self._start or time.time()
        at = self._start + self._count * SAMPLES / RATE
        await asyncio.sleep(max(0, at - time.time()))
        frame = av.AudioFrame("s16", "mono", SAMPLES)
        frame.planes[0].update(BEEP if is_flashing(at, self._offset) else QUIET)
        frame.pts, frame.sample_rate, frame.time_base = self._count * SAMPLES, RATE, Fraction(1, RATE)
        self._count += 1
        return frame


def lose(share: float) -> None:
    """From now on this process's network loses that share of media packets."""
    chance = random.Random(7)
    network: Any = aioice.ice.StunProtocol
    receive, send = network.datagram_received, network.send_data

    def is_lost(data: bytes) -> bool:
        return 127 < data[0] < 192 and chance.random() < share

    def receive_some(self: Any, data: bytes, address: Any) -> None:
        if not is_lost(data):
            receive(self, data, address)

    async def send_some(self: Any, data: bytes, address: Any) -> None:
        if not is_lost(data):
            await send(self, data, address)

    network.datagram_received, network.send_data = receive_some, send_some


class Party:
    def __init__(self, offset: float) -> None:
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.addTrack(Voice(offset))
        self._peer.addTrack(Camera(offset))
        self._frames = {"audio": 0, "video": 0}
        self._pulling: set[asyncio.Task[None]] = set()
        self._peer.on("track", self._pull_later)

    async def do(self, what: dict[str, Any]) -> dict[str, Any]:
        match what["do"]:
            case "offer":
                await self._peer.setLocalDescription(await self._peer.createOffer())
                return {"sdp": self._peer.localDescription.sdp}
            case "answer":
                await self._peer.setRemoteDescription(RTCSessionDescription(what["sdp"], "answer"))
                return {}
            case "close":
                await self._peer.close()
                return {}
        return {**self._frames, "state": self._peer.connectionState}

    def _pull_later(self, track: MediaStreamTrack) -> None:
        self._pulling.add(asyncio.get_running_loop().create_task(self._pull(track)))

    async def _pull(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self._frames[track.kind] += 1
        except MediaStreamError:
            pass


async def main() -> None:
    aioice.ice.get_host_addresses = addresses
    lose(float(sys.argv[2]))
    party = Party(float(sys.argv[1]))
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answer = await party.do(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
