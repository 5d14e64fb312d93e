"""What a store raises when it cannot do its work now, whatever database it is.

In: errors of a database's library. Out: one exception that the rooms above need not know: it is a `ConnectionError`,
which the web edge answers with 503 and the loops meet by asking again.
"""


class NoSuchText(UnicodeError):  # noqa: N818 - the name says what happened
    """A text that no row can hold, such as one with a NUL: whatever it was to name is not there."""


class StoreUnavailable(ConnectionError):  # noqa: N818 - the name says what happened
    """The database is away, full, read-only or overloaded. What was asked for may be asked for again.

    Only when a connection breaks within a commit can it have been done all the same; every write of ours that is
    repeated finds that out by itself (versions of journeys, numbers of attempts, unique ids).
    """
