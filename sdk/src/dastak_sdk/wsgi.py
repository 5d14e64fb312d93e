"""A webhook handler as a WSGI application: for gunicorn, uWSGI, mod_wsgi, wsgiref, or behind a dispatcher.

In: a function that takes an event. Out: the application. Standard library only.

    @webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
    def application(event: Event) -> None: ...

It answers at every path: mount it where you like. What it answers is written down in `reception`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, TypeVar, overload

from dastak_sdk.reception import (
    CUT_SHORT,
    NO_LENGTH,
    ONLY_POST,
    TOO_LARGE,
    Answer,
    Handler,
    Keeps,
    Reception,
    Verifies,
    content_length,
    named_as,
    refuse_receiver,
)

EffectT = TypeVar("EffectT")
Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_PIECE = 64 * 1024


@overload
def webhook(receiver: Verifies, *, on_unknown: Handler | None = None) -> Callable[[Handler], WebhookApp]: ...
@overload
def webhook(receiver: Verifies, *, inbox: Keeps[EffectT]) -> Callable[[EffectT], WebhookApp]: ...
def webhook(
    receiver: Verifies, *, on_unknown: Handler | None = None, inbox: Keeps[Any] | None = None
) -> Callable[[Any], WebhookApp]:
    """Make of the decorated function a WSGI application that calls it with each verified event.

    `on_unknown` gets what this version does not know or cannot read; without it that is acknowledged and logged. With
    an `inbox` that has no effect yet, the function becomes its effect: called with the handle of the transaction and
    the event, once per event.
    """
    refuse_receiver(receiver)
    return lambda handler: WebhookApp(
        Reception(receiver, handler, on_unknown=on_unknown, inbox=inbox, has_loop=False), handler
    )


class WebhookApp:
    """The application."""

    def __init__(self, reception: Reception, handler: Callable[..., object]) -> None:
        self._reception = reception
        named_as(handler, self)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
        return [answer.body]

    def _answer(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] != "POST":
            return ONLY_POST
        body = read_body(environ, self._reception.max_body_bytes)
        return body if isinstance(body, Answer) else self._reception.answer(list(_headers(environ)), body)


def read_body(environ: Environ, limit: int) -> bytes | Answer:
    """The whole body as it came, or what to answer without having it: never more than `limit` bytes are kept."""
    length = content_length(environ.get("CONTENT_LENGTH"))
    if isinstance(length, Answer):
        return length
    if length is not None and length > limit:
        return TOO_LARGE
    if length is None and not environ.get("wsgi.input_terminated"):
        # Without a length, reading on may wait for ever; only some servers promise an end.
        return NO_LENGTH if environ.get("HTTP_TRANSFER_ENCODING") else b""
    try:
        body = _read(environ["wsgi.input"], limit + 1 if length is None else length)
    except OSError:
        return CUT_SHORT
    if length is None:
        return TOO_LARGE if len(body) > limit else body
    return body if len(body) == length else CUT_SHORT


def _read(stream: Any, wanted: int) -> bytes:
    body = bytearray()
    while len(body) < wanted:
        piece = stream.read(min(_PIECE, wanted - len(body)))
        if not piece:
            break
        body += piece
    return bytes(body)


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    return ((name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_"))
