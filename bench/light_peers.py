"""Parties of calls that cost little: they send a clip that was encoded before, and look at what comes by its bytes.

In: a clip's file and an address, then one JSON object per line, `{"do": "offer", "call"}`, `{"do": "answer", ...}`,
`{"do": "measure", "seconds"}` or `{"do": "stop"}`. Out: one JSON object per line. Both parties of a call are here, so
that one clock says how long a packet took. Connections are made by aiortc, ICE and DTLS and all; from then on packets
go past it, between its socket and its SRTP sessions.
"""

import asyncio
import heapq
import json
import random
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aioice.ice
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, clock
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from clip import SECONDS, Sent, read
from dastak.journeys.video_kyc.call import Party
from dastak.video.spool.record import Kind

_HEAD = struct.Struct(">BBHII")
GRACE_SECONDS = 1.0
"""How long a packet may be under way before it is called lost."""
REPORT_EVERY = 1.0


class Window:
    """What is counted while somebody measures."""

    def __init__(self) -> None:
        self.number = 0
        self.is_open = False
        self.sent = 0
        self.delays: list[float] = []
        self.late: list[float] = []
        """How late this process was itself."""

    def opens(self) -> None:
        """Count from now on, from nothing."""
        self.number += 1
        self.is_open, self.sent, self.delays, self.late = True, 0, [], []

    def sends(self) -> int:
        """Its number, for a packet that is sent now; none of a window's when it is shut."""
        self.sent += self.is_open
        return self.number if self.is_open else -1


