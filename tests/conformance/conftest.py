"""One open house per test, for every implementation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conformance.house import HOUSES, House, Ports


@pytest.fixture(params=sorted(HOUSES))
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    house = await HOUSES[request.param](tmp_path)
    yield house
    await house.close()


@pytest.fixture
def ports(house: House) -> Ports:
    """For tests that do not crash the house."""
    return house.ports
