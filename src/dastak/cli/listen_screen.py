"""The screen of `dastak listen`: events and keys come in, the board is drawn anew after each.

In: what `listen` wired: how to follow, forward and send again. Out: a screen until `q` or Ctrl-C; then the terminal is
as before, with the list of events left on it.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from rich.console import Console
from rich.live import Live

from dastak.cli.board_view import drawn, line_of
from dastak.cli.desk.board import Act, Board, Line
from dastak.cli.desk.following import Lost
from dastak.cli.keys import one_by_one, pressed

Change = Callable[[Board], tuple[Board, Act]]
NOWHERE = "There is nowhere to send it: begin with --forward-to."


@dataclass
class Screen:
    """One terminal. What takes time happens on threads of its own; the board changes on one."""

    title: str
    seen: Callable[[], Iterator[Line | Lost]]
    again: Callable[[Line], Line]
    """Forwards an event once more."""
    resend: Callable[[Line], str]
    """Asks the server to; what it said."""
    _coming: SimpleQueue[Change | Exception] = field(default_factory=SimpleQueue)

    def run(self, most: int | None) -> None:
        """Until somebody quits, or so many events have come. Raises what following raises."""
        console, board = Console(), Board()
        first = drawn(self.title, board, console)
        with one_by_one(), Live(first, console=console, screen=True, auto_refresh=False) as live:
            for work in (self._follow, self._keys):
                threading.Thread(target=work, daemon=True).start()
            while most is None or len(board.lines) < most:
                board, act = self._next()(board)
                if act is Act.QUIT:
                    break
                self._begin(act, board.line)
                live.update(drawn(self.title, board, console), refresh=True)
        for line in board.lines:
            console.print(line_of(line), highlight=False, soft_wrap=True)

    def _next(self) -> Change:
        change = self._coming.get()
        if isinstance(change, Exception):
            raise change
        return change

    def _follow(self) -> None:
        try:
            for one in self.seen():
                self._coming.put(_said(one.told) if isinstance(one, Lost) else _came(one))
        except Exception as problem:  # noqa: BLE001 - it is raised on the thread that draws
            self._coming.put(problem)

    def _keys(self) -> None:
        for key in pressed():
            self._coming.put(_pressed(key))

    def _begin(self, act: Act, line: Line | None) -> None:
        """Begin what a key asked for; what comes of it goes to the board when it is known."""
        work = {Act.AGAIN: self._send_again, Act.SERVER: self._ask_again}.get(act)
        if work is not None and line is not None:
            threading.Thread(target=work, args=(line,), daemon=True).start()

    def _send_again(self, line: Line) -> None:
        after = self.again(line)
        self._coming.put(_said(NOWHERE) if after.times == line.times else _sent_again(after))

    def _ask_again(self, line: Line) -> None:
        self._coming.put(_said(self.resend(line)))


def _came(line: Line) -> Change:
    return lambda board: (board.came(line), Act.NOTHING)


def _sent_again(line: Line) -> Change:
    return lambda board: (board.sent_again(line), Act.NOTHING)


def _said(word: str) -> Change:
    return lambda board: (board.said(word), Act.NOTHING)


def _pressed(key: str) -> Change:
    return lambda board: board.pressed(key)
