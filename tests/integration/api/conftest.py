"""One server with two merchants for all API tests, and a receiver for what it sends."""

from collections.abc import Iterator

import pytest

from support.api import Api
from support.receiver import HookReceiver
from support.server import RunningServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("api")
    running = RunningServer(
        home,
        merchants=("Asha Bank", "Other Bank", "Crowded Bank"),
        webhook_connect_timeout_seconds=1,
        webhook_first_byte_timeout_seconds=0.3,
        webhook_total_timeout_seconds=0.6,
    )
    with running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _nothing_failed_inside(server: RunningServer) -> Iterator[None]:
    """Whatever a module does to the server, no traceback and no error may be in its log at the end."""
    yield
    server.assert_no_failures()


@pytest.fixture
def api(server: RunningServer) -> Iterator[Api]:
    with server.api() as client:
        yield client


@pytest.fixture
def other(server: RunningServer) -> Iterator[Api]:
    """Another merchant."""
    with server.api(server.merchants[1]) as client:
        yield client


@pytest.fixture(scope="session")
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as listening:
        yield listening
