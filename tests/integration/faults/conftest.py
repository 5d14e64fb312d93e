"""Servers and databases that a test may hurt, and the way between them in its hands."""

from collections.abc import Iterator

import pytest

from support.postgres import PrivatePostgres
from support.receiver import HookReceiver
from support.wire import Wire


@pytest.fixture
def own() -> Iterator[PrivatePostgres]:
    """A PostgreSQL of the test's own."""
    with PrivatePostgres() as server:
        yield server


@pytest.fixture
def wire(postgres: PrivatePostgres) -> Iterator[Wire]:
    """A way to the shared PostgreSQL that can be cut."""
    with Wire(postgres.port) as wire:
        yield wire


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as listening:
        yield listening
