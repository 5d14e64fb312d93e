"""Open rooms per test, for every back end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conformance.video.calls import Calls, Make, opened, over_aiortc
from conformance.video.remote import RoomsOfAChild

BACK_ENDS: dict[str, Make] = {"aiortc": over_aiortc, "remote": RoomsOfAChild}
"""To add a back end, add a way to make it: every test of this folder that takes `calls` then runs on it."""


@pytest.fixture(params=sorted(BACK_ENDS))
async def calls(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Calls]:
    async with opened(BACK_ENDS[request.param], tmp_path) as calls:
        yield calls
