"""WCAG 2 AA: text at 4.5 to 1, edges of fields and the focus ring at 3 to 1, in both schemes."""

import re

import pytest

from dastak.web.design.assets import HERE

TEXT = [
    ("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("link", "card"), ("on-act", "act"),
    ("on-act", "act-deep"), ("on-door", "door"), ("on-door", "door-deep"), ("brass", "door"), ("brass", "door-deep"),
    ("good", "good-wash"), ("bad", "bad-wash"), ("note", "note-wash"), ("bad", "card"), ("good", "card"),
]  # fmt: skip
EDGES = [("edge", "card"), ("focus", "card"), ("focus", "paper"), ("bad", "card"), ("act", "card")]


def schemes() -> dict[str, dict[str, str]]:
    light, dark = (HERE / "base.css").read_text().split("@media (prefers-color-scheme: dark)", 1)
    colours = r"--([\w-]+): (#[0-9a-f]{3,6});"
    found = dict(re.findall(colours, light))
    return {"light": found, "dark": found | dict(re.findall(colours, dark))}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(scheme: str) -> None:
    colour = schemes()[scheme]
    weak = {pair: contrast(colour[pair[0]], colour[pair[1]]) for pair in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    faint = {pair: contrast(colour[pair[0]], colour[pair[1]]) for pair in EDGES}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 3} == {}
