"""What this process is doing now, and which trace that belongs to.

In: requests as they begin and end, journeys as they move. Out: the `traceparent` that events are kept with, and spans,
if somebody wants them. Fulfils `web.tracing.RequestTracer` and `journeys.tracing.JourneyTracer`.

A span is made when its act has ended. So an act may still learn where it belongs: an API call once its caller is known,
a customer's act once its link is.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from structlog.contextvars import bind_contextvars, unbind_contextvars

from dastak.journeys.happening import SealedEvent
from dastak_sdk.traceparent import is_sampled, read_traceparent, span_id, trace_id, write_traceparent

LARGEST = 2**64
SECOND_NS = 1_000_000_000

MOST_PER_SECOND = 50
"""Traces that begin here and are recorded, each with all its events and attempts: no flood of calls floods spans."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered."""

    traceparent: str
    parent: str
    links: tuple[str, ...]
    method: str
    route: str
    merchant_id: str
    status: int
    began_ns: int
    ended_ns: int


class Recorder(Protocol):
    """Who makes spans of what has ended. It must not block or raise."""

    def add_request(self, one: Answered) -> None: ...

    def add_event(self, event: SealedEvent, under: str, committed_ns: int) -> None: ...


@dataclass(slots=True)
class Act:
    """One request that is being answered."""

    method: str
    route: str
    caller: str
    """The `traceparent` that it came with; believed only of a merchant."""
    began_ns: int
    traceparent: str
    """Its own; empty while it has none."""
    parent: str = ""
    merchant_id: str = ""
    links: list[str] = field(default_factory=list)
    asked: bool = False
    """Whether somebody has gone on under its trace, which is settled from then on."""


_NOW: ContextVar[Act | None] = ContextVar("dastak_act", default=None)


class Acts:
    """The acts of one process. Without `spans`, the traces of callers are carried on and nothing is recorded."""

    def __init__(
        self,
        spans: Recorder | None = None,
        share: float = 1.0,
        *,
        clock: Callable[[], int] = time.time_ns,
        new_hex: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        """Know nothing yet.

        Args:
            spans: where spans go; None: nowhere.
            share: of the traces that begin here, how much is recorded, 0 to 1.
            clock: nanoseconds since 1970.
            new_hex: bytes → so many random ones, in hexadecimal.
        """
        self._spans = spans
        self._bound = round(share * LARGEST)
        self._clock = clock
        self._new_hex = new_hex
        self._second = 0
        self._recorded = 0

    # requests

    def begun(self, method: str, route: str, traceparents: Sequence[str]) -> Act | None:
        """A request has come. None when there is nothing to trace."""
        caller = read_traceparent(traceparents[0]) if len(traceparents) == 1 else ""
        if self._spans is None and not caller:
            return None
        act = Act(method, route, caller, self._clock(), self._fresh() if self._spans else "")
        _NOW.set(act)
        _show(act)
        return act

    def caller(self, merchant_id: str) -> None:
        """The present request is this merchant's: the trace that it came with is believed."""
        act = _NOW.get()
        if act is None:
            return
        act.merchant_id = merchant_id
        if act.caller and not act.asked:
            self._adopt(act, act.caller)

    def ended(self, act: Act, status: int) -> None:
        """The request was answered."""
        _NOW.set(None)
        unbind_contextvars("trace_id")
        if self._spans is None or not is_sampled(act.traceparent):
            return
        if act.caller and act.parent != act.caller:
            act.links.append(act.caller)
        self._spans.add_request(
            Answered(
                traceparent=act.traceparent,
                parent=act.parent,
                links=tuple(act.links),
                method=act.method,
                route=act.route,
                merchant_id=act.merchant_id,
                status=status,
                began_ns=act.began_ns,
                ended_ns=self._clock(),
            )
        )

    # journeys

    def under(self, begun_under: str) -> str:
        """The trace of the present request if it has one, else that of the journey, which then is the request's too."""
        act = _NOW.get()
        if act is None:
            return begun_under
        if begun_under and not act.parent and not act.asked:
            self._adopt(act, begun_under)
        elif begun_under and trace_id(begun_under) != trace_id(act.traceparent) and begun_under not in act.links:
            act.links.append(begun_under)
        act.asked = True
        return act.traceparent or begun_under

    def committed(self, events: Sequence[SealedEvent], under: str) -> None:
        """Each event is a span from its happening to its commit."""
        if self._spans is not None and is_sampled(under):
            for event in events:
                self._spans.add_event(event, under, self._clock())

    def _adopt(self, act: Act, parent: str) -> None:
        """Become part of that trace; without spans of our own, go on as if we were not there."""
        act.parent = parent
        if self._spans is None:
            act.traceparent = parent
        else:
            act.traceparent = write_traceparent(trace_id(parent), span_id(act.traceparent), sampled=is_sampled(parent))
        _show(act)

    def _fresh(self) -> str:
        trace = self._new_hex(16)
        sampled = int(trace[16:], 16) < self._bound and self._has_room()
        return write_traceparent(trace, self._new_hex(8), sampled=sampled)

    def _has_room(self) -> bool:
        second = self._clock() // SECOND_NS
        if second != self._second:
            self._second, self._recorded = second, 0
        self._recorded += 1
        return self._recorded <= MOST_PER_SECOND


def _show(act: Act) -> None:
    """Every log line of the act names its trace."""
    if act.traceparent:
        bind_contextvars(trace_id=trace_id(act.traceparent))
