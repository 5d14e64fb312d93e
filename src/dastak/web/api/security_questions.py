"""`security_questions` of a Video KYC: what the agent asks, and what the customer should answer (contract.md §2.4).

In: the body of `POST /verification/vkyc`. Out: the questions in their order, or a `Problem`. One object is taken for a
list of one (contract.md §7 ruling 28).
"""

from collections.abc import Mapping
from typing import Any

from dastak.journeys.video_kyc.interview import SecurityQuestion
from dastak.web.api.fields import LINE, SURROGATE
from dastak.web.api.problem import Problem, invalid

MOST = 20
LIMIT = 300
"""Characters of a question, and of an answer."""
RULE = (
    f'it must be a list of at most {MOST} objects {{"order": 1, "question": "…", "answer": "…"}}: orders are 1, 2, 3 '
    f"and so on, each once; a text has at most {LIMIT} characters on one line; an answer may be empty."
)


def security_questions(body: Mapping[str, Any]) -> tuple[SecurityQuestion, ...]:
    """The merchant's questions; empty: the template's are asked."""
    value = body.get("security_questions")
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    if len(items) > MOST:
        raise _refused()
    questions = sorted((_question(item) for item in items), key=lambda one: one.order)
    if [one.order for one in questions] != list(range(1, len(questions) + 1)):
        raise _refused()
    return tuple(questions)


def question_json(question: SecurityQuestion) -> dict[str, Any]:
    """A question as it was sent."""
    return {"order": question.order, "question": question.question, "answer": question.answer}


def _question(item: object) -> SecurityQuestion:
    if not isinstance(item, dict) or type(item.get("order")) is not int:
        raise _refused()
    answer = item.get("answer")
    return SecurityQuestion(item["order"], _line(item.get("question")), "" if answer in (None, "") else _line(answer))


def _line(value: object) -> str:
    if not isinstance(value, str) or len(value) > LIMIT or not LINE.fullmatch(value) or SURROGATE.search(value):
        raise _refused()
    return value


def _refused() -> Problem:
    return invalid("security_questions", RULE)
