"""Header lines as libcurl hands them over, made into the pairs an `Answer` carries. Pure; called by the transfer."""

import re
from collections.abc import Sequence
from functools import lru_cache

_FINAL = 200
_BLANK = b"\r\n"
_FOLD = re.compile(r"\r?\n[ \t]+")


def status_of(line: bytes) -> int | None:
    """Return the status of a status line, None for any other line."""
    if not line.startswith(b"HTTP/"):
        return None
    parts = line.split(None, 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None


def has_final_status(lines: Sequence[bytes]) -> bool:
    """Tell whether a final answer has begun: a status line that is not 1xx."""
    return any((status_of(line) or 0) >= _FINAL for line in lines)


def header_pairs(lines: Sequence[bytes]) -> tuple[tuple[str, str], ...] | None:
    """Return the headers of the final answer, None if the blank line that ends them never came.

    1xx blocks before it and trailers after it are left out.
    """
    return _pairs(tuple(lines))


@lru_cache(maxsize=128)
def _pairs(lines: tuple[bytes, ...]) -> tuple[tuple[str, str], ...] | None:
    """A receiver answers a crowd of deliveries with the same headers, at least until its clock's next second."""
    block = _final_block(lines)
    if block is None:
        return None
    text = b"".join(block).decode("utf-8", "replace")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    pairs = [line.split(":", 1) for line in text.split("\r\n") if ":" in line]
    return tuple([(name.lower(), value.strip()) for name, value in pairs])


def _final_block(lines: Sequence[bytes]) -> Sequence[bytes] | None:
    """Cut out the lines between the final status line and the blank line that ends its headers."""
    start = 0
    for end in _blanks(lines):
        if (status_of(lines[start]) or 0) >= _FINAL:
            return lines[start + 1 : end]
        start = end + 1
    return None


def _blanks(lines: Sequence[bytes]) -> list[int]:
    """Return where the blank lines are; in most answers, only the last."""
    if lines and lines[-1] == _BLANK and lines.index(_BLANK) == len(lines) - 1:
        return [len(lines) - 1]
    return [index for index, line in enumerate(lines) if line in {_BLANK, b"\n"}]
