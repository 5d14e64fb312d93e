"""One live page per call: the newest takes over, and the older ones learn of it.

In: a call's id and the id of a page that joins or beats. Out: whether it is the one. Within one process, as the rooms
of the embedded engine are.
"""

REMEMBERED = 4096
"""Calls; the oldest are forgotten first. Of a call that is not known, any page is the newest."""

MOST_PAGES = 32
"""Of one call; who has reloaded more often than that has no older page left open."""


class Newest:
    """Which page of each call came last."""

    def __init__(self) -> None:
        self._pages: dict[str, list[str]] = {}

    def take(self, call_id: str, page: str) -> bool:
        """A page joins: it takes over, unless a newer one has done so before; then False."""
        pages = self._pages.setdefault(call_id, [])
        if page in pages:
            return pages[-1] == page
        pages.append(page)
        del pages[:-MOST_PAGES]
        while len(self._pages) > REMEMBERED:
            self._pages.pop(next(iter(self._pages)))
        return True

    def is_newest(self, call_id: str, page: str) -> bool:
        """Whether no other page has taken over from this one."""
        pages = self._pages.get(call_id)
        return pages is None or pages[-1] == page
