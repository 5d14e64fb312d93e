"""One browser's connection to a room.

In: an offer; later packets to send. Out: an answer; the packets that come, and word that the connection is over.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
    clock,
)
from aiortc.rtp import RtpPacket

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.aiortc.hooks import Incoming, Onward, Outgoing, SenderReport
from dastak.video.aiortc.offer import admitted
from dastak.video.aiortc.renumber import Renumber
from dastak.video.spool.record import Kind

log = structlog.get_logger("dastak.rooms")

_CODECS = {Kind.AUDIO: {"audio/opus"}, Kind.VIDEO: {"video/vp8", "video/rtx"}}
_KEY_PICTURES_APART = 0.3
"""Seconds; several viewers' requests, or one viewer's many, become one."""


class Listener(Protocol):
    """Who hears of a connection; all calls are made in the media's event loop."""

    def arrived(self, connection: "Connection", kind: Kind, packet: RtpPacket) -> None: ...

    def reported(self, connection: "Connection", kind: Kind, report: SenderReport) -> None: ...

    def wants_key_picture(self, connection: "Connection") -> None: ...

    def over(self, connection: "Connection") -> None: ...

    def cap(self, connection: "Connection") -> int | None:
        """Bits per second of video that this browser may send at most; None for no limit."""


@dataclass(slots=True)
class _Way:
    """One kind of media, both directions."""

    incoming: Incoming
    outgoing: Outgoing
    renumber: Renumber


class Connection:
    """Made for one offer."""

    def __init__(self, number: int, listener: Listener, now: Callable[[], float]) -> None:
        self.number = number
        self.began = now()
        self.has_media = False
        self.bytes_in = 0
        self.is_over = False
        self._listener = listener
        self._now = now
        self._key_wanted = False
        self._key_asked_at = float("-inf")
        self._clock_ahead: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # without a list, aiortc asks Google's
        self._ways = {kind: self._make_way(kind) for kind in Kind}
        self._peer.on("connectionstatechange", self._look_at_state)

    async def answer(self, offer: str) -> str:
        """The answer (SDP), with this server's addresses in it. Raises `BadOffer`."""
        description = admitted(offer)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(description, "offer"))
            self._check_directions()
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except BadOffer:
            raise
        except Exception as error:  # noqa: BLE001 - aiortc's parser raises whatever it stumbles over
            log.info("offer_refused", error=f"{type(error).__name__}: {error}"[:200])
            raise BadOffer("this offer cannot be answered") from None
        return str(self._peer.localDescription.sdp)

    def send(self, kind: Kind, source: int, packet: RtpPacket) -> None:
        """Hand a packet of the other party's connection `source` on to this browser."""
        way = self._ways[kind]
        numbers = way.renumber.take(source, packet.sequence_number, packet.timestamp, self._now())
        if numbers is not None:
            level = packet.extensions.audio_level
            way.outgoing.send(Onward(*numbers, packet.marker, packet.payload, level))

    def send_report(self, kind: Kind, source: int, report: SenderReport) -> None:
        """Tell this browser how the other party's timestamps lie in time."""
        way = self._ways[kind]
        timestamp = way.renumber.shifted(source, report.timestamp)
        if timestamp is not None:
            way.outgoing.report(SenderReport(timestamp, report.ntp))

    def ask_for_key_picture(self) -> None:
        """Soon; requests that follow each other closely become one."""
        self._key_wanted = True
        self.tick()

    def tick(self) -> None:
        """Ask now what was asked for too soon after the last time."""
        now = self._now()
        if self._key_wanted and not self.is_over and now - self._key_asked_at >= _KEY_PICTURES_APART:
            self._key_wanted, self._key_asked_at = False, now
            self._spawn(self._ways[Kind.VIDEO].incoming.ask_for_key_picture())

    @property
    def can_receive(self) -> int | None:
        """Bits per second of video, as the browser says it; None before it did."""
        return self._ways[Kind.VIDEO].outgoing.can_receive

    @property
    def bytes_out(self) -> int:
        return sum(way.outgoing.bytes_out for way in self._ways.values())

    @property
    def packets_lost(self) -> int:
        return sum(way.incoming.packets_lost for way in self._ways.values())

    async def close(self) -> None:
        """Say good-bye and free everything. Closing twice: harmless."""
        self.is_over = True
        await self._peer.close()
        for task in self._tasks:
            task.cancel()

    def _make_way(self, kind: Kind) -> _Way:
        transceiver: RTCRtpTransceiver = self._peer.addTransceiver(kind.name.lower(), "sendrecv")
        transceiver.setCodecPreferences(_capabilities(kind))
        incoming = Incoming(
            transceiver.receiver,
            lambda packet: self._arrived(kind, packet),
            lambda report: self._reported(kind, report),
            lambda: self._listener.cap(self),
        )
        outgoing = Outgoing(transceiver.sender, lambda: self._listener.wants_key_picture(self))
        start = Renumber(random.randrange(1 << 15), random.randrange(1 << 32), kind.clock_rate)
        return _Way(incoming, outgoing, start)

    def _check_directions(self) -> None:
        for transceiver in self._peer.getTransceivers():
            if transceiver._offerDirection != "sendrecv":  # noqa: SLF001 - there is no public name for it
                raise BadOffer("both sections must be sendrecv: who takes part in a call is seen and heard")

    def _arrived(self, kind: Kind, packet: RtpPacket) -> None:
        if self.is_over:
            return
        self.has_media = True
        self.bytes_in += len(packet.payload)
        self._listener.arrived(self, kind, packet)

    def _reported(self, kind: Kind, report: SenderReport) -> None:
        """The browser's clock is moved onto ours, once, so that both kinds keep the distance that it gave them."""
        if self._clock_ahead is None:
            self._clock_ahead = clock.current_ntp_time() - report.ntp
        if not self.is_over:
            ours = SenderReport(report.timestamp, (report.ntp + self._clock_ahead) % (1 << 64))
            self._listener.reported(self, kind, ours)

    def _look_at_state(self) -> None:
        if self._peer.connectionState in {"failed", "closed"} and not self.is_over:
            self.is_over = True
            self._listener.over(self)

    def _spawn(self, doing: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _capabilities(kind: Kind) -> list[RTCRtpCodecCapability]:
    """One codec for everybody: only then can packets be handed on as they are."""
    known = RTCRtpReceiver.getCapabilities(kind.name.lower())
    return [codec for codec in known.codecs if codec.mimeType.lower() in _CODECS[kind]] if known else []
