"""How far apart calls to the store begin: so that they are large when there is much to do, and at once when not.

In: how large the last one was. Out: how long after its beginning the next may begin. Pure; the dispatcher asks for its
claims and for its settlements. A commit costs a database as much for one row as for dozens.
"""

BUSY = 32
"""So many rows in one call, and there is a crowd."""

FLOOD = 40
"""So many rows though the calls were close together: thousands a second, and the more come at once the cheaper each."""

ALONE = 0.001
CROWDED = 0.006
FLOODED = 0.02
"""Seconds. A lone event waits for nothing, since the last call is long over."""


def spacing(last_size: int) -> float:
    """Seconds between the beginning of the last call and of the next."""
    if last_size >= FLOOD:
        return FLOODED
    return CROWDED if last_size >= BUSY else ALONE
