"""Open rooms per test, for every back end."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from conformance.video.calls import Calls, opened, over_aiortc, over_janus
from conformance.video.remote import RoomsOfAChild
from support.janus import PrivateJanus, media_address


@pytest.fixture(scope="session")
def gateway() -> Iterator[PrivateJanus]:
    with PrivateJanus() as gateway:
        yield gateway


@pytest.fixture(params=("aiortc", pytest.param("janus", marks=pytest.mark.janus), "remote"))
async def calls(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Calls]:
    if request.param == "aiortc":
        async with opened(over_aiortc, tmp_path) as calls:
            yield calls
    elif request.param == "remote":
        async with opened(RoomsOfAChild, tmp_path) as calls:
            yield calls
    else:
        gateway = request.getfixturevalue("gateway")
        async with opened(over_janus(gateway.url), tmp_path, media_address()) as calls:
            yield calls
