"""Make instances of a frozen dataclass at the price of a dict.

In: a frozen dataclass without slots. Out: what makes it of a dict of its fields, all of them. Called by `envelope`,
`kyc_link` and `video_kyc` for every event that arrives; not part of the public API.

A frozen dataclass sets each field by a call of `object.__setattr__`, which takes longer than reading a field's JSON.
The dict that was read is nearly what the instance keeps its fields in, so it becomes that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_new = object.__new__
_set = object.__setattr__


def maker(frozen: type[T]) -> Callable[[dict[str, Any]], T]:
    """A function that takes the value of every field by name, keeps the dict, and gives an instance."""

    def make(fields: dict[str, Any]) -> T:
        made = _new(frozen)
        _set(made, "__dict__", fields)
        return made

    return make
