"""An SVG element tree, and how it is written.

In: names, attributes and children. Out: text in which every value is escaped; templates print an element as it is.
Called by every chart. There is no way to give an element a style of its own: pages forbid it, and classes do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Element:
    """One element."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element | str", ...] = ()

    def __str__(self) -> str:
        said = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes)
        if not self.children:
            return f"<{self.name}{said}/>"
        inside = "".join(str(child) if isinstance(child, Element) else escape(child) for child in self.children)
        return f"<{self.name}{said}>{inside}</{self.name}>"

    def __html__(self) -> str:
        """What a template prints without escaping it again."""
        return str(self)

    def find(self, name: str) -> list["Element"]:
        """Every element of that name within, in order, itself included."""
        own = [self] if self.name == name else []
        return own + [found for child in self.children if isinstance(child, Element) for found in child.find(name)]

    def get(self, attribute: str) -> str:
        """An attribute's value. Raises `KeyError`."""
        return dict(self.attributes)[attribute]

    @property
    def text(self) -> str:
        """All text within."""
        return "".join(child.text if isinstance(child, Element) else child for child in self.children)


def element(name: str, *children: "Element | str | None", kind: str = "", **attributes: float | str) -> Element:
    """Make an element.

    Args:
        name: of the element.
        children: elements and text; None is left out.
        kind: its classes.
        attributes: numbers are rounded to hundredths; an underscore in a name stands for a hyphen.
    """
    told = {"class": kind, **attributes} if kind else attributes
    return Element(
        name,
        tuple((key.replace("_", "-"), _value(value)) for key, value in told.items()),
        tuple(child for child in children if child is not None),
    )


def group(children: Iterable[Element], kind: str = "") -> Element:
    """Elements that belong together."""
    return element("g", *children, kind=kind)


def percent(share: float) -> str:
    """A share of 0 to 1 as a length, so that a chart is as wide as its place and its letters stay as large."""
    return f"{number(share * 100)}%"


def number(value: float) -> str:
    """A number as attributes have it: no more than two decimals, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)
