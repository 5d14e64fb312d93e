"""Settings of every test run: no deadline per property example, and how `./test` shares tests between two processes.

Property tests have no deadline, since machines differ and are shared. Processes take whole folders, since the tests of
a folder share a server; whichever is free first takes the next.
"""

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("dastak", deadline=None)
settings.load_profile("dastak")


class ByFolder(LoadScopeScheduling):
    """Gives whole folders to processes."""

    def _split_scope(self, nodeid: str) -> str:
        return PurePosixPath(nodeid.partition("::")[0]).parent.as_posix()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Asked once, of a run in several processes."""
    return ByFolder(config, log)
