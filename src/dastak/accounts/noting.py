"""A note for the audit log, owed by whatever is being done now: the change takes it along into its own transaction.

In: a page, the API's gate or a command says who is about to do what. Out: the store, when it makes that change, asks
whether a note is owed, and appends the entry in the transaction of the change: both are kept, or neither. The rooms in
between (journeys, webhooks) need not know the audit log.

A note is owed within `noting` alone. The first write that makes a change takes it; after a rollback the same write may
take it again, another one may not. What changed nothing leaves it lying, and then nothing is noted.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime

from dastak.accounts.audit import Entry


class Note:
    """What is to be noted of the change that is about to be made."""

    __slots__ = ("_details", "_entry", "_subject", "_taken_by", "is_over", "is_withdrawn")

    def __init__(
        self, merchant_id: str, at: datetime, actor: str, deed: str, subject: str = "", /, **details: str
    ) -> None:
        """Begin one.

        Args:
            merchant_id: whose log it goes into.
            at: when the act began.
            actor: as `Entry.actor`; empty where the change itself makes who does it.
            deed: a value of `deed.Deed`.
            subject: an id; left out when the store makes what it is about, and knows its id better.
            details: as `Entry.details`.
        """
        self._entry = Entry(merchant_id, at, actor, deed)
        self._subject = subject
        self._details = dict(details)
        self._taken_by: Owed | None = None
        self.is_over = False
        """Whether the act it was begun for is over: work that goes on behind it owes nothing."""
        self.is_withdrawn = False
        """Whether the view it was begun for has turned out to show nothing."""

    @property
    def merchant_id(self) -> str:
        """Whose log it goes into."""
        return self._entry.merchant_id

    @property
    def is_taken(self) -> bool:
        """Whether a change has taken it along."""
        return self._taken_by is not None

    def say(self, subject: str = "", /, **details: str) -> None:
        """Add to it what is known by now, before the change is made."""
        self._subject = subject or self._subject
        self._details |= details

    def as_entry(self) -> Entry:
        """What it says by now, for whoever notes something that is no change."""
        return replace(self._entry, subject=self._subject, details=dict(self._details))

    def entry(self, taker: "Owed", subject: str, told: Mapping[str, str], actor: str) -> Entry | None:
        """The entry, for the first who asks; None for whoever comes later."""
        if self._taken_by not in {None, taker}:
            return None
        self._taken_by = taker
        of, details = self._entry, {**told, **self._details}
        return Entry(of.merchant_id, of.at, of.actor or actor, of.deed, self._subject or subject, details)


class Owed:
    """The claim of one write on the note that is owed as it begins."""

    __slots__ = ("_note",)

    def __init__(self, note: Note) -> None:
        self._note = note

    def entry(self, subject: str = "", told: Mapping[str, str] | None = None, actor: str = "") -> Entry | None:
        """The entry to append, in the transaction of the change and only once the change is made.

        Args:
            subject: what was changed, unless the note says so itself.
            told: details that only the store knows.
            actor: who has done it, where only the store knows.
        """
        return self._note.entry(self, subject, told or {}, actor)


_owed: ContextVar[Note | None] = ContextVar("owed", default=None)


@contextmanager
def noting(note: Note) -> Iterator[Note]:
    """Owe the note until the end of the block, to the change that is made within it."""
    before = _owed.set(note)
    try:
        yield note
    finally:
        note.is_over = True
        _owed.reset(before)


def say(subject: str = "", /, **details: str) -> None:
    """Add to the note that is owed now, if one is."""
    note = _owed.get()
    if note is not None:
        note.say(subject, **details)


def withdraw() -> None:
    """Say that the view whose note is owed now shows nobody's data: an empty list."""
    note = _owed.get()
    if note is not None:
        note.is_withdrawn = True


def owed(merchant_id: str) -> Owed | None:
    """The claim on the note that is owed now to that merchant's log; None: none is."""
    note = _owed.get()
    return None if note is None or note.is_over or note.merchant_id != merchant_id else Owed(note)
