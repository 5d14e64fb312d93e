"""Make instances of a frozen dataclass at the price of a plain one.

In: a frozen dataclass with slots. Out: what makes it of the values of its fields, all of them, in order. Called by
`envelope`, `kyc_link` and `video_kyc` for every event that arrives; not part of the public API.

A frozen dataclass sets each field by a call of `object.__setattr__`, which takes longer than reading a field's JSON. So
the values go into a twin with the same slots that is not frozen, and the twin becomes an instance of the class: Python
allows that where the layouts are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def maker(frozen: type[T]) -> Callable[..., T]:
    """A function that takes the value of every field, in order, and gives an instance."""
    names = [each.name for each in fields(frozen)]  # type: ignore[arg-type]
    twin: Any = make_dataclass(f"{frozen.__name__}Twin", names, slots=True)

    def make(*values: Any) -> T:
        made: Any = twin(*values)
        made.__class__ = frozen
        instance: T = made
        return instance

    return make
