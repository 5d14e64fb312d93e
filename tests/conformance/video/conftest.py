"""Open rooms per test, for every back end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conformance.video.calls import BACK_ENDS, Calls, opened


@pytest.fixture(params=sorted(BACK_ENDS))
async def calls(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Calls]:
    async with opened(BACK_ENDS[request.param], tmp_path) as calls:
        yield calls
