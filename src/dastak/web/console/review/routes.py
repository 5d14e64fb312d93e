"""All routes of the auditor's part of the console.

In: the console's door, and what auditors need beside it. Out: routes to mount before the console's own, whose last one
takes whatever is left.
"""

from functools import partial

from starlette.routing import Route

from dastak.web.console.door import Door
from dastak.web.console.review.decision import decide
from dastak.web.console.review.files import show_photo, show_recording, show_still
from dastak.web.console.review.home import go_to_next, show_home
from dastak.web.console.review.lists import TABLES, show_list
from dastak.web.console.review.room import PATH, AuditorConsole, sent, shown
from dastak.web.console.review.screen import show_case, stream_case

CASE = f"{PATH}/{{case_id}}"


def review_routes(door: Door, room: AuditorConsole) -> list[Route]:
    """The routes, in the order in which they must be matched."""
    return [
        Route(PATH, shown(door, room, show_home)),
        Route(f"{PATH}/next", shown(door, room, go_to_next)),
        *(Route(f"{PATH}/{table}", shown(door, room, partial(show_list, table))) for table in TABLES),
        Route(f"{CASE}/live", shown(door, room, stream_case)),
        Route(f"{CASE}/recording", shown(door, room, show_recording)),
        Route(f"{CASE}/stills/{{still_id}}", shown(door, room, show_still)),
        Route(f"{CASE}/stills/{{still_id}}/photo", shown(door, room, show_photo)),
        Route(f"{CASE}/decide", sent(door, room, decide), methods=["POST"]),
        Route(CASE, shown(door, room, show_case)),
    ]
