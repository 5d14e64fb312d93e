"""Whose spool it is: one node has it at a time, and is known by it.

In: a folder. Out: the spool's name, which is in the folder from the first start on, and a lock for as long as the
process lives. Two processes in one folder would take each other's rooms for left behind.
"""

import fcntl
import os
import secrets
from pathlib import Path

_NAME = ".name"


class SpoolTaken(OSError):  # noqa: N818 - the name says what happened
    """Another process has this folder."""


def name_of(folder: Path) -> str:
    """The spool's name; it is given one when it has none. Raises `OSError`."""
    path = folder / _NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder / f"{_NAME}.{os.getpid()}"
        beside.write_text(secrets.token_hex(4))
        beside.replace(path)
    return path.read_text().strip()


def lock(folder: Path) -> int:
    """Hold the folder until this descriptor is closed. Raises `SpoolTaken`, `OSError`."""
    descriptor = os.open(folder / _NAME, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SpoolTaken(f"another process records calls in {folder}. Give each its own DASTAK_DATA_DIR") from None
    return descriptor
