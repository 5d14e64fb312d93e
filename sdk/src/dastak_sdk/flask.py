"""A webhook handler as a view of Flask.

In: a function that takes an event. Out: a view for `@app.post`. Needs Flask 3.1 or newer, which is imported here only.

    @app.post("/webhooks")
    @webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
    def received(event: Event) -> None: ...

An `async` function runs to its end in a loop of its own. What is answered is written down in `reception`.
"""

from collections.abc import Callable
from typing import Any, TypeVar, overload

from flask import Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from dastak_sdk.reception import (
    CUT_SHORT,
    NO_LENGTH,
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
View = Callable[[], Response]


@overload
def webhook(receiver: Verifies, *, on_unknown: Handler | None = None) -> Callable[[Handler], View]: ...
@overload
def webhook(receiver: Verifies, *, inbox: Keeps[EffectT]) -> Callable[[EffectT], View]: ...
def webhook(
    receiver: Verifies, *, on_unknown: Handler | None = None, inbox: Keeps[Any] | None = None
) -> Callable[[Any], View]:
    """Make of the decorated function a view that calls it with each verified event.

    `on_unknown` gets what this version does not know or cannot read; without it that is acknowledged and logged. With
    an `inbox` that has no effect yet, the function becomes its effect: called with the handle of the transaction and
    the event, once per event.
    """
    refuse_receiver(receiver)

    def decorate(handler: Callable[..., object]) -> View:
        reception = Reception(receiver, handler, on_unknown=on_unknown, inbox=inbox, has_loop=False)

        def view() -> Response:
            body = _read_body(reception.max_body_bytes)
            answer = body if isinstance(body, Answer) else reception.answer(request.headers, body)
            return Response(answer.body, answer.status, answer.headers)

        named_as(handler, view)
        return view

    return decorate


def _read_body(limit: int) -> bytes | Answer:
    length = content_length(request.environ.get("CONTENT_LENGTH"))
    if isinstance(length, Answer):
        return length
    if (
        length is None
        and request.environ.get("HTTP_TRANSFER_ENCODING")
        and not request.environ.get("wsgi.input_terminated")
    ):
        return NO_LENGTH
    request.max_content_length = limit + 1  # a chunked body is cut there without a word, so one more tells
    try:
        # Not the stream: a body that was read before comes from Flask's cache.
        body = request.get_data()
    except RequestEntityTooLarge:
        return TOO_LARGE
    except (ClientDisconnected, OSError):
        return CUT_SHORT
    return TOO_LARGE if len(body) > limit else body
