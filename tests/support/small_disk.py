"""A small disk of a test's own, that can be filled to the last byte: a file system in memory.

In: a size. Out: a folder with that disk behind it, as a context manager. Only root may mount, so a test
that needs it fails for anybody else; CI runs as root.
"""

import errno
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

CHUNKS = (1 << 20, 1 << 12)


class SmallDisk:
    """Whatever is on it is gone with the block."""

    def __init__(self, mebibytes: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dastak-disk-"))
        self._mebibytes = mebibytes
        self._filler = self.folder / "filler"

    def __enter__(self) -> Self:
        assert os.geteuid() == 0, "a test that fills a disk mounts one of its own: run it as root"
        options = f"size={self._mebibytes}m,mode=0755"
        _run("mount", "-t", "tmpfs", "-o", options, "dastak-small-disk", str(self.folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run("umount", "--lazy", str(self.folder))
        self.folder.rmdir()

    def fill(self) -> None:
        """Leave no byte free."""
        with self._filler.open("ab", buffering=0) as file:
            for size in CHUNKS:
                try:
                    while file.write(bytes(size)) == size:
                        continue
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """As it was before `fill`."""
        self._filler.unlink(missing_ok=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
