"""Whether a write has changed anything, as told by what it returned."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Done: TypeAlias = Callable[[T], bool]


def not_refused(result: object) -> bool:
    """For writes that return False, or raise, when they have done nothing."""
    return result is not False


def is_there(result: object) -> bool:
    """For writes that return what they have changed, and None when there was nothing."""
    return result is not None
