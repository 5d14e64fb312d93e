"""Keys of a terminal, one by one, as they are pressed.

In: a terminal. Out: names: a letter, `up`, `down`, `enter`, `esc`, `ctrl-c`. The terminal is as before when it ends.
"""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

ESCAPE_SECONDS = 0.05
"""How long what follows an escape may take; a key that sends several bytes sends them at once."""
_NAMES = {"\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down", "\r": "enter", "\n": "enter"}
_CONTROL = {"\x1b": "esc", "\x03": "ctrl-c", "\x04": "q"}


def has_keys() -> bool:
    """Whether somebody sits at a terminal, and sees what is written."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


@contextmanager
def one_by_one() -> Iterator[None]:
    """Keys come without Return, and are not shown; Ctrl-C is a key."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        wanted = termios.tcgetattr(terminal)
        wanted[3] &= ~termios.ISIG
        termios.tcsetattr(terminal, termios.TCSADRAIN, wanted)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def pressed() -> Iterator[str]:
    """Every key, until the terminal is gone."""
    terminal = sys.stdin.fileno()
    while first := os.read(terminal, 1):
        text = first.decode("latin-1")
        while text.startswith("\x1b") and select.select([terminal], [], [], ESCAPE_SECONDS)[0]:
            text += os.read(terminal, 1).decode("latin-1")
            if text in _NAMES:
                break
        yield _NAMES.get(text) or _CONTROL.get(text, text.lower())
