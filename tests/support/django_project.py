"""The one Django project of a test process: Django is configured once. Its site is `integration.kit.django_site`.

In: nothing; importing it configures Django. Out: `database`, which adds one more database with the inbox's tables.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

SITE = "integration.kit.django_site"
_folder = tempfile.TemporaryDirectory()

settings.configure(
    ROOT_URLCONF=SITE,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="not a secret",
    USE_TZ=True,
    INSTALLED_APPS=["dastak_sdk.inbox.django"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(_folder.name) / "site.sqlite3"),
            "ATOMIC_REQUESTS": True,
        }
    },
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware", f"{SITE}.body_is_read_before"],
    LOGGING_CONFIG=None,
)
django.setup()
call_command("migrate", verbosity=0)
connections.close_all()


@contextmanager
def database(name: str, **given: Any) -> Iterator[str]:
    """A database of that name, migrated; gone from Django afterwards."""
    whole = connections.configure_settings({"default": settings.DATABASES["default"], name: given})
    connections.settings[name] = whole[name]
    try:
        call_command("migrate", database=name, verbosity=0)
        yield name
    finally:
        connections[name].close()
        del connections[name]
        del connections.settings[name]
