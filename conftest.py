"""Settings of every test run: no deadline per property example, and which tests `./test` may run beside each other.

Property tests have no deadline, since machines differ and are shared. Of the two processes in which `./test` runs, one
takes what keeps time (calls, browsers, kills) and so never has another such test beside it; the other takes the rest,
folder by folder, since the tests of a folder share a server. Whichever is free first takes the next.
"""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dastak", deadline=None)
settings.load_profile("dastak")

ROOT = Path(__file__).parent

KEEPING_TIME = ("tests/acceptance", "tests/conformance/video")
"""What stands below these is one group, and first in line."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups = {item: _group(item.path.parent.relative_to(ROOT).as_posix()) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: groups[item] != KEEPING_TIME[0])


def _group(folder: str) -> str:
    return KEEPING_TIME[0] if folder.startswith(KEEPING_TIME) else folder
