"""One server with two merchants for all dashboard tests, each with a member in every role.

`member(role)` is a visitor who is signed in already (tests share that session: end it, and you end it for all; take
`visitor` and `enter` for one of your own). `api` speaks for the first merchant.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from dastak.accounts.member import Role
from support.api import Api
from support.dashboard import DashboardServer, Visitor, email_of


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    with DashboardServer(tmp_path_factory.mktemp("dashboard")) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def _nothing_failed_inside(server: DashboardServer) -> Iterator[None]:
    """Whatever a module does to the server, no traceback and no error may be in its log at the end."""
    yield
    server.assert_no_failures()


@pytest.fixture
def api(server: DashboardServer) -> Iterator[Api]:
    with server.api() as client:
        yield client


class Members(Protocol):
    """Makes visitors who are signed in."""

    def __call__(self, role: Role = Role.OWNER, merchant: int = 0) -> Visitor: ...


@pytest.fixture
def visitors(server: DashboardServer) -> Iterator[Callable[[int], Visitor]]:
    """Makes visitors of that merchant's dashboard, each with a browser and an address of the network of their own."""
    made: list[Visitor] = []

    def make(merchant: int = 0) -> Visitor:
        made.append(Visitor(server, merchant))
        return made[-1]

    yield make
    for visitor in made:
        visitor.close()


@pytest.fixture
def visitor(visitors: Callable[[int], Visitor]) -> Visitor:
    """Somebody who is not signed in."""
    return visitors(0)


@pytest.fixture
def member(server: DashboardServer, visitors: Callable[[int], Visitor]) -> Members:
    """Somebody of that role who is signed in, on the overview."""

    def make(role: Role = Role.OWNER, merchant: int = 0) -> Visitor:
        one = visitors(merchant)
        if (merchant, role) in server.jars:
            one.jar = server.jars[merchant, role]
            one.go("/dashboard")
        else:
            one.enter(email_of(role, merchant))
            server.jars[merchant, role] = one.jar
        assert one.at == "/dashboard", one.text
        return one

    return make
