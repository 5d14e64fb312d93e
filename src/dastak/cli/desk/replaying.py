"""Watch a replay until it has ended.

In: the server and the replay as it stands. Out: each look at it that shows something new. Called by `dastak replay`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dastak.cli.desk.asking import AskError, Server, named, read, refused
from dastak.cli.desk.sending import Answer

LOOK_AGAIN_SECONDS = 0.5
MOST_FAILURES = 60
"""Looks in a row that may fail: a server that restarts goes on with its replays."""
_ENDED = frozenset({"done", "cancelled"})
_SERVER_ERROR, _TOO_MANY = 500, 429


def watched(
    server: Server, job: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
) -> Iterator[Mapping[str, Any]]:
    """The replay, each time that it has changed, to its end. Raises `AskError`."""
    failures = 0
    yield job
    while job["state"] not in _ENDED:
        sleep(LOOK_AGAIN_SECONDS)
        answer = server.answer("GET", named("/api/v1/replays", str(job["id"])))
        if _is_passing(answer) and failures < MOST_FAILURES:
            failures += 1
            continue
        if not answer.is_accepted:
            raise AskError(refused(answer))
        failures, before, job = 0, job, read(answer)
        if job != before:
            yield job


def _is_passing(answer: Answer) -> bool:
    return not answer.status or answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY
