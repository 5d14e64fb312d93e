"""The process in which a film is made: `python -m dastak.video.compose`, started by `composer.py` and by nobody else.

In: a job as JSON on standard input; the film goes to the file descriptor that it names. Out: one JSON object per line:
how far it is, or why it failed. It has the keys of this recording and no others, gives way to everybody, and may not
use more memory than its limit.
"""

import json
import sys
from pathlib import Path

from dastak.video.compose.film import compose
from dastak.video.compose.job import GivenKeys, Job
from dastak.video.confined import confine
from dastak.video.spool.spool import Spool

_NICE = 15
_MOST_MEMORY = 4 << 30


def main() -> int:
    """Make one film; the exit code says whether it was made."""
    confine(most_memory=_MOST_MEMORY, nice=_NICE)
    job = Job.read(sys.stdin.read())
    spool = Spool(Path(job.folder), GivenKeys(job.keys))

    def progress(done: float) -> None:
        _say({"progress": done})

    try:
        compose(lambda: spool.records(job.room), job.captions, f"/proc/self/fd/{job.descriptor}", progress)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the server is told in one line
        _say({"failure": f"{type(error).__name__}: {error}"})
        return 1
    _say({"progress": 1.0})
    return 0


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
