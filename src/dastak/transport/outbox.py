"""Answers on their way back to who submitted the posts.

In: one answer at a time from the posts under way. Out: one call per callback and turn. Owned by whoever
sends.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dastak.transport.failure import Failure
from dastak.webhooks.post import Answer, Post, Timings

log = logging.getLogger(__name__)

Deliver = Callable[[Sequence[Answer]], None]


@dataclass(slots=True, eq=False)
class Batch:
    """The answers of one `submit` that are ready to be delivered together."""

    deliver: Deliver
    answers: list[Answer] = field(default_factory=list)


class Outbox:
    """Collects answers by the batch their posts came in."""

    def __init__(self) -> None:
        self._ready: list[Batch] = []

    def put(self, batch: Batch, answer: Answer) -> None:
        """Keep an answer for the end of the turn."""
        if not batch.answers:
            self._ready.append(batch)
        batch.answers.append(answer)

    def send(self) -> None:
        """Deliver everything kept."""
        ready, self._ready = self._ready, []
        together: dict[Deliver, list[Answer]] = {}
        for batch in ready:
            answers, batch.answers = batch.answers, []
            together.setdefault(batch.deliver, []).extend(answers)
        for deliver, answers in together.items():
            hand_over(deliver, answers)


def hand_over(deliver: Deliver, answers: Sequence[Answer]) -> None:
    """Call a delivery callback; what it raises is logged and ends here."""
    try:
        deliver(answers)
    except Exception:
        log.exception("%d answers were delivered to a callback that failed", len(answers))


def failed(post: Post, fault: Failure, address: str = "", timings: Timings | None = None) -> Answer:
    """Make the answer of a post that failed."""
    return Answer(post.id, fault.stage, error=fault.error, address=address, timings=timings or Timings())
