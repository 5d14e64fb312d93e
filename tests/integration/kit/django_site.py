"""A Django site with one webhook view per way of writing it, and a database with `ATOMIC_REQUESTS`.

In: nothing; importing it configures Django for this process. Out: `wsgi` and `asgi`, the site's two doors, and `notes`,
what its handlers have written.
"""

import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from dastak_sdk.django import webhook
from integration.kit.merchant import MERCHANT, RECEIVER, Event

_folder = tempfile.TemporaryDirectory()

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="not a secret",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(_folder.name) / "site.sqlite3"),
            "ATOMIC_REQUESTS": True,
        }
    },
    MIDDLEWARE=[
        "django.middleware.csrf.CsrfViewMiddleware",
        f"{__name__}.body_is_read_before",
    ],
    LOGGING_CONFIG=None,
)
django.setup()

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
