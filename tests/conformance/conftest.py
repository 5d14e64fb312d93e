"""One open house per test, for every implementation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.house import HOUSES, House, Ports


@pytest.fixture(params=sorted(HOUSES))
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = HOUSES[request.param](tmp_path)
    yield house
    house.close()


@pytest.fixture
def ports(house: House) -> Ports:
    """For tests that do not crash the house."""
    return house.ports
