"""The API reference: what belongs together, and one operation.

In: a visit. Out: the pages, from the published contract.
"""

from starlette.responses import Response

from dastak.web.dashboard.developers.reference import curl
from dastak.web.dashboard.developers.room import API, DevelopersRoom, tabs
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.refusal import Refused


async def show_reference(room: DevelopersRoom, door: Door, visit: Visit) -> Response:
    """Every operation, by what it is about."""
    groups = room.reference.by_tag()
    return show(door, visit, "developers/api", tabs=tabs(API), groups=groups, path=API, base=room.public_url)


async def show_operation(room: DevelopersRoom, door: Door, visit: Visit) -> Response:
    """One."""
    operation = room.reference.operation(visit.request.path_params["operation_id"])
    if operation is None:
        raise Refused(NOT_FOUND)
    return show(
        door,
        visit,
        "developers/operation",
        tabs=tabs(API),
        operation=operation,
        curl=curl(operation, room.public_url),
        path=API,
    )
