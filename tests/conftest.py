"""One PostgreSQL for the whole run, started by the first test that asks for it."""

from collections.abc import Iterator

import pytest

from support.postgres import PrivatePostgres, shared_postgres


@pytest.fixture(scope="session")
def postgres() -> PrivatePostgres:
    """Shared: make databases in it, and leave its settings and processes alone. Who kills starts one of their own."""
    return shared_postgres()


@pytest.fixture
def database(postgres: PrivatePostgres) -> Iterator[str]:
    """The URL of a fresh database."""
    url = postgres.database()
    yield url
    postgres.drop(url)
