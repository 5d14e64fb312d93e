"""What one process does: everything, or one part of it beside others on the same database.

In: the command that started it. Out: which parts run. `serve` is all of them; `web`, `dispatch` and `clock` are one
each, and each of those can run many times.
"""

from enum import StrEnum

from dastak.app.settings import Settings


class Part(StrEnum):
    """What a process can do."""

    WEB = "web"
    """API and customer pages."""
    DISPATCH = "dispatch"
    """Sends webhooks."""
    CLOCK = "clock"
    """What falls due by itself: links that expire, messages to customers, replays, what is old."""


EVERYTHING = frozenset(Part)


class RoleNeedsDatabase(Exception):  # noqa: N818 - the name says what happened
    """Parts in processes of their own share a database that many processes can open."""


def check_role(settings: Settings, parts: frozenset[Part]) -> None:
    """Raise `RoleNeedsDatabase` when these parts cannot run alone on the configured store."""
    if parts != EVERYTHING and not settings.database_url:
        name = ", ".join(sorted(parts))
        raise RoleNeedsDatabase(
            f"A process for {name} alone shares its data with other processes, and the embedded SQLite file takes one "
            "process only. Set DASTAK_DATABASE_URL, or run everything with: dastak serve"
        )
