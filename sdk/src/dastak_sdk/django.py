"""A webhook handler as a view of Django, plain or `async`.

In: a function that takes an event. Out: a view for `path`. Needs Django, which is imported here only.

    @webhook(Receiver(settings.WEBHOOK_SECRET))
    def received(event: Event) -> None: ...

    urlpatterns = [path("webhooks", received)]

The view is exempt from the CSRF check, since the signature says more. With `ATOMIC_REQUESTS`, what a failed handler
wrote is rolled back although the view answers: otherwise half a change would stay, and the sender comes again. An inbox
has transactions of its own, and `ATOMIC_REQUESTS` does not apply. What is answered is written down in `reception`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from dastak_sdk.envelope import Event
from dastak_sdk.reception import (
    CUT_SHORT,
    HANDLER_FAILED,
    NO_LENGTH,
    ONLY_POST,
    TOO_LARGE,
    Answer,
    Handler,
    Keeps,
    Reception,
    Verifies,
    content_length,
    is_async,
    named_as,
    refuse_receiver,
)

EffectT = TypeVar("EffectT")
View = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


@overload
def webhook(receiver: Verifies, *, on_unknown: Handler | None = None) -> Callable[[Handler], View]: ...
@overload
def webhook(receiver: Verifies, *, inbox: Keeps[EffectT]) -> Callable[[EffectT], View]: ...
def webhook(
    receiver: Verifies, *, on_unknown: Handler | None = None, inbox: Keeps[Any] | None = None
) -> Callable[[Any], View]:
    """Make of the decorated function a view that calls it with each verified event.

    An `async` function makes an async view. `on_unknown` gets what this version does not know or cannot read; without
    it that is acknowledged and logged. With an `inbox` that has no effect yet, the function becomes its effect: called
    with the handle of the transaction and the event, once per event.
    """
    refuse_receiver(receiver)

    def decorate(handler: Callable[..., object]) -> View:
        reception = Reception(receiver, handler, on_unknown=on_unknown, inbox=inbox)
        view: View = _async_view(reception) if is_async(handler) else _plain_view(reception)
        named_as(handler, view)
        if inbox is not None:
            for name in connections:
                view = transaction.non_atomic_requests(name)(view)
        exempt: View = csrf_exempt(view)
        return exempt

    return decorate


def _plain_view(reception: Reception) -> View:
    def view(request: HttpRequest) -> HttpResponse:
        body = _read_body(request, reception.max_body_bytes)
        answer = body if isinstance(body, Answer) else reception.answer(request.headers, body)
        if answer is HANDLER_FAILED:
            _roll_back()
        return _response(answer)

    return view


def _async_view(reception: Reception) -> View:
    async def view(request: HttpRequest) -> HttpResponse:
        body = _read_body(request, reception.max_body_bytes)
        if isinstance(body, Answer):
            return _response(body)
        return _response(await reception.answer_async(request.headers, body, _in_thread))

    return view


async def _in_thread(handler: Handler, event: Event) -> object:
    """Django's own way, so that its connections belong to the right thread."""
    result: object = await sync_to_async(handler)(event)
    return result


def _read_body(request: HttpRequest, limit: int) -> bytes | Answer:
    length = _length(request, limit)
    if isinstance(length, Answer):
        return length
    try:
        # Without a length (chunked, under ASGI) Django knows no bound. `body` else: middlewares may read it, too.
        body: bytes = request.read(limit + 1) if length is None else request.body
    except RequestDataTooBig:
        return TOO_LARGE
    except (UnreadablePostError, RawPostDataException):  # cut off, or gone into the form that a middleware read
        return CUT_SHORT
    if length is not None and len(body) < length:
        return CUT_SHORT
    return TOO_LARGE if len(body) > limit else body


def _length(request: HttpRequest, limit: int) -> int | Answer | None:
    """The length that was announced, None when it was not, or what to answer without reading anything."""
    if request.method != "POST":
        return ONLY_POST
    length = content_length(request.META.get("CONTENT_LENGTH"))
    if isinstance(length, int) and length > limit:
        return TOO_LARGE
    if length is None and request.META.get("HTTP_TRANSFER_ENCODING") and hasattr(request, "environ"):
        return NO_LENGTH  # under WSGI Django reads nothing of a chunked body
    return length


def _roll_back() -> None:
    for connection in connections.all():
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)
