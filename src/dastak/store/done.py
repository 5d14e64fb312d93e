"""Whether a write has changed anything, as told by what it returned, and the note that is then to be appended."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from dastak.accounts.audit import Entry
from dastak.accounts.noting import Owed

T = TypeVar("T")

Done: TypeAlias = Callable[[T], bool]


def not_refused(result: object) -> bool:
    """For writes that return False, or raise, when they have done nothing."""
    return result is not False


def is_there(result: object) -> bool:
    """For writes that return what they have changed, and None when there was nothing."""
    return result is not None


def entry_after(
    result: T,
    note: Owed,
    subject: str,
    told: Callable[[T], Mapping[str, str]] | None,
    actor: Callable[[T], str] | None,
    done: Done[T],
) -> Entry | None:
    """What a write that returned `result` appends, with the arguments of `Deeds.write`; None for nothing."""
    if not done(result):
        return None
    return note.entry(subject, told(result) if told else None, actor(result) if actor else "")
