"""The page of a list, the same for both kinds of journey.

In: what was found, what narrows. Out: the page.
"""

from collections.abc import Mapping

from starlette.responses import Response

from dastak.journeys.paging import Cursor
from dastak.web.cursor import cursor_text
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.listed import Found
from dastak.web.dashboard.journeys.narrowing import Narrowing
from dastak.web.dashboard.journeys.room import tabs
from dastak.web.dashboard.signed_in import Visit, show


def show_found(
    door: Door,
    visit: Visit,
    found: Found,
    wanted: Narrowing,
    after: Cursor | None,
    *,
    path: str,
    statuses: Mapping[str, str],
    one: str,
) -> Response:
    """The page.

    Args:
        door: renders it.
        visit: who looks.
        found: the rows.
        wanted: what narrows, as it was asked for.
        after: where the page before ended.
        path: of this list.
        statuses: what can be chosen, with words.
        one: what a row is.
    """
    on = (found.wanted or wanted).query(after=cursor_text(found.following)) if found.following else ""
    return show(
        door,
        visit,
        "journeys/list",
        422 if wanted.mistakes else 200,
        tabs=tabs(path),
        path=path,
        one=one,
        rows=found.rows,
        wanted=wanted,
        statuses=statuses,
        following=f"{path}{on}" if on else "",
        beginning=f"{path}{wanted.query()}" if after else "",
        mistakes=wanted.mistakes,
        wrong={field for field, _ in wanted.mistakes},
    )
