"""Requests that do not go straight through: they stall, are not read, break off, or nobody waits for the answer.

In: where to, a request, its manner. Out: for what breaks off nothing; for what is held, an answer once it is let go.
Called by `checking`.
"""

import time
from collections.abc import Callable
from enum import Enum
from http.client import HTTPException

from dastak.cli.desk.captured import Pairs
from dastak.cli.desk.sending import Answer, Connection, Target, answer_of, connection_to


class Manner(Enum):
    """How a request goes."""

    STRAIGHT = "straight"
    DRIPPING = "dripping"
    """The body comes in pieces."""
    STALLED = "stalled"
    """Half of the body; the rest when everything else is answered."""
    UNREAD = "unread"
    """All of it; its answer is read when everything else is answered."""
    BROKEN_OFF = "broken off"
    """Half of the body, and the connection ends."""
    HUNG_UP = "hung up"
    """All of it, and the connection ends before the answer."""


HELD = frozenset({Manner.STALLED, Manner.UNREAD})
BROKEN = frozenset({Manner.BROKEN_OFF, Manner.HUNG_UP})
LET_IT_WORK_SECONDS = 0.3
"""After a request whose answer nobody waits for: time to work on it."""


def hold(to: Target, manner: Manner, headers: Pairs, body: bytes, timeout: float) -> Callable[[], Answer]:
    """Begin; what is given back lets go and waits for the answer."""
    connection = connection_to(to, timeout)
    first = body[: len(body) // 2] if manner is Manner.STALLED else body
    problem = _begin(connection, to, headers, body, first)

    def let_go() -> Answer:
        began = time.monotonic()
        try:
            if problem is not None:
                raise problem
            if len(first) < len(body):
                connection.send(body[len(first) :])
            return answer_of(connection, began)
        except TimeoutError:
            return Answer(0, time.monotonic() - began, problem=f"no whole answer in {timeout:g} s")
        except (OSError, HTTPException, ValueError) as trouble:
            return Answer(0, time.monotonic() - began, problem=str(trouble) or type(trouble).__name__)
        finally:
            connection.close()

    return let_go


def break_off(to: Target, manner: Manner, headers: Pairs, body: bytes, timeout: float) -> None:
    """Send a part, or all, and be gone."""
    connection = connection_to(to, timeout)
    _begin(connection, to, headers, body, body[: len(body) // 2] if manner is Manner.BROKEN_OFF else body)
    if manner is Manner.HUNG_UP:
        time.sleep(LET_IT_WORK_SECONDS)
    connection.close()
    if manner is Manner.BROKEN_OFF:
        time.sleep(LET_IT_WORK_SECONDS)


def _begin(connection: Connection, to: Target, headers: Pairs, body: bytes, first: bytes) -> Exception | None:
    """Send the head and the first part of the body; what went wrong."""
    try:
        connection.putrequest("POST", to.path)
        for name, value in (("content-length", str(len(body))), *headers):
            connection.putheader(name, value)
        connection.endheaders(first)
    except (OSError, HTTPException, ValueError) as problem:
        return problem
    return None
