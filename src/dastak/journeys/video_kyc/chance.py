"""What differs from customer to customer: which questions, which challenges, in which order, and the code. Pure.

In: a seed that nobody can guess, made outside, and a template. Out: always the same for the same seed, so that the
evidence can be checked later.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from dastak.journeys.video_kyc.interview import Liveness, SecurityQuestion
from dastak.journeys.video_kyc.template import AgentTemplate

CODE_DIGITS = 4


def draw_questions(
    seed: str, template: AgentTemplate, before: Sequence[SecurityQuestion] = ()
) -> tuple[SecurityQuestion, ...]:
    """Some of the template's bank, in a random order; the answers are what the customer says of themselves.

    `before`: those of the call before, which are asked again only when the bank has no others.
    """
    asked = {one.question for one in before}
    shuffled = _shuffled(seed, "question", template.question_bank)
    drawn = sorted(shuffled, key=lambda question: question in asked)[: template.questions_asked]
    return tuple(SecurityQuestion(order, text, "") for order, text in enumerate(drawn, start=1))


def are_drawn(questions: Sequence[SecurityQuestion], template: AgentTemplate) -> bool:
    """Whether these are of the template's bank, and not the merchant's own."""
    return bool(questions) and all(one.question in template.question_bank and not one.answer for one in questions)


def draw_liveness(seed: str, template: AgentTemplate, now: datetime) -> Liveness:
    """A code to read aloud, and challenges in a random order."""
    number = int.from_bytes(_digest(seed, "code", "")[:8]) % 10**CODE_DIGITS
    challenges = _shuffled(seed, "challenge", template.challenges)[: template.challenges_asked]
    return Liveness(f"{number:0{CODE_DIGITS}d}", tuple(challenges), seed, now)


def _shuffled(seed: str, what: str, things: Sequence[str]) -> list[str]:
    return sorted(things, key=lambda thing: _digest(seed, what, thing))


def _digest(seed: str, what: str, thing: str) -> bytes:
    return hashlib.sha256(f"{seed}|{what}|{thing}".encode()).digest()
