"""Puts what the network mixed up into order again. Pure.

In: packets of one track as they arrive. Out: the same in order, each once; where one is given up, `Lost` stands.
"""

from dataclasses import dataclass
from typing import TypeAlias

from dastak.video.spool.record import Packet

HOLD_US = 1_000_000
"""How long packets wait for a missing one. Retransmissions take a round trip; a second is late for anybody."""
HOLD_PACKETS = 512


@dataclass(frozen=True, slots=True)
class Lost:
    """One or more packets never came."""


Ordered: TypeAlias = Packet | Lost


class Unwrapped:
    """Makes a number that begins anew at 2^bits one that goes on for ever."""

    def __init__(self, bits: int) -> None:
        self._all = 1 << bits
        self._last: int | None = None

    def __call__(self, number: int) -> int:
        """The long form, chosen nearest to the last one."""
        if self._last is None:
            self._last = number
            return number
        step = (number - self._last) % self._all
        if step >= self._all >> 1:
            step -= self._all
        found = self._last + step
        self._last = max(self._last, found)
        return found


class InOrder:
    """The order of one track."""

    def __init__(self) -> None:
        self._long = Unwrapped(16)
        self._next: int | None = None
        self._held: dict[int, Packet] = {}

    def add(self, packet: Packet) -> list[Ordered]:
        """What can be handed on now that this packet is here."""
        number = self._long(packet.sequence)
        if self._next is None:
            self._next = number
        if number < self._next or number in self._held:
            return []
        self._held[number] = packet
        out = self._ready()
        while self._held and self._waited_long(packet.arrived_us):
            self._next = min(self._held)
            out += [Lost(), *self._ready()]
        return out

    def end(self) -> list[Ordered]:
        """What is left when no more will come."""
        out: list[Ordered] = []
        while self._held:
            self._next = min(self._held)
            out += [Lost(), *self._ready()]
        return out

    def _ready(self) -> list[Ordered]:
        out: list[Ordered] = []
        while self._next is not None and (packet := self._held.pop(self._next, None)) is not None:
            out.append(packet)
            self._next += 1
        return out

    def _waited_long(self, now_us: int) -> bool:
        oldest = next(iter(self._held.values()))  # a dict keeps the order of arrival
        return len(self._held) > HOLD_PACKETS or now_us - oldest.arrived_us > HOLD_US
