"""A server with quick deadlines and a receiver: real processes, real sockets."""

from collections.abc import Iterator
from itertools import count

import pytest

from support.api import Api
from support.receiver import HookReceiver
from support.server import RunningServer

_places = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(
        tmp_path_factory.mktemp("delivery"),
        webhook_connect_timeout_seconds=1,
        webhook_first_byte_timeout_seconds=3,
        webhook_total_timeout_seconds=3,
    )
    with running:
        yield running
        running.assert_no_failures()


@pytest.fixture
def api(server: RunningServer) -> Iterator[Api]:
    with server.api() as client:
        yield client
        for endpoint in client.get("/api/v1/webhook-endpoints").json["data"]:
            client.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    """A new one for each test; it is gone before `api` deletes the endpoints."""
    with HookReceiver() as listening:
        yield listening


@pytest.fixture
def place() -> str:
    """A path that no other test uses."""
    return f"/place-{next(_places)}"
