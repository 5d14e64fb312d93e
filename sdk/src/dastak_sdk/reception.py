"""The whole of receiving one webhook: verify, call the merchant's function, and say what to answer.

In: a `Receiver` (or what `Verifies`), the merchant's function, and per request its headers and raw body. Out: an
`Answer`. The adapters (`asgi`, `wsgi`, `starlette`, `fastapi`, `flask`, `django`) do nothing but read the body of their
framework and send the answer, so a handler behaves the same in each of them:

    a wrong signature            401, and its reason as the whole body
    anything else not to accept  400 or 413, likewise
    a test of the URL            200; nothing is called
    an event of the catalogue    your function, then 200
    an event of another type     `on_unknown` if you gave one, then 200
    authentic, and unreadable    likewise: an event of `UNREADABLE_EVENT_TYPE`
    your function raises         500 and `handler_failed`: the sender comes again; the error goes to the log only

What is authentic is acknowledged, whatever it says: the same bytes would come again, fail again, and in the end have
the endpoint disabled. With an inbox, your function is its effect, and everything that is authentic is kept there.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from dastak_sdk.envelope import Event
from dastak_sdk.errors import Reason, WebhookError
from dastak_sdk.headers import Headers

Handler = Callable[[Event], object]
"""Yours: takes an event. Plain or `async`; what it returns is not looked at."""

EffectT_contra = TypeVar("EffectT_contra", contravariant=True)


class Verifies(Protocol):
    """A `Receiver`, or what gives the one of the moment: secrets may change while you run."""

    @property
    def max_body_bytes(self) -> int:
        """How much of a body is worth reading."""

    def receive(self, headers: Headers, body: bytes) -> Event:
        """Return what is authentic and fresh; raise `WebhookError` for the rest."""


class Keeps(Protocol[EffectT_contra]):
    """An `Inbox` or an `AsyncInbox`, made without an effect: the decorated function becomes that."""

    def joined(self, effect: EffectT_contra, /) -> Handler:
        """Take the effect; give what receives an event."""


InThread = Callable[[Handler, Event], Awaitable[object]]

log = logging.getLogger("dastak_sdk")

_FAILED = "The handler of a %s (%s) failed: answered 500, and it will come again"
_MAX_LENGTH_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back."""

    status: int
    code: str = ""
    """The whole body: a reason, or nothing."""
    allow: str = ""
    """The header `Allow`; empty: none."""

    @property
    def body(self) -> bytes:
        """The bytes to send."""
        return self.code.encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers to send, lower-case."""
        named = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(self.body))}
        return {**named, "allow": self.allow} if self.allow else named


ACCEPTED = Answer(200)
HANDLER_FAILED = Answer(500, "handler_failed")
ONLY_POST = Answer(405, "method_not_allowed", allow="POST")
NO_LENGTH = Answer(411, "length_required")
BAD_LENGTH = Answer(400, Reason.BAD_HEADER.value)
TOO_LARGE = Answer(Reason.BODY_TOO_LARGE.status, Reason.BODY_TOO_LARGE.value)
CUT_SHORT = Answer(400, "body_cut_short")
"""The sender went away before the body was whole. Nobody reads this answer, but a log may show it."""


class Reception:
    """One merchant's way of receiving. Immutable, safe to share between threads and event loops.

    For a framework without an adapter: read the body, at most `max_body_bytes` and one, and send what `answer` says.
    """

    __slots__ = ("_handler", "_on_unknown", "_receiver")

    def __init__(
        self,
        receiver: Verifies,
        handler: Callable[..., object],
        *,
        on_unknown: Handler | None = None,
        inbox: Keeps[Any] | None = None,
        has_loop: bool = True,
    ) -> None:
        """Set up.

        Args:
            receiver: verifies.
            handler: gets each event of the catalogue, and those about webhooks themselves (`EndpointData`).
            on_unknown: gets each event of a type that this version does not know, and what cannot be read at all; its
                `data` is a plain mapping.
            inbox: keeps every event, and calls `handler` as its effect.
            has_loop: whether requests come on an event loop that stays.
        """
        refuse_receiver(receiver)
        refuse_handler(handler)
        if inbox is not None:
            if on_unknown is not None:
                raise TypeError("Give on_unknown to the inbox: it calls that inside its transaction.")
            handler = on_unknown = inbox.joined(handler)
            if is_async(handler) and not has_loop:
                raise TypeError("An AsyncInbox needs an event loop that stays, as under ASGI; here use Inbox.")
        self._receiver = receiver
        self._handler = handler
        self._on_unknown = on_unknown

    @property
    def max_body_bytes(self) -> int:
        """How much of a body an adapter reads."""
        return self._receiver.max_body_bytes

    def answer(self, headers: Headers, body: bytes) -> Answer:
        """Do the whole work here and now. An `async` function is run to its end in a loop of its own."""
        event = self._examine(headers, body)
        if isinstance(event, Answer):
            return event
        handler = self._handler_of(event)
        if handler is None:
            return ACCEPTED
        try:
            result = handler(event)
            if inspect.isawaitable(result):
                _run(result)
        except (Exception, asyncio.CancelledError):  # the loop is the handler's own: nobody else cancels here
            log.exception(_FAILED, event.type, event.dedupe_key)
            return HANDLER_FAILED
        return ACCEPTED

    async def answer_async(self, headers: Headers, body: bytes, in_thread: InThread = asyncio.to_thread) -> Answer:
        """Do the whole work on this loop. A plain function is called through `in_thread`, so it may block."""
        event = self._examine(headers, body)
        if isinstance(event, Answer):
            return event
        handler = self._handler_of(event)
        if handler is None:
            return ACCEPTED
        try:
            result = handler(event) if is_async(handler) else await in_thread(handler, event)
            if inspect.isawaitable(result):
                await result
        except Exception:
            log.exception(_FAILED, event.type, event.dedupe_key)
            return HANDLER_FAILED
        return ACCEPTED

    def _examine(self, headers: Headers, body: bytes) -> Event | Answer:
        try:
            return self._receiver.receive(headers, body)
        except WebhookError as problem:
            log.warning("A webhook was refused: %s", problem)
            return Answer(problem.status, problem.reason.value)

    def _handler_of(self, event: Event) -> Handler | None:
        """Who gets it; None: nobody, and it is acknowledged."""
        if event.is_test:
            return None
        if event.is_known:
            return self._handler
        if self._on_unknown is None and event.problem is not None:
            log.error("What could not be read was acknowledged (%s): %s", event.dedupe_key, event.problem)
        elif self._on_unknown is None:
            log.info("An event of the unknown type %r was acknowledged; give on_unknown to keep such.", event.type)
        return self._on_unknown


def is_async(handler: Callable[..., object] | None) -> bool:
    """Whether calling it gives a coroutine: an `async def`, a partial of one, or an object whose `__call__` is one."""
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004 - not whether it is callable, but how


def named_as(handler: Callable[..., object], endpoint: Any) -> None:
    """Give what a framework registers the name and docstring of the merchant's function.

    Not `functools.wraps`: frameworks follow `__wrapped__` to the signature, and would look for an `event` in the URL.
    """
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        if hasattr(handler, attribute):
            setattr(endpoint, attribute, getattr(handler, attribute))


def content_length(written: str | None) -> int | Answer | None:
    """The header as a number, None when it is absent, or what to answer when it is no number."""
    if written is None or not written:
        return None
    is_number = written.isascii() and written.isdigit() and len(written) <= _MAX_LENGTH_DIGITS
    return int(written) if is_number else BAD_LENGTH


def _run(result: Awaitable[object]) -> None:
    """Wait for it in a loop of its own; where this thread already runs one, as in an async test, in another thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_awaited(result))
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, asyncio.run, _awaited(result)).result()


async def _awaited(result: Awaitable[object]) -> None:
    await result


def refuse_receiver(receiver: object) -> None:
    """Raise `TypeError` for what verifies nothing, such as the handler itself below a bare `@webhook`."""
    if not callable(getattr(receiver, "receive", None)):
        raise TypeError(
            f"webhook takes a Receiver, as in @webhook(Receiver(secret)), and not {type(receiver).__name__}."
        )


def refuse_handler(handler: object) -> None:
    """Raise `TypeError` for what could not be called with an event, or would do nothing when it is."""
    if not callable(handler):
        raise TypeError(f"A handler is a function that takes an event, not {type(handler).__name__}.")
    if any(is_generator(each) for each in (handler, getattr(handler, "__call__", None))):  # noqa: B004 - as in is_async
        raise TypeError("The handler contains `yield`: calling it would run nothing. Do the work, and return.")


def is_generator(function: object) -> bool:
    """Whether calling it only makes a generator, and runs none of its code."""
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
