"""Where an exception came from, and nothing of what anybody typed.

In: an exception. Out: one line for the log. Ordinary tracebacks may print messages and local variables, and here those
can hold an Aadhaar number or a code. Called by the pages' doors.
"""

import traceback
from pathlib import PurePath

FRAMES = 8


def trace_of(problem: BaseException) -> str:
    """The innermost frames, outermost first: `desk.py:41 submit_pan < …`."""
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES:]
    return " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
