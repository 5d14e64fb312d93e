"""Every page of the dashboard in a real browser: accessible, narrow enough, light, and deaf to hostile text.

Pages are found in the application itself, as in tests/integration/dashboard/test_every_route.py; so a new one is looked
at by itself. axe-core says what is accessible: nothing serious, in both colour schemes. Hostile text stands in every
field that a customer, an agent, an auditor or an API caller controls; no page runs it, and it is shown as it was typed.
"""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, ViewportSize

from acceptance.browser import chromium
from dastak.accounts.member import Role
from dastak.accounts.permission import Action
from dastak.app.build import Dastak, build
from dastak.app.settings import read_settings
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.web.dashboard.routing import DashboardRoute
from support.dashboard import DashboardServer, Visitor, email_of
from support.dashboard_browser import PHONE, WIDE, front, signed_in
from support.dashboard_pages import pages_of, routes_to_read
from support.dashboard_samples import Samples
from support.postgres import PrivatePostgres
from support.receiver import HookReceiver
from support.video_kyc_crowd import DETAILS, Crowd, LeapingClock

pytestmark = pytest.mark.slow

SERIOUS = {"serious", "critical"}
FIRST_PAGE_BYTES = 100_000
HOSTILE = """<img src=x onerror="window.hostile=1">'"><script>window.hostile=1</script>{{7*7}}"""
SHORT = "<svg onload=window.hostile=1>"
"""For fields that take little."""
ON_STARTING = "window.hostile = undefined"
INJECTED = "() => window.hostile !== undefined || document.querySelector('img[src=\"x\"], svg[onload]') !== null"


@pytest.fixture(scope="module")
def server(postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    url = postgres.database()
    with DashboardServer(tmp_path_factory.mktemp("pages"), database_url=url) as running:
        yield running
        running.assert_no_failures()
    postgres.drop(url)


@pytest.fixture(scope="module")
def samples(server: DashboardServer) -> Iterator[Samples]:
    """The first merchant has one of everything; hostile text is in whatever takes text."""
    owner = Visitor(server)
    owner.enter(email_of(Role.OWNER))
    with HookReceiver() as receiver, server.api() as api:
        made = Samples(server, api, owner, receiver)
        _be_hostile(made)
        yield made
    owner.close()


def _be_hostile(samples: Samples) -> None:
    """What API callers, customers, agents and auditors can write, with hostile text in all of it."""
    api = samples.api
    api.add_endpoint(samples.receiver.url("/hostile"), description=HOSTILE)
    api.create_link("Full_kyc", verification_id="hostile-link", notes=HOSTILE)
    for role in ("agent", "auditor"):
        operator = {"name": HOSTILE, "email": f"hostile.{role}@op.example", "roles": [role]}
        assert api.post("/api/v1/operators", operator).status == 201
    user = {"user_id": "hostile-user", "phone": "9999999999", "name": HOSTILE}
    answer = api.post("/verification/user", user)
    assert answer.status == 200, answer
    questions = [{"order": 1, "question": HOSTILE, "answer": HOSTILE}]
    case = {"verification_id": "hostile-case", "user_id": "hostile-user", "security_questions": questions}
    answer = api.post("/verification/vkyc", case)
    assert answer.status == 200, answer
    with ThreadPoolExecutor(1) as apart:  # this thread has Playwright's loop
        apart.submit(asyncio.run, _hostile_call(samples.server)).result()


async def _hostile_call(server: DashboardServer) -> None:
    """The customer of the case types such text, as do its agent and its auditor; the call itself has no picture."""
    dastak = build(read_settings(server.env))
    await dastak.store.open()
    try:
        await _talk(dastak, server.merchants[0].id)
    finally:
        await dastak.store.close()


async def _talk(dastak: Dastak, merchant_id: str) -> None:
    parts, store = dastak.video_kyc, dastak.store
    home = LeapingClock(dastak.settings.data_dir / "clock", lambda: datetime.now(UTC))
    chance = random.Random(1)
    crowd = Crowd(parts, store.video_kycs, store.operators, merchant_id, home, lambda: None, chance)
    people = {role: one.id for one in await store.operators.operators(merchant_id) for role in one.roles}
    agent, auditor = (next(id_ for role, id_ in people.items() if role.value == name) for name in ("agent", "auditor"))
    found = await store.video_kycs.case_by_verification_id(merchant_id, "hostile-case")
    assert found is not None
    code = found.code
    await parts.customer.consent(code, text="I agree.", client_ip="203.0.113.9")
    await parts.customer.give_details(code, {**DETAILS, "guardian_name": SHORT})
    for _ in range(20):
        case = await parts.customer.case(code)
        if STAGES[case.sub_status] is Stage.WAITING:
            break
        await crowd._forward(case)()
    await parts.agents.go_online(merchant_id, agent)
    accepted = await parts.agents.accept_next(merchant_id, agent)
    assert accepted is not None
    whose = (merchant_id, agent, accepted.id)
    await parts.customer.join_call(code, accepted.calls[-1].id)
    await parts.agents.join_call(*whose)
    await parts.agents.write_notes(*whose, HOSTILE)
    while parts.agents.missing(case := await parts.agents.read(*whose)):
        for act in crowd._interview(whose, case):
            await act()
    await parts.agents.approve(*whose, HOSTILE)
    await parts.auditors.approve(merchant_id, auditor, accepted.id, HOSTILE)


@pytest.fixture(scope="module")
def routes(server: DashboardServer) -> list[DashboardRoute]:
    return routes_to_read(server)


@pytest.fixture(scope="module")
def paths(routes: list[DashboardRoute], samples: Samples) -> list[str]:
    return pages_of(samples, routes)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=WIDE)
    made.add_init_script(ON_STARTING)
    yield made
    made.close()


