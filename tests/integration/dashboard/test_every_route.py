"""Every route of the dashboard, found in the application itself: each role may what the table says, and nobody else's.

A route of a new area is walked by itself; a new kind of id in a path is registered in `support/dashboard_samples.py`.
The tests stand in the order in which they must run: what changes things comes last.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dastak.accounts.member import Role
from dastak.accounts.permission import may
from dastak.app.build import build
from dastak.app.settings import read_settings
from dastak.web.dashboard.routing import FILE_FORM, PLAIN_FORM, DashboardRoute
from support.dashboard import DashboardServer, Visitor, email_of
from support.dashboard_samples import EVERYBODYS, MARK, PLACE, Samples
from support.receiver import HookReceiver
from support.server import environment

pytestmark = pytest.mark.slow

SIGN_OUT = "/dashboard/sign-out"
TAKEN = {200, 303, 400, 404, 409, 422}
"""What a form may answer that has nothing in it but its token: it is read, whatever comes of it."""


class Seen(NamedTuple):
    """An answer, as far as it must be read: a stream has no end."""

    status: int
    location: str
    text: str


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[DashboardRoute]:
    """As they are mounted."""
    settings = read_settings(environment(data_dir=tmp_path_factory.mktemp("routes")))
    return [route for route in build(settings).web.routes if isinstance(route, DashboardRoute)]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    """A server of its own: at the end of this module not much of its first merchant is left."""
    home: Path = tmp_path_factory.mktemp("walked")
    with DashboardServer(home) as server:
        yield server
        server.assert_no_failures()


@pytest.fixture(scope="module")
def people(walked: DashboardServer) -> Iterator[dict[tuple[int, Role], Visitor]]:
    """Everybody, signed in."""
    found = {}
    for merchant in (0, 1):
        for role in Role:
            found[merchant, role] = Visitor(walked, merchant)
            found[merchant, role].enter(email_of(role, merchant))
    yield found
    for visitor in found.values():
        visitor.close()


@pytest.fixture(scope="module")
def samples(walked: DashboardServer, people: dict[tuple[int, Role], Visitor]) -> Iterator[Samples]:
    with HookReceiver() as receiver, walked.api() as api:
        yield Samples(walked, api, people[0, Role.OWNER], receiver)


def see(visitor: Visitor, route: DashboardRoute, path: str, token: str | None = None) -> Seen:
    """One request to that route, redirects not followed; a form has the token in it and nothing else."""
    headers = {"cookie": visitor._cookies_for(path), "sec-fetch-site": "same-origin"}
    body = None
    if route.media_type == FILE_FORM:
        headers["content-type"] = f"{FILE_FORM}; boundary=b"
        body = f'--b\r\ncontent-disposition: form-data; name="token"\r\n\r\n{token or ""}\r\n--b--\r\n'
    elif route.method == "POST":
        headers["content-type"] = PLAIN_FORM
        body = "" if token is None else f"token={token}"
    connection = visitor._connection
    try:
        connection.request(route.method, path, body, headers)
        answer = connection.getresponse()
        is_stream = answer.headers.get_content_type() == "text/event-stream"
        text = "" if is_stream else answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    return Seen(answer.status, answer.headers.get("location", ""), text)


def test_there_are_routes_of_every_area_and_each_place_in_them_has_a_sample(
    routes: list[DashboardRoute], samples: Samples
) -> None:
    assert len(routes) > 30
    for route in routes:
        assert route.path.startswith("/dashboard")
        samples.filled(route.path)


@pytest.mark.parametrize("role", list(Role))
def test_a_page_is_shown_to_the_roles_of_its_action_and_refused_to_the_others_in_words(
    routes: list[DashboardRoute], samples: Samples, people: dict[tuple[int, Role], Visitor], role: Role
) -> None:
    wrong = []
    for route in (route for route in routes if route.method == "GET"):
        path = samples.filled(route.path)
        seen = see(people[0, role], route, path)
        if all(may(role, action) for action in route.actions):
            fits = seen.status in {200, 303} and not seen.location.startswith("/dashboard/sign-in")
        else:
            fits = seen.status == 403 and "not part of your role" in seen.text
        wrong += [] if fits else [(role.value, path, route.actions, seen.status, seen.location)]
    assert wrong == []


def test_whoever_is_not_signed_in_is_sent_to_sign_in_by_every_route(
    routes: list[DashboardRoute], samples: Samples, walked: DashboardServer
) -> None:
    with Visitor(walked) as nobody:
        wrong = [
            (route.method, route.path, seen)
            for route in routes
            if (seen := see(nobody, route, samples.filled(route.path)))[:2] != (303, "/dashboard/sign-in")
        ]
    assert wrong == []


def test_no_form_is_taken_without_the_token_of_its_own_session(
    routes: list[DashboardRoute], samples: Samples, people: dict[tuple[int, Role], Visitor]
) -> None:
    owner, other = people[0, Role.OWNER], people[0, Role.DEVELOPER]
    other.go("/dashboard")
    wrong = [
        (route.path, token, status)
        for route in routes
        if route.method == "POST"
        for token in (None, other.token)
        if (status := see(owner, route, samples.filled(route.path), token).status) != 403
    ]
    assert wrong == []


def test_another_merchant_s_member_finds_nothing_of_the_first_at_any_route(
    routes: list[DashboardRoute], samples: Samples, people: dict[tuple[int, Role], Visitor]
) -> None:
    stranger = people[1, Role.OWNER]
    stranger.go("/dashboard")
    token, wrong = stranger.token, []
    for route in routes:
        places = set(PLACE.findall(route.path)) - EVERYBODYS
        path = samples.filled(route.path)
        if not places:
            if route.method == "GET" and MARK in see(stranger, route, path).text:
                wrong.append((route.method, path, "the first merchant's data"))
            continue
        theirs = see(stranger, route, path, token)
        nobodys = see(stranger, route, samples.unknown(route.path), token)
        if theirs.status != 404:
            wrong.append((route.method, path, f"answered {theirs.status} {theirs.location}"))
        elif _plain(theirs.text) != _plain(nobodys.text):
            wrong.append((route.method, path, "can be told from what is not there"))
    assert wrong == []
    owner = people[0, Role.OWNER]
    for route in (route for route in routes if route.method == "GET" and PLACE.search(route.path)):
        assert see(owner, route, samples.filled(route.path)).status == 200, "and changed nothing"


@pytest.mark.parametrize("role", list(reversed(Role)))
def test_a_form_is_taken_from_the_roles_of_its_action_and_refused_to_the_others_in_words(
    routes: list[DashboardRoute], samples: Samples, people: dict[tuple[int, Role], Visitor], role: Role
) -> None:
    visitor = people[0, role]
    visitor.go("/dashboard")
    token, wrong = visitor.token, []
    for route in (route for route in routes if route.method == "POST" and route.path != SIGN_OUT):
        path = samples.filled(route.path)
        seen = see(visitor, route, path, token)
        if all(may(role, action) for action in route.actions):
            fits = seen.status in TAKEN and not seen.location.startswith("/dashboard/sign-in")
        else:
            fits = seen.status == 403 and "not part of your role" in seen.text
        wrong += [] if fits else [(role.value, path, route.actions, seen.status, seen.location)]
    assert wrong == []
    visitor.go("/dashboard")
    visitor.submit(SIGN_OUT)
    assert visitor.at.startswith("/dashboard/sign-in")


def _plain(text: str) -> str:
    """Without what differs by chance."""
    return re.sub(r'value="[0-9a-f]{64}"', "", text)
