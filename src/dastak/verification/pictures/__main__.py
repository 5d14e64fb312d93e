"""The process that looks at pictures: `python -m dastak.verification.pictures`, started by `reader.py` and nobody else.

In: on standard input, a line of JSON that says what to do and how long the pictures are, then the pictures. Out: a line
of JSON with the findings, or with what went wrong. It gives way to everybody, and ends with its input.
"""

import json
import os
import resource
import sys
from collections.abc import Mapping

from dastak.journeys.video_kyc.interview import StillKind
from dastak.verification.pictures.findings import compare, read

_NICE = 15
_MOST_MEMORY = 6 << 30
"""Bytes of address space; what is really used is about a tenth of it."""


def main() -> int:
    """Answer until the input ends."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    # The engines may print: only answers go where the server listens.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        pictures = [sys.stdin.buffer.read(size) for size in asked["sizes"]]
        answers.write(json.dumps(_answer(asked["act"], pictures)) + "\n")
        answers.flush()
    return 0


def _answer(act: str, pictures: list[bytes]) -> Mapping[str, object]:
    try:
        return {"found": dict(compare(*pictures) if act == "compare" else read(StillKind(act), *pictures))}
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the server is told in one line
        return {"failure": type(error).__name__}


if __name__ == "__main__":
    sys.exit(main())