def complaints(page: Page, path: str) -> list[str]:
    """What axe finds serious here, and whether the page has to be scrolled sideways."""
    found = Axe().run(page).response["violations"]
    said = [
        f"{path}: {one['id']} ({one['impact']}) at {one['nodes'][0]['target']}: {one['help']}"
        for one in found
        if one["impact"] in SERIOUS
    ]
    if page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth"):
        said.append(f"{path}: wider than the window of {page.viewport_size}")
    return said


@pytest.mark.parametrize(("window", "scheme"), [(PHONE, "dark"), (WIDE, "light")])
def test_no_page_has_anything_serious_against_it(
    server: DashboardServer,
    context: BrowserContext,
    paths: list[str],
    window: ViewportSize,
    scheme: Any,
) -> None:
    page = signed_in(server, context, Role.OWNER)
    page.set_viewport_size(window)
    page.emulate_media(color_scheme=scheme)
    assert len(paths) > 40
    wrong: list[str] = []
    for path in paths:
        page.goto(f"{server.url}{path}")
        wrong += complaints(page, path)
    assert wrong == []


def test_neither_have_the_pages_before_signing_in_and_the_one_that_refuses(
    server: DashboardServer, context: BrowserContext, routes: list[DashboardRoute], samples: Samples
) -> None:
    wrong: list[str] = []
    page = context.new_page()
    for window in (PHONE, WIDE):
        page.set_viewport_size(window)
        page.goto(front(server))
        wrong += complaints(page, "sign-in")
        page.goto(f"{server.url}/dashboard/nothing-here")
        wrong += complaints(page, "nothing here")
    viewer = signed_in(server, context, Role.VIEWER)
    refused = next(samples.filled(route.path) for route in routes if Action.AUDIT_READ in route.actions)
    viewer.goto(f"{server.url}{refused}")
    assert "not part of your role" in viewer.content()
    wrong += complaints(viewer, refused)
    assert wrong == []


def test_hostile_text_is_shown_as_text_on_every_page_and_never_run(
    server: DashboardServer, context: BrowserContext, paths: list[str]
) -> None:
    page = signed_in(server, context, Role.OWNER)
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    ran, shown = [], []
    for path in paths:
        page.goto(f"{server.url}{path}")
        ran += [path] if page.evaluate(INJECTED) else []
        text = page.locator("body").inner_text()
        shown += [path] if "window.hostile=1" in text else []
    assert (ran, asked) == ([], [])
    for place in ("journeys/video-kycs/", "developers/webhooks/", "setup/operators/"):
        assert any(place in path for path in shown), (place, shown)


def test_the_first_page_weighs_less_than_a_hundred_kilobytes(server: DashboardServer, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sizes: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.ok:
            sizes[response.url] = len(response.body())

    page.on("response", weigh)
    page.goto(front(server), wait_until="networkidle")
    assert len(sizes) > 1
    assert sum(sizes.values()) < FIRST_PAGE_BYTES, sizes
    sizes.clear()
    context.close()
    context = browser.new_context()
    page = signed_in(server, context, Role.OWNER)
    page.on("response", weigh)
    page.goto(f"{server.url}/dashboard", wait_until="networkidle")
    assert sum(sizes.values()) < FIRST_PAGE_BYTES, sizes
    context.close()
