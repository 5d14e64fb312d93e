"""A stage on a fresh store for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.journeys.stage import Stage, make_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = await make_stage(tmp_path)
    yield stage
    await stage.house.close()
