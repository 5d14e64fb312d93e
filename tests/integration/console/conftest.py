"""One server with two merchants for all console tests, and somebody to sign in."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from support.api import Api
from support.customer import Customer
from support.server import RunningServer

SANDBOX_CODE = "111000"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("console"), merchants=("Asha Bank", "Other Bank")) as running:
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


class Person(Customer):
    """Somebody at a console, in a browser of their own; `path` is where forms post to."""

    def __init__(self, server: RunningServer, merchant_id: str = "") -> None:
        super().__init__(f"{server.url}/console")
        self.merchant_id = merchant_id or server.merchant.id

    def ask(self, email: str) -> None:
        """Have a code sent; the code page follows."""
        self.go("/console/sign-in?merchant=" + self.merchant_id)
        self.submit("/sign-in", email=email)

    def enter(self, email: str, code: str = SANDBOX_CODE) -> None:
        """The whole way in."""
        self.ask(email)
        self.submit("/sign-in/code", code=code)

    def go(self, path: str) -> None:
        """Open a page."""
        self._go("GET", path)

    @property
    def at(self) -> str:
        """The path of the page that is shown."""
        return self._shown().url

    @property
    def text(self) -> str:
        return self._shown().text

    @property
    def status(self) -> int:
        return self._shown().status


@pytest.fixture
def people(server: RunningServer) -> Iterator[Callable[[], Person]]:
    """Makes people, each with a browser and an address of the network of their own."""
    made: list[Person] = []

    def make() -> Person:
        made.append(Person(server))
        return made[-1]

    yield make
    for person in made:
        person.close()


@pytest.fixture
def person(people: Callable[[], Person]) -> Person:
    return people()


def an_operator(api: Api, *roles: str, name: str = "Meera Nair") -> dict[str, str]:
    """Make one; `id` and `email`."""
    email = f"meera.{uuid.uuid4().hex}@asha.example"
    answer = api.post("/api/v1/operators", {"name": name, "email": email, "roles": list(roles) or ["agent"]})
    assert answer.status == 201, answer
    return {"id": answer.json["id"], "email": email}
