"""One browser's connection to a gateway, and the gateway's to us.

In: an offer; later packets to send. Out: an answer; the packets that come, and word that the connection is over. The
gateway does ICE, DTLS, lost packets and bandwidth; it hands us what is decrypted, encrypted anew for us.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.janus import description, packets
from dastak.video.janus.gateway import Gateway, Refused
from dastak.video.janus.gateways import Gateways
from dastak.video.janus.losses import Losses
from dastak.video.janus.secured import Incoming, Outgoing, new_key
from dastak.video.janus.wire import Address, Wire
from dastak.video.rooms.connection import KeyPictureWish, Listener, Media, SenderReport
from dastak.video.rooms.offer import admitted
from dastak.video.rooms.renumber import Renumber
from dastak.video.rooms.sender_clock import SenderClock
from dastak.video.spool.record import Kind

log = structlog.get_logger("dastak.rooms")

_ENDS = {"hangup", "detached"}


@dataclass(slots=True)
class _Way:
    """One kind of media, both directions."""

    kind: Kind
    payload_type: int
    gateway: Address
    incoming: Incoming
    outgoing: Outgoing
    renumber: Renumber
    losses: Losses = field(default_factory=Losses)
    source: int = field(default_factory=lambda: random.randrange(1, 1 << 32))
    """The SSRC of what we send; the gateway has one of its own for the browser."""


class Leg:
    """A `Connection`, made for one offer."""

    def __init__(
        self, number: int, room: str, gateways: Gateways, wire: Wire, listener: Listener, now: Callable[[], float]
    ) -> None:
        self.number = number
        self.began = now()
        self.has_media = False
        self.bytes_in = 0
        self.bytes_out = 0
        self.is_over = False
        self._room = room
        self._gateways = gateways
        self._wire = wire
        self._listener = listener
        self._now = now
        self._gateway: Gateway | None = None
        self._handle = 0
        self._ways: dict[Kind, _Way] = {}
        self._key_picture = KeyPictureWish()
        self._clock = SenderClock()

    async def answer(self, offer: str) -> str:
        """Raises `BadOffer`; `ConnectionError`: no gateway answers now."""
        description_of_browser = admitted(offer)
        lines = description.lines(description_of_browser)
        self._gateway = self._gateways.of(self._room)
        try:
            self._handle = await self._gateway.attach(self._happened)
            return await self._answered(self._gateway, description_of_browser, lines)
        except (Refused, ValueError) as error:
            log.info("offer_refused", error=f"{type(error).__name__}: {error}"[:200])
            raise BadOffer("this offer cannot be answered") from None

    def send(self, kind: Kind, source: int, packet: Media) -> None:
        way = self._ways.get(kind)
        if way is None or self.is_over:
            return
        numbers = way.renumber.take(source, packet.sequence, packet.timestamp, self._now())
        if numbers is None:
            return
        renumbered = Media(*numbers, packet.marker, packet.payload)
        datagram = way.outgoing.media(packets.rtp(renumbered, way.payload_type, way.source))
        if datagram is not None:
            self._wire.send_rtp(datagram, way.gateway)
            self.bytes_out += len(datagram)

    def send_report(self, kind: Kind, source: int, report: SenderReport) -> None:
        """Nothing to do: the gateway makes reports of its own, by when it sent what."""

    def ask_for_key_picture(self) -> None:
        self._key_picture.wish()
        self.tick()

    def tick(self) -> None:
        way = self._ways.get(Kind.VIDEO)
        if way is None or self.is_over or not self._key_picture.is_due(self._now()):
            return
        datagram = way.outgoing.control(packets.picture_loss(way.source))
        if datagram is not None:
            self._wire.send_rtcp(datagram, way.gateway)

    @property
    def can_receive(self) -> int | None:
        """None: what a browser says of that, the gateway keeps to itself."""
        return None

    @property
    def packets_lost(self) -> int:
        return sum(way.losses.lost for way in self._ways.values())

    async def close(self) -> None:
        self.is_over = True
        for way in self._ways.values():
            self._wire.forget(*way.gateway)
        if self._gateway is not None and self._handle:
            handle, self._handle = self._handle, 0
            await self._gateway.detach(handle)

    async def _answered(self, gateway: Gateway, offer: str, lines: tuple[description.Line, ...]) -> str:
        encrypted = {"srtp": "sdes_mandatory"}
        generated, _ = await gateway.tell(
            self._handle, {"request": "generate", **encrypted}, {"type": "offer", "sdp": offer}
        )
        ends = description.ends(str(generated.get("sdp", "")))
        keys = {kind: new_key() for kind in Kind}
        for line in lines:
            self._open(line, ends[line.kind], keys[line.kind])
        ours = description.answer(lines, *self._wire.address, keys)
        _, answer = await gateway.tell(self._handle, {"request": "process", "type": "answer", "sdp": ours, **encrypted})
        if "sdp" not in answer:
            raise Refused("the gateway gave no answer for the browser")
        return str(answer["sdp"])

    def _open(self, line: description.Line, end: description.End, key: str) -> None:
        start = Renumber(random.randrange(1 << 15), random.randrange(1 << 32), line.kind.clock_rate)
        way = _Way(line.kind, line.payload_type, (end.host, end.port), Incoming(end.key), Outgoing(key), start)
        self._ways[line.kind] = way
        self._wire.expect(*way.gateway, lambda datagram: self._took(way, datagram), lambda data: self._told(way, data))

    def _took(self, way: _Way, datagram: bytes) -> None:
        opened = None if self.is_over else way.incoming.media(datagram)
        packet = None if opened is None else packets.media(opened)
        if packet is None:
            return
        self.has_media = True
        self.bytes_in += len(packet.payload)
        way.losses.came(packet.sequence)
        self._listener.arrived(self, way.kind, packet)

    def _told(self, way: _Way, datagram: bytes) -> None:
        opened = None if self.is_over else way.incoming.control(datagram)
        if opened is None:
            return
        for report in packets.sender_reports(opened):
            self._listener.reported(self, way.kind, self._clock.ours(report, time.time()))
        if packets.wants_key_picture(opened):
            self._listener.wants_key_picture(self)

    def _happened(self, what: str) -> None:
        if what in _ENDS and not self.is_over:
            self.is_over = True
            self._listener.over(self)
