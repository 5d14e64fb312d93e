"""How an area mounts its pages: a path, a handler, and the action that whoever asks must be allowed.

In: the door and a handler. Out: routes that know their action, so that one test can walk all of them in every role.
"""

from starlette.routing import Route

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Act, FileAct, FormAct, posted, signed_in, uploaded
from dastak.web.door import Endpoint

PLAIN_FORM = "application/x-www-form-urlencoded"
FILE_FORM = "multipart/form-data"


class DashboardRoute(Route):
    """A route of the dashboard."""

    def __init__(
        self, path: str, endpoint: Endpoint, method: str, *actions: Action, media_type: str = PLAIN_FORM
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.actions = actions
        """What whoever asks must be allowed, all of it."""
        self.method = method
        self.media_type = media_type
        """Of what a POST brings."""


def page(door: Door, path: str, act: Act, *actions: Action) -> DashboardRoute:
    """A GET: `act(door, visit)` answers a member who may do all of that."""
    return DashboardRoute(path, signed_in(door, act, *actions), "GET", *actions)


def form(door: Door, path: str, act: FormAct, *actions: Action) -> DashboardRoute:
    """A POST from one of our own pages: `act(door, visit, form)` answers a member who may do all of that."""
    return DashboardRoute(path, posted(door, act, *actions), "POST", *actions)


def file_form(door: Door, path: str, act: FileAct, action: Action, limit: int) -> DashboardRoute:
    """A POST of a form with a file: `act(door, visit, parts)` answers a member who may do that."""
    return DashboardRoute(path, uploaded(door, act, action, limit), "POST", action, media_type=FILE_FORM)
