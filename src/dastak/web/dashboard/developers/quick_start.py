"""Receivers to begin with, one for each language: the very files that the tests run.

In: the files of `snippets/`. Out: their texts, and how each is started. Pure but for reading them once.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "snippets"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One language."""

    key: str
    language: str
    needs: str
    file: str
    start: str
    """The command that runs it; `CLIENT_SECRET` and `PORT` are in its environment."""

    @property
    def text(self) -> str:
        """The file."""
        return _text(self.file)


SNIPPETS = (
    Snippet("python", "Python", "3.9 or newer", "receiver.py", "python3 receiver.py"),
    Snippet("node", "Node.js", "18 or newer", "receiver.mjs", "node receiver.mjs"),
    Snippet("go", "Go", "1.17 or newer", "receiver.go", "go run receiver.go"),
    Snippet("java", "Java", "11 or newer", "Receiver.java", "java Receiver.java"),
    Snippet("php", "PHP", "8.0 or newer", "receiver.php", "php -S 0.0.0.0:$PORT receiver.php"),
)


@cache
def _text(file: str) -> str:
    return (HERE / file).read_text("utf-8")
