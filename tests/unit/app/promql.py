"""As much of PromQL as it takes to see which metrics and labels an expression names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = frozenset(
    [
        "and",
        "bool",
        "by",
        "group_left",
        "group_right",
        "histogram_quantile",
        "ignoring",
        "increase",
        "max",
        "min",
        "on",
        "or",
        "rate",
        "sum",
        "time",
        "unless",
        "without",
    ]
)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"\{([^{}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^()]*)\)")
RANGE = re.compile(r"\[[^\]]*\]")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """`label="value"` after a metric's name."""

    metric: str
    label: str
    operator: str
    value: str


def metrics_in(expression: str) -> set[str]:
    """Every name that is not a word of the language, a label or a duration. Raises `ValueError` for odd brackets."""
    for left, right in ("()", "{}", "[]"):
        if expression.count(left) != expression.count(right):
            raise ValueError(f"unbalanced {left}{right}: {expression}")
    bare = GROUPING.sub(" ", RANGE.sub(" ", SELECTOR.sub(" ", expression)))
    return set(NAME.findall(STRING.sub(" ", bare))) - WORDS


def labels_in(expression: str) -> set[str]:
    """Every label that is matched or grouped by."""
    grouped = {name for found in GROUPING.finditer(expression) for name in NAME.findall(found[1])}
    return grouped | {matcher.label for matcher in matchers_in(expression)}


def matchers_in(expression: str) -> Iterator[Matcher]:
    """Every matcher with the metric that it narrows."""
    for found in re.finditer(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*)\}", expression):
        for label, operator, value in MATCHER.findall(found[2]):
            yield Matcher(found[1], label, operator, value)
