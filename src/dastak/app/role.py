"""What one process does: everything, or one part of it beside others on the same database.

In: the command that started it. Out: which parts run. `serve` is all of them; `web`, `dispatch`, `clock` and `video`
are one each, and each of those can run many times.
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

    VIDEO = "video"
    """The rooms of calls, what is recorded there, and the films of it."""


EVERYTHING = frozenset(Part)


class RoleNeedsDatabase(Exception):  # noqa: N818 - the name says what happened
    """Parts in processes of their own share a database that many processes can open."""


class RoleNeedsRecordings(Exception):  # noqa: N818
    """Films are made where the calls are, and watched where the pages are."""


def check_role(settings: Settings, parts: frozenset[Part]) -> None:
    """Raise `RoleNeedsDatabase` or `RoleNeedsRecordings` when these parts cannot run alone with these settings."""
    if parts != EVERYTHING and not settings.database_url:
        name = ", ".join(sorted(parts))
        raise RoleNeedsDatabase(
            f"A process for {name} alone shares its data with other processes, and the embedded SQLite file takes one "
            "process only. Set DASTAK_DATABASE_URL, or run everything with: dastak serve"
        )
    if is_node(parts) and not settings.recordings:
        raise RoleNeedsRecordings(
            "Films of calls are made by this process and shown by others. Set DASTAK_RECORDINGS to a place that all of "
            "them reach: a bucket, or a folder that they share"
        )


def with_rooms(settings: Settings, parts: frozenset[Part]) -> frozenset[Part]:
    """Who serves pages holds the rooms too, unless the settings name nodes that do. Asking twice: harmless."""
    if Part.WEB not in parts:
        return parts
    return parts - {Part.VIDEO} if settings.video_nodes else parts | {Part.VIDEO}


def is_node(parts: frozenset[Part]) -> bool:
    """Whether rooms are held here for web processes that are elsewhere."""
    return Part.VIDEO in parts and Part.WEB not in parts
