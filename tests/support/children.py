"""The processes that this one has started, by what they run.

In: a module's name. Out: process ids, and what the kernel says of them.
"""

import os
from pathlib import Path


def running(module: str) -> list[int]:
    """Children of this process that were started with `python -m MODULE`."""
    found = []
    for path in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found += [int(child) for child in path.read_text().split()]
    return [child for child in found if module.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")]


def threads_and_files(pid: int) -> tuple[int, int]:
    """How many of each it has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())), len(list(Path(f"/proc/{pid}/fd").iterdir()))
