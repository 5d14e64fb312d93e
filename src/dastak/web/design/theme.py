"""A merchant's one colour as the palette of a page, so that everything on it can be read. Pure.

In: `#rrggbb`. Out: the custom properties of `base.css` that follow from it, in both colour schemes, and how great each
contrast is. The customer's pages link to the stylesheet; the dashboard shows the contrasts beside the preview.

The door keeps the colour as it is, and the words on it are light or dark, whichever is read better. Buttons and links
lie on light or dark cards: there the colour is made darker or lighter until it reaches the contrast of WCAG 2.1 AA.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

COLOUR = re.compile(r"#[0-9a-f]{6}")
DEFAULT = "#0f4c48"
"""The door of `base.css`."""
ENOUGH = 4.5
"""Contrast of small text: WCAG 2.1, success criterion 1.4.3."""
BRASS = "#e7b75c"
WHITE, BLACK, PALE, INK = "#ffffff", "#000000", "#f4efe2", "#1b2524"
CARD, DARK_CARD = "#fffdf9", "#18211f"
PAPER, DARK_PAPER = "#f5f1e8", "#101716"
STEPS = 40

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One pair of colours that lie on each other."""

    what: str
    front: str
    back: str

    @property
    def ratio(self) -> float:
        """1 to 21."""
        return contrast(self.front, self.back)


@dataclass(frozen=True, slots=True)
class Palette:
    """The properties of one colour scheme."""

    door: str
    door_deep: str
    on_door: str
    brass: str
    on_brass: str
    act: str
    act_deep: str
    on_act: str
    link: str

    def contrasts(self, card: str, paper: str) -> tuple[Contrast, ...]:
        """Everything that has to be read."""
        return (
            Contrast("Words on the header", self.on_door, self.door),
            Contrast("Words above the header", self.on_door, self.door_deep),
            Contrast("The present step", self.brass, self.door),
            Contrast("Sign of the present step", self.on_brass, self.brass),
            Contrast("Words on buttons", self.on_act, self.act),
            Contrast("Words on a button that is pointed at", self.on_act, self.act_deep),
            Contrast("Links", self.link, card),
            Contrast("Links on the page", self.link, paper),
        )


def is_colour(text: str) -> bool:
    """Whether it is `#` and six hexadecimal digits, in small letters."""
    return COLOUR.fullmatch(text) is not None


def palettes(colour: str) -> tuple[Palette, Palette]:
    """Light scheme, dark scheme."""
    return _palette(colour, (CARD, PAPER), _darker), _palette(colour, (DARK_CARD, DARK_PAPER), _lighter)


def contrasts(colour: str) -> tuple[Contrast, ...]:
    """Of both schemes."""
    light, dark = palettes(colour)
    return (*light.contrasts(CARD, PAPER), *dark.contrasts(DARK_CARD, DARK_PAPER))


def stylesheet(colour: str) -> str:
    """What is laid over `base.css`."""
    light, dark = palettes(colour)
    return f":root{{{_properties(light)}}}\n@media (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}\n"


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2.1 defines it: 1 to 21."""
    light, dark = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _palette(colour: str, grounds: tuple[str, str], onwards: Callable[[str, float], str]) -> Palette:
    on_door = _first(lambda ink: _reads(ink, colour), (PALE, WHITE, INK, BLACK))
    away = _darker if on_door in {PALE, WHITE} else _lighter
    brass = _first(lambda ink: _reads(ink, colour), (BRASS, on_door))
    act = _far_enough(colour, grounds, onwards)
    on_act = _first(lambda ink: _reads(ink, act), (WHITE, INK, BLACK))
    return Palette(
        door=colour,
        door_deep=away(colour, 0.2),
        on_door=on_door,
        brass=brass,
        on_brass=_first(lambda ink: _reads(ink, brass), (INK, WHITE)),
        act=act,
        act_deep=(_darker if on_act == WHITE else _lighter)(act, 0.2),
        on_act=on_act,
        link=act,
    )


def _far_enough(colour: str, grounds: tuple[str, str], onwards: Callable[[str, float], str]) -> str:
    """The nearest shade of the colour that is read on all those grounds."""
    shades = (onwards(colour, step / STEPS) for step in range(STEPS + 1))
    return next(shade for shade in shades if all(_reads(shade, ground) for ground in grounds))


def _reads(front: str, back: str) -> bool:
    return contrast(front, back) >= ENOUGH


def _first(fits: Callable[[str], bool], choices: tuple[str, ...]) -> str:
    """The first that fits; of black and white one always does."""
    return next((one for one in choices if fits(one)), choices[-1])


def _darker(colour: str, part: float) -> str:
    return _text(tuple(round(value * (1 - part)) for value in _rgb(colour)))


def _lighter(colour: str, part: float) -> str:
    return _text(tuple(round(value + (255 - value) * part) for value in _rgb(colour)))


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(value / 255) for value in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _text(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{value:02x}" for value in rgb)


def _properties(palette: Palette) -> str:
    values = {
        "door": palette.door,
        "door-deep": palette.door_deep,
        "on-door": palette.on_door,
        "brass": palette.brass,
        "on-brass": palette.on_brass,
        "act": palette.act,
        "act-deep": palette.act_deep,
        "on-act": palette.on_act,
        "link": palette.link,
    }
    return ";".join(f"--{name}:{value}" for name, value in values.items())
