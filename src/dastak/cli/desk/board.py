"""What `dastak listen` shows on a terminal: the events so far, which one is chosen, and what a key does. Pure.

In: an event that came, an answer, a key. Out: the next board, and an `Act` for whoever runs it. Drawn by
`listen_screen`.
"""

from dataclasses import dataclass, replace
from enum import Enum

from dastak.cli.desk.captured import Pairs
from dastak.cli.desk.following import Pulled
from dastak.cli.desk.sending import Answer

MOST_KEPT = 1000
"""Lines; older ones go."""


class Act(Enum):
    """What is to be done outside the board."""

    NOTHING = "nothing"
    AGAIN = "again"
    """Send the chosen event to the handler again."""
    SERVER = "server"
    """Let the server send it to the merchant's endpoints again."""
    QUIT = "quit"


@dataclass(frozen=True)
class Line:
    """One event, and how its forwarding went."""

    event: Pulled
    sent: Pairs = ()
    """The headers of the latest forwarding."""
    answer: Answer | None = None
    times: int = 0
    """How often it was forwarded."""


@dataclass(frozen=True)
class Board:
    """Everything that is on the screen."""

    lines: tuple[Line, ...] = ()
    chosen: int = -1
    """Which line; -1 while there is none."""
    is_open: bool = False
    """Whether the chosen event is shown whole."""
    scrolled: int = 0
    """How many rows of the detail lie above the screen."""
    word: str = ""
    """What happened last."""

    @property
    def line(self) -> Line | None:
        """The chosen one."""
        return self.lines[self.chosen] if 0 <= self.chosen < len(self.lines) else None

    def came(self, line: Line) -> "Board":
        """One more event; the choice goes with it while it was on the latest one."""
        is_last = self.chosen == len(self.lines) - 1 and not self.is_open
        lines = (*self.lines, line)
        gone = max(0, len(lines) - MOST_KEPT)
        chosen = len(lines) - 1 if is_last else self.chosen
        return replace(self, lines=lines[gone:], chosen=max(0, chosen - gone))

    def sent_again(self, line: Line) -> "Board":
        """The event was forwarded once more; it may be gone from the board meanwhile."""
        lines = tuple(line if old.event.id == line.event.id else old for old in self.lines)
        answer = line.answer
        told = "" if answer is None else str(answer.status or answer.problem)
        return replace(self, lines=lines, word=f"Sent again, attempt {line.times}: {told}")

    def said(self, word: str) -> "Board":
        """With something to read at the bottom."""
        return replace(self, word=word)

    def pressed(self, key: str) -> tuple["Board", Act]:
        """What that key does."""
        if key in {"q", "ctrl-c"}:
            return self, Act.QUIT
        if key == "esc":
            return replace(self, is_open=False, scrolled=0), Act.NOTHING
        if self.line is None:
            return self, Act.NOTHING
        if key in {"up", "k", "down", "j"}:
            return self._moved(-1 if key in {"up", "k"} else 1), Act.NOTHING
        if key == "enter":
            return replace(self, is_open=not self.is_open, scrolled=0), Act.NOTHING
        return self, {"r": Act.AGAIN, "s": Act.SERVER}.get(key, Act.NOTHING)

    def _moved(self, step: int) -> "Board":
        if self.is_open:
            return replace(self, scrolled=max(0, self.scrolled + step))
        return replace(self, chosen=min(len(self.lines) - 1, max(0, self.chosen + step)))
