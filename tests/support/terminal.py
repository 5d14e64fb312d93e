"""A command on a terminal of its own, as somebody at a desk has it: keys go in, what is written comes out.

In: a command, its environment, the size of the terminal. Out: everything that was written, without the control codes.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

WAIT_SECONDS = 60
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>][0-9A-Za-z]?|\r")


class Terminal:
    """One command; killed at the end of `with`, if it still runs."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, columns: int = 100, rows: int = 24) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        plain = {name: value for name, value in env.items() if name not in {"COLUMNS", "LINES"}}
        self._process = subprocess.Popen(
            command, env=plain | {"TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._ours = ours
        self._written = ""
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(WAIT_SECONDS)
        self._reader.join(WAIT_SECONDS)
        os.close(self._ours)

    def press(self, keys: str) -> None:
        """Press these keys; what was written before is forgotten."""
        with self._changed:
            self._written = ""
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> str:
        """Everything written since the last key, once that text is in it."""
        return self.wait_for_row(re.escape(text))

    def wait_for_row(self, pattern: str) -> str:
        """Likewise, once that regular expression is found within a row."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or re.search(pattern, self._shown()), WAIT_SECONDS)
            shown = self._shown()
        assert re.search(pattern, shown), f"{pattern!r} was not written, but:\n{shown}"
        return shown

    def end(self) -> int:
        """The exit code, once it ends by itself."""
        return self._process.wait(WAIT_SECONDS)

    def _shown(self) -> str:
        return _CONTROL.sub("", self._written)

    def _read(self) -> None:
        while True:
            try:
                some = os.read(self._ours, 65536)
            except OSError:  # Linux says so when the other side is gone
                some = b""
            with self._changed:
                self._written += some.decode("utf-8", "replace")
                self._ended = not some
                self._changed.notify_all()
            if not some:
                return
