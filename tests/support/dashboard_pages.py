"""The pages of a dashboard, found in the application itself: a new one is there by itself.

In: a running server's samples. Out: the paths of all pages that an owner reads, each with something to show. Called by
the test that looks at every page, and by `tools/dashboard_pictures.py`.
"""

import re

from dastak.app.build import build
from dastak.app.settings import read_settings
from dastak.web.dashboard.routing import DashboardRoute
from support.dashboard import DashboardServer, Visitor
from support.dashboard_samples import Samples

LISTS = (
    "/dashboard/journeys/kyc-links",
    "/dashboard/journeys/video-kycs",
    "/dashboard/developers/webhooks",
    "/dashboard/deliveries",
    "/dashboard/setup/operators",
)
"""Whatever these link to is looked at, too."""


def routes_to_read(server: DashboardServer) -> list[DashboardRoute]:
    """Those that are asked by GET."""
    built = build(read_settings(server.env)).web.routes
    return [route for route in built if isinstance(route, DashboardRoute) and route.method == "GET"]


def pages_of(samples: Samples, routes: list[DashboardRoute]) -> list[str]:
    """Each page once, with the samples in its path, and each that a list links to."""
    owner = samples.owner
    shown = [path for path in map(samples.filled, (route.path for route in routes)) if is_page(owner, path)]
    for path in LISTS:
        owner.go(path)
        shown += [one for one in re.findall(rf'href="({path}/[\w-]+)"', owner.text) if is_page(owner, one)]
    return list(dict.fromkeys(shown))


def is_page(visitor: Visitor, path: str) -> bool:
    """Whether it answers with a page: not a file, not a stream, not a piece of a page for its script."""
    connection = visitor._connection
    try:
        connection.request("GET", path, headers={"cookie": visitor.cookies_for(path)})
        answer = connection.getresponse()
        is_html = answer.status == 200 and answer.headers.get_content_type() == "text/html"
        return is_html and answer.read().lstrip().lower().startswith(b"<!doctype html>")
    finally:
        connection.close()
