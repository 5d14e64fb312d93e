"""Settings of every test run: no deadline per property example, and which tests `./test` may run beside each other.

Property tests have no deadline, since machines differ and are shared. Of the two processes in which `./test` runs, one
takes what keeps time (calls, browsers, kills) and so never has another such test beside it; the other takes the rest,
folder by folder, since the tests of a folder share a server. Whichever is free first takes the next folder.
"""

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("dastak", deadline=None)
settings.load_profile("dastak")

KEEPING_TIME = ("tests/acceptance", "tests/conformance/video")
"""What stands below these is one piece, and first in line."""


class ByFolder(LoadScopeScheduling):
    """Gives whole pieces to processes."""

    def _split_scope(self, nodeid: str) -> str:
        return _piece(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Asked once, of a run in several processes."""
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those that keep time first."""
    items.sort(key=lambda item: _piece(item.nodeid) != KEEPING_TIME[0])


def _piece(nodeid: str) -> str:
    folder = PurePosixPath(nodeid.partition("::")[0]).parent.as_posix()
    return KEEPING_TIME[0] if folder.startswith(KEEPING_TIME) else folder
