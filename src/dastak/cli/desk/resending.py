"""Let a server send deliveries again, and see what comes of it.

In: the server, ids. Out: its answers; a delivery after its next attempt, or as it stands when the time is up.
Called by `dastak resend` and `dastak listen`.
"""

import time
from collections.abc import Callable
from typing import Any

from dastak.cli.desk.asking import AskError, Server, named, read, refused
from dastak.cli.desk.sending import Answer

DELIVERIES = "/api/v1/deliveries"
LOOK_AGAIN_SECONDS = 0.2
MOST_OF_AN_EVENT = 200
UNAUTHORISED = frozenset({401, 403})


def deliveries_of(server: Server, event_id: str) -> list[str]:
    """The deliveries of an event. Raises `AskError`."""
    return [str(row["id"]) for row in server.rows(DELIVERIES, {"event_id": event_id}, MOST_OF_AN_EVENT)]


def resend(server: Server, delivery_id: str) -> Answer:
    """Ask for a new round of attempts. Raises `AskError` where the server refuses whoever asks, or is not there."""
    answer = server.answer("POST", named(DELIVERIES, delivery_id) + "/resend")
    if answer.status in UNAUTHORISED or not answer.status:
        raise AskError(refused(answer))
    return answer


def resend_event(server: Server, event_id: str) -> tuple[int, str]:
    """How many deliveries of an event are sent again, and why the first of the others is not."""
    answers = [resend(server, one) for one in deliveries_of(server, event_id)]
    problems = [refused(answer) for answer in answers if not answer.is_accepted]
    return len(answers) - len(problems), problems[0] if problems else ""


def settled_attempts(server: Server, delivery_id: str) -> int:
    """How many attempts have an outcome so far; 0 for what the server does not know. Raises `AskError`."""
    answer = server.answer("GET", named(DELIVERIES, delivery_id))
    return len(read(answer)["attempt_log"]) if answer.is_accepted else 0


def outcome(
    server: Server,
    delivery_id: str,
    before: int,
    wait: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """The delivery, as soon as more attempts than before have an outcome. Raises `AskError`."""
    until = clock() + wait
    while True:
        row = server.ask("GET", named(DELIVERIES, delivery_id))
        settled = len(row.pop("attempt_log"))
        if settled > before or row["state"] == "cancelled" or clock() >= until:
            return row
        sleep(LOOK_AGAIN_SECONDS)