class Stream:
    """One kind of media that a party sends."""

    def __init__(self, source: int, payload_type: int, clock_rate: int) -> None:
        self.source = source
        self._payload_type = payload_type
        self._per_clip = SECONDS * clock_rate
        self._sequence = random.randrange(1 << 15)
        self._origin = random.randrange(1 << 31)
        self._packets = self._octets = 0
        self._timestamp = 0

    def packet(self, one: Sent, rounds: int) -> bytes:
        """The next one."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._origin + rounds * self._per_clip + one.timestamp) & 0xFFFFFFFF
        self._packets += 1
        self._octets += len(one.payload)
        second = (0x80 if one.marker else 0) | self._payload_type
        return _HEAD.pack(0x80, second, self._sequence, self._timestamp, self.source) + one.payload

    def report(self) -> bytes:
        """What was sent last, and when."""
        info = RtcpSenderInfo(clock.current_ntp_time(), self._timestamp, self._packets, self._octets)
        return bytes(RtcpSrPacket(ssrc=self.source, sender_info=info))


class LightParty:
    """One browser, so to speak."""

    def __init__(self, clip: list[Sent], known: dict[bytes, int], window: Window) -> None:
        self.other: LightParty | None = None
        self.sent: list[tuple[float, int]] = [(0.0, -1)] * len(clip)
        """Of each packet of the clip: when it was sent last, and in which window."""
        self._clip, self._known, self._window = clip, known, window
        self._next = self._rounds = 0
        self._began = self._reported = 0.0
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._transceivers = {kind: self._peer.addTransceiver(kind.name.lower(), "sendrecv") for kind in Kind}
        for transceiver in self._transceivers.values():
            _silence(transceiver.sender)

    async def offer(self) -> str:
        """Its whole offer (SDP)."""
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def begin(self, answer: str) -> float:
        """Connect; from then on it listens. The moment at which its first packet is due."""
        connected = asyncio.get_running_loop().create_future()

        def look() -> None:
            if self._peer.connectionState == "connected" and not connected.done():
                connected.set_result(None)

        self._peer.on("connectionstatechange", look)
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        look()
        await asyncio.wait_for(connected, 20)
        inside: Any = self._transceivers[Kind.VIDEO].sender.transport
        pair = next(iter(inside.transport._connection._nominated.values()))  # noqa: SLF001 - past aiortc is the point
        self._seal, self._seal_report = inside._tx_srtp.protect, inside._tx_srtp.protect_rtcp  # noqa: SLF001
        self._open = inside._rx_srtp.unprotect  # noqa: SLF001
        self._socket, self._there = pair.protocol.transport, pair.remote_addr
        handle = pair.protocol.datagram_received
        pair.protocol.datagram_received = lambda data, address: self._take(data, address, handle)
        self._streams = {kind: self._stream(kind) for kind in Kind}
        self._began = time.monotonic() + random.random() / 20
        return self._began

    def send_due(self, now: float) -> float:
        """Send what is due, all at once; when there is more."""
        due = self._due()
        self._window.late.append(now - due)
        while self._due() <= now:
            one = self._clip[self._next]
            self._socket.sendto(self._seal(self._streams[one.kind].packet(one, self._rounds)), self._there)
            self.sent[self._next] = (time.monotonic(), self._window.sends())
            self._next += 1
            if self._next == len(self._clip):
                self._next, self._rounds = 0, self._rounds + 1
        if now - self._reported > REPORT_EVERY:
            self._reported = now
            for stream in self._streams.values():
                self._socket.sendto(self._seal_report(stream.report()), self._there)
        return self._due()

    def _due(self) -> float:
        return self._began + self._rounds * SECONDS + self._clip[self._next].at

    def _take(self, data: bytes, address: Any, handle: Callable[[bytes, Any], None]) -> None:
        if not 127 < data[0] < 192:
            handle(data, address)
        elif not 192 <= data[1] <= 223 and self.other is not None:  # what is between is RTCP
            index = self._known.get(self._payload(data))
            if index is None:
                return
            sent_at, window = self.other.sent[index]
            if window == self._window.number:
                self._window.delays.append(time.monotonic() - sent_at)
                self.other.sent[index] = (sent_at, -1)  # a second copy of it counts nothing

    def _payload(self, data: bytes) -> bytes:
        packet: bytes = self._open(data)
        at = 12 + 4 * (packet[0] & 15)
        if packet[0] & 16:
            at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
        return packet[at:]

    def _stream(self, kind: Kind) -> Stream:
        transceiver: Any = self._transceivers[kind]
        return Stream(transceiver.sender._ssrc, transceiver._codecs[0].payloadType, kind.clock_rate)  # noqa: SLF001


def _silence(sender: Any) -> None:
    """Aiortc sends nothing of its own for this one."""

    async def nothing(*_: object) -> None: ...

    sender._run_rtp = nothing  # noqa: SLF001
    sender._run_rtcp = nothing  # noqa: SLF001


class Crowd:
    """All parties of this process."""

    def __init__(self, clip: list[Sent]) -> None:
        self._clip = clip
        self._known = {one.payload: number for number, one in enumerate(clip)}
        self._window = Window()
        self._parties: dict[tuple[int, Party], LightParty] = {}
        self._due: list[tuple[float, int, LightParty]] = []
        self._more = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One line."""
        acts: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "offer": self._offer,
            "answer": self._answer,
            "measure": self._measure,
            "stop": self._stop,
        }
        return await acts[asked["do"]](asked)

    async def _offer(self, asked: dict[str, Any]) -> dict[str, Any]:
        parties = {party: LightParty(self._clip, self._known, self._window) for party in Party}
        parties[Party.CUSTOMER].other, parties[Party.AGENT].other = parties[Party.AGENT], parties[Party.CUSTOMER]
        self._parties |= {(asked["call"], party): one for party, one in parties.items()}
        return {"offers": {party.value: await one.offer() for party, one in parties.items()}}

    async def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        parties = [self._parties[asked["call"], party] for party in Party]
        answers = [asked["answers"][party.value] for party in Party]
        begins = await asyncio.gather(*(party.begin(answer) for party, answer in zip(parties, answers, strict=True)))
        for at, party in zip(begins, parties, strict=True):
            heapq.heappush(self._due, (at, id(party), party))
        self._sending = self._sending or asyncio.get_running_loop().create_task(self._send())
        return {}

    async def _measure(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._window.opens()
        await asyncio.sleep(asked["seconds"])
        self._window.is_open = False
        late = list(self._window.late)
        await asyncio.sleep(GRACE_SECONDS)
        return {"sent": self._window.sent, "delays": self._window.delays, "late": late}

    async def _stop(self, _: dict[str, Any]) -> dict[str, Any]:
        if self._sending is not None:
            self._sending.cancel()
        return {}

    async def _send(self) -> None:
        while True:
            now = time.monotonic()
            while self._due[0][0] <= now:
                _, number, party = self._due[0]
                heapq.heapreplace(self._due, (party.send_due(time.monotonic()), number, party))
            await asyncio.sleep(max(0.001, self._due[0][0] - time.monotonic()))


async def main() -> None:
    """Until its input ends."""
    address = sys.argv[2]

    def addresses(*_: object, **__: object) -> list[str]:
        return [address]

    aioice.ice.get_host_addresses = addresses
    crowd = Crowd(read(Path(sys.argv[1])))
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answer = await crowd.do(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
