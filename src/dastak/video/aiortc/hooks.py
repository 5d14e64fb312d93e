"""The one place that reaches inside aiortc 1.16.0; `tests/conformance/video/test_aiortc_hooks.py` holds it to that.

In: aiortc's receivers and senders, before they are started. Out: encoded packets as they come, with no decoder and no
thread; encoded packets out, with no encoder. Sender reports carry the clock of whoever made the picture, so that the
viewer's browser keeps lips and voice together.
"""

# ruff: noqa: SLF001 - reaching inside is what this file is for

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import aioice.ice
from aiortc import RTCRtpReceiver, RTCRtpSender, clock, rtcrtpreceiver
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTP_HISTORY_SIZE,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)

from dastak.video.rooms.connection import Media, SenderReport

QUEUE_PACKETS = 1024
"""What one outgoing track may hold back; then the oldest go."""

_decode = rtcrtpreceiver.decoder_worker
_own_addresses = aioice.ice.get_host_addresses


class _Undecoded(queue.Queue[Any]):
    """Marks a receiver whose packets nobody decodes here."""


def _work(
    loop: asyncio.AbstractEventLoop,
    input_q: queue.Queue[Any],
    output_q: asyncio.Queue[Any],
    decode_error: threading.Event,
) -> None:
    """The receiver's thread: it ends at once where there is nothing to decode."""
    if not isinstance(input_q, _Undecoded):
        _decode(loop, input_q, output_q, decode_error)


def install(host_addresses: tuple[str, ...]) -> None:
    """Once per process: receivers of ours decode nothing, and media is taken on these addresses only."""
    rtcrtpreceiver.decoder_worker = _work
    given = list(host_addresses)

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [one for one in given if (use_ipv6 if ":" in one else use_ipv4)]

    aioice.ice.get_host_addresses = addresses if given else _own_addresses


class _Tap:
    """Stands where a receiver has its jitter buffer: after retransmissions were unwrapped and losses asked for."""

    def __init__(self, arrived: Callable[[RtpPacket], None]) -> None:
        self._arrived = arrived

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        self._arrived(packet)
        return False, None


class _Capped:
    """Stands where a receiver estimates how much its sender may send: never more than the other party can receive."""

    def __init__(self, estimator: RemoteBitrateEstimator, cap: Callable[[], int | None]) -> None:
        self._estimator = estimator
        self._cap = cap

    def add(self, **packet: Any) -> tuple[int, list[int]] | None:
        found = self._estimator.add(**packet)
        cap = self._cap()
        return found if found is None or cap is None else (min(found[0], cap), found[1])


class Incoming:
    """A receiver whose packets are handed on as they came."""

    def __init__(
        self,
        receiver: RTCRtpReceiver,
        arrived: Callable[[RtpPacket], None],
        reported: Callable[[SenderReport], None],
        cap: Callable[[], int | None],
    ) -> None:
        """`cap`: bits per second that this browser may send at most, now; None for no limit."""
        self._receiver = receiver
        self._arrived = arrived
        self._ssrc: int | None = None
        inside: Any = receiver
        inside._RTCRtpReceiver__jitter_buffer = _Tap(self._take)
        inside._RTCRtpReceiver__decoder_queue = _Undecoded()
        estimator = inside._RTCRtpReceiver__remote_bitrate_estimator
        if estimator is not None:  # of video only
            inside._RTCRtpReceiver__remote_bitrate_estimator = _Capped(estimator, cap)
        handle = receiver._handle_rtcp_packet

        async def look_then_handle(packet: AnyRtcpPacket) -> None:
            if isinstance(packet, RtcpSrPacket) and packet.ssrc == self._ssrc:
                reported(SenderReport(packet.sender_info.rtp_timestamp, packet.sender_info.ntp_timestamp))
            await handle(packet)

        inside._handle_rtcp_packet = look_then_handle

    async def ask_for_key_picture(self) -> None:
        """Tell the browser that a picture was lost; it then sends a whole one."""
        if self._ssrc is not None:
            await self._receiver._send_rtcp_pli(self._ssrc)

    @property
    def packets_lost(self) -> int:
        """As sequence numbers say it."""
        inside: Any = self._receiver
        streams = inside._RTCRtpReceiver__remote_streams
        return streams[self._ssrc].packets_lost if self._ssrc in streams else 0

    def _take(self, packet: RtpPacket) -> None:
        self._ssrc = packet.ssrc  # never a retransmission's: those were unwrapped
        self._arrived(packet)


class Outgoing:
    """A sender that sends what it is given."""

    def __init__(self, sender: RTCRtpSender, wants_key_picture: Callable[[], None]) -> None:
        self._sender = sender
        self._waiting: deque[Media] = deque()
        self._has_some = asyncio.Event()
        self.dropped = 0
        self.bytes_out = 0
        self.can_receive: int | None = None
        """Bits per second, as the browser says it; None before it did."""
        self._report: SenderReport | None = None
        inside: Any = sender
        inside._send_keyframe = wants_key_picture
        inside._run_rtp = self._run
        handle = sender._handle_rtcp_packet

        async def look_then_handle(packet: AnyRtcpPacket) -> None:
            if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
                with contextlib.suppress(ValueError):
                    self.can_receive = unpack_remb_fci(packet.fci)[0]
            await handle(packet)

        inside._handle_rtcp_packet = look_then_handle

    def send(self, packet: Media) -> None:
        """Soon; when too many wait, the oldest is dropped and counted."""
        if len(self._waiting) >= QUEUE_PACKETS:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(packet)
        self._has_some.set()

    def report(self, report: SenderReport) -> None:
        """What the next sender report says, in the outgoing stream's timestamps."""
        self._report = report

    async def _run(self, codec: RTCRtpCodecParameters) -> None:
        inside: Any = self._sender
        inside._RTCRtpSender__rtp_started.set()
        self._waiting.clear()  # what came before there was a connection is of no use
        try:
            while True:
                while not self._waiting:
                    self._has_some.clear()
                    await self._has_some.wait()
                await self._send_now(codec, self._waiting.popleft())
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            inside._RTCRtpSender__rtp_exited.set()  # stop() waits for it

    async def _send_now(self, codec: RTCRtpCodecParameters, onward: Media) -> None:
        inside: Any = self._sender
        packet = RtpPacket(
            payload_type=codec.payloadType or 0,
            marker=int(onward.marker),
            sequence_number=onward.sequence,
            timestamp=onward.timestamp,
            ssrc=inside._ssrc,
            payload=onward.payload,
        )
        packet.extensions.mid = inside._RTCRtpSender__mid
        now = clock.current_ntp_time()
        if inside.kind == "video":
            packet.extensions.abs_send_time = (now >> 14) & 0x00FFFFFF
        elif onward.audio_level is not None:
            packet.extensions.audio_level = onward.audio_level
        inside._RTCRtpSender__rtp_history[packet.sequence_number % RTP_HISTORY_SIZE] = packet
        data = packet.serialize(inside._RTCRtpSender__rtp_header_extensions_map)
        await inside.transport._send_rtp(data)
        self.bytes_out += len(data)
        report = self._report or SenderReport(packet.timestamp, now)
        inside._RTCRtpSender__ntp_timestamp = report.ntp
        inside._RTCRtpSender__rtp_timestamp = report.timestamp
        inside._RTCRtpSender__octet_count += len(onward.payload)
        inside._RTCRtpSender__packet_count += 1
