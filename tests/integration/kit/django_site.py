"""A Django site with one webhook view per way of writing it, and a database with `ATOMIC_REQUESTS`.

In: nothing; importing it configures Django for this process. Out: `wsgi` and `asgi`, the site's two doors, and `notes`,
what its handlers have written.
"""

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

import support.django_project  # noqa: F401 - configures Django
from dastak_sdk.django import webhook
from integration.kit.merchant import MERCHANT, RECEIVER, Event

with connection.cursor() as _cursor:
    _cursor.execute("CREATE TABLE notes (type TEXT NOT NULL)")
connection.close()


def body_is_read_before(get_response: object) -> object:
    """A middleware such as many sites have: it looks at each body, here only when the sender asks for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.headers.get("x-read-before"):
            assert request.body
        return get_response(request)  # type: ignore[operator]

    return middleware


def note(event: Event) -> None:
    """Write, and then do what the merchant does; it may fail."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO notes VALUES (%s)", [event.type])
    MERCHANT.receive(event)


def notes() -> int:
    """How many writes have stayed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes")
        (count,) = cursor.fetchone()
    connection.close()
    return int(count)


plain = webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(note)
deferred = webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(MERCHANT.receive_async)

urlpatterns = [path("plain", plain), path("async", transaction.non_atomic_requests(deferred))]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
