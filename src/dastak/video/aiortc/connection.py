"""One browser's connection to a room.

In: an offer; later packets to send. Out: an answer; the packets that come, and word that the connection is over.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.rtp import RtpPacket

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.aiortc.hooks import Incoming, Outgoing
from dastak.video.rooms.connection import KeyPictureWish, Listener, Media, SenderReport
from dastak.video.rooms.offer import admitted
from dastak.video.rooms.renumber import Renumber
from dastak.video.rooms.sender_clock import SenderClock
from dastak.video.spool.record import Kind

log = structlog.get_logger("dastak.rooms")

_CODECS = {Kind.AUDIO: {"audio/opus"}, Kind.VIDEO: {"video/vp8", "video/rtx"}}


@dataclass(slots=True)
class _Way:
    """One kind of media, both directions."""

    incoming: Incoming
    outgoing: Outgoing
    renumber: Renumber


class AiortcConnection:
    """Made for one offer."""

    def __init__(self, number: int, listener: Listener, now: Callable[[], float]) -> None:
        self.number = number
        self.began = now()
        self.has_media = False
        self.bytes_in = 0
        self.is_over = False
        self._listener = listener
        self._now = now
        self._key_picture = KeyPictureWish()
        self._clock = SenderClock()
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

    def send(self, kind: Kind, source: int, packet: Media) -> None:
        way = self._ways[kind]
        numbers = way.renumber.take(source, packet.sequence, packet.timestamp, self._now())
        if numbers is not None:
            way.outgoing.send(Media(*numbers, packet.marker, packet.payload, packet.audio_level))

    def send_report(self, kind: Kind, source: int, report: SenderReport) -> None:
        way = self._ways[kind]
        timestamp = way.renumber.shifted(source, report.timestamp)
        if timestamp is not None:
            way.outgoing.report(SenderReport(timestamp, report.ntp))

    def ask_for_key_picture(self) -> None:
        self._key_picture.wish()
        self.tick()

    def tick(self) -> None:
        if not self.is_over and self._key_picture.is_due(self._now()):
            self._spawn(self._ways[Kind.VIDEO].incoming.ask_for_key_picture())

    @property
    def can_receive(self) -> int | None:
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
        media = Media(
            packet.sequence_number,
            packet.timestamp,
            bool(packet.marker),
            packet.payload,
            packet.extensions.audio_level,
        )
        self._listener.arrived(self, kind, media)

    def _reported(self, kind: Kind, report: SenderReport) -> None:
        if not self.is_over:
            self._listener.reported(self, kind, self._clock.ours(report, time.time()))

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
