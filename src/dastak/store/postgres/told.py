"""What an attempt tells beside its outcome, as the bytes that are sealed.

In: a finished attempt. Out: how far it came, where, how long each phase took and both sides of the exchange, as bytes;
and back. Fixed numbers come first, packed: this is done for every delivery.
"""

import struct
from dataclasses import dataclass, field

from dastak.store.records import Headers, exchange, exchange_from
from dastak.webhooks.delivery import Settled
from dastak.webhooks.post import Timings

PHASES = struct.Struct("<5I?BB")
"""Five times in microseconds, whether the answer was cut, the lengths of stage and address."""


@dataclass(frozen=True, slots=True)
class Told:
    """An attempt's own words."""

    stage: str = ""
    address: str = ""
    timings: Timings = field(default_factory=Timings)
    answer_truncated: bool = False
    request_headers: Headers = ()
    answer_headers: Headers = ()
    answer_body: bytes = b""


UNTOLD = Told()
"""Of an attempt whose exchange is gone or does not open."""


def told(one: Settled) -> bytes:
    """Everything of it, for the vault."""
    answer, timings = one.answer, one.answer.timings
    stage, address = answer.stage.value.encode(), answer.address.encode()
    phases = PHASES.pack(
        timings.resolved_us,
        timings.connected_us,
        timings.tls_us,
        timings.first_byte_us,
        timings.total_us,
        answer.body_truncated,
        len(stage),
        len(address),
    )
    return phases + stage + address + exchange(one.request_headers, answer.headers, answer.body)


def told_from(opened: bytes) -> Told:
    """What `told` made."""
    *times, truncated, stage_length, address_length = PHASES.unpack_from(opened)
    stage_ends = PHASES.size + stage_length
    address_ends = stage_ends + address_length
    request_headers, answer_headers, answer_body = exchange_from(opened[address_ends:])
    return Told(
        opened[PHASES.size : stage_ends].decode(),
        opened[stage_ends:address_ends].decode(),
        Timings(*times),
        truncated,
        request_headers,
        answer_headers,
        answer_body,
    )
