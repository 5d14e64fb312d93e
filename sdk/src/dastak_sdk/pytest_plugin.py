"""Fixtures for pytest that deliver webhooks to your own application, inside the test's process.

In: your application, its path and the secret, as fixtures that you override. Out: `webhooks`, the sender. pytest finds
this by itself once the package is installed.

    @pytest.fixture
    def webhook_app():
        return app                      # any ASGI or WSGI application

    @pytest.fixture
    def webhook_secret():
        return "cfsk_test_secret"       # what your application is configured with

    def test_a_duplicate_is_handled_once(webhooks):
        assert all(each.is_accepted for each in webhooks.duplicate("KYC_LINK_SUCCESS"))
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from dastak_sdk.deliveries import Deliveries
from dastak_sdk.in_process import opened


@pytest.fixture
def webhook_app() -> Any:
    """Your ASGI or WSGI application: override it."""
    raise pytest.UsageError("Write a fixture webhook_app that returns your ASGI or WSGI application.")


@pytest.fixture
def webhook_path() -> str:
    """The path of your webhook: `/webhooks`, unless you override it."""
    return "/webhooks"


@pytest.fixture
def webhook_secret() -> str:
    """The secret your application verifies with: `WEBHOOK_SECRET` of the environment, unless you override it."""
    secret = os.environ.get("WEBHOOK_SECRET", "")
    if not secret:
        raise pytest.UsageError("Write a fixture webhook_secret with the secret your application was configured with.")
    return secret


@pytest.fixture
def webhooks(webhook_app: Any, webhook_path: str, webhook_secret: str) -> Iterator[Deliveries]:
    """A sender of signed events, duplicates, forgeries and what else arrives in the real world."""
    with opened(webhook_app) as send:
        yield Deliveries(send, webhook_path, webhook_secret)
