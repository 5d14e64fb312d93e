"""The log of deliveries in a real browser: live, at the keyboard, on a phone, and without script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from acceptance.browser import chromium
from support.backlog import mostly_down
from support.customer import Customer
from support.dashboard import DashboardServer
from support.dashboard_browser import PHONE, WIDE, enter, fits
from support.receiver import HookReceiver, Reply

pytestmark = pytest.mark.slow

LOG = "/dashboard/deliveries"
SOON = 15_000
"""Milliseconds: a page looks again every two seconds."""
EVENTS = 5
"""Of a customer who does all four checks."""


@dataclass(frozen=True)
class World:
    """A server, somebody's receiver, a browser."""

    server: DashboardServer
    receiver: HookReceiver
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def events_of_one_customer(self) -> str:
        """A whole case; its verification_id."""
        with self.server.api() as api:
            link = api.create_link("Full_kyc", phone="9876501234", name="Asha Gupta")
        with Customer(link["form_link"]) as customer:
            customer.complete()
        return str(link["verification_id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("deliveries")
    with DashboardServer(folder) as server, HookReceiver() as receiver, chromium() as browser:
        receiver.answer_events("/hook")
        with server.api() as api:
            api.add_endpoint(receiver.url("/hook"), description="Orders", retry_policy={"intervals_seconds": [3, 600]})
        made = World(server, receiver, browser)
        for _ in range(3):
            made.events_of_one_customer()
        receiver.wait_for(3 * EVENTS, path="/hook")
        yield made
        server.assert_no_failures()


@pytest.fixture(autouse=True)
def _no_complaints(world: World) -> Iterator[None]:
    yield
    assert not world.complaints


@pytest.fixture
def desk(world: World) -> Iterator[Page]:
    """An owner at a desk."""
    context = world.browser.new_context(viewport=WIDE)
    yield entered(world, context)
    context.close()


def entered(world: World, context: BrowserContext) -> Page:
    """Signed in; what the browser has to complain of its pages is gathered by `world`."""
    page = context.new_page()
    page.on("pageerror", lambda error: world.complaints.append(str(error)))
    page.on("console", lambda said: world.complaints.append(said.text) if _is_complaint(said) else None)
    enter(world.server, page)
    return page


def _is_complaint(said: ConsoleMessage) -> bool:
    """A stream that a sign-in page answers is how a page learns that it must sign in anew."""
    return said.type == "error" and "EventSource" not in said.text


def rows_of(page: Page) -> list[str]:
    return [str(one.get_attribute("data-id")) for one in page.locator("tbody tr").all()]


def test_new_deliveries_come_on_top_by_themselves(world: World, desk: Page) -> None:
    desk.goto(world.server.url + LOG)
    before = rows_of(desk)
    verification_id = world.events_of_one_customer()
    expect(desk.locator("tbody tr", has_text=verification_id)).to_have_count(EVENTS, timeout=SOON)
    expect(desk.locator("tbody tr", has_text="Delivered")).to_have_count(len(before) + EVENTS, timeout=SOON)
    assert rows_of(desk)[EVENTS:] == before


def test_nothing_moves_under_the_eyes_and_keys_of_a_reader(world: World, desk: Page) -> None:
    desk.goto(world.server.url + LOG)
    before = rows_of(desk)
    link = desk.locator("tbody tr").nth(9).get_by_role("link").first
    link.focus()
    desk.evaluate("scrollTo(0, 600)")
    place = link.bounding_box()
    world.events_of_one_customer()
    button = desk.get_by_role("button", name=re.compile("^Show [0-9]+ new deliver"))
    expect(button).to_be_visible(timeout=SOON)
    assert rows_of(desk) == before
    assert link.bounding_box() == place
    assert link.evaluate("it => it === document.activeElement")
    expect(button).to_have_text(f"Show {EVENTS} new deliveries", timeout=SOON)
    button.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("tbody tr")).to_have_count(len(before) + EVENTS)
    assert rows_of(desk)[EVENTS:] == before
    expect(button).to_be_hidden()


def test_a_row_changes_in_its_place_when_a_later_attempt_succeeds(world: World, desk: Page) -> None:
    world.receiver.answer_events("/hook", Reply(500, body=b"the database is away"))
    desk.goto(world.server.url + LOG)
    verification_id = world.events_of_one_customer()
    failed = desk.locator("tbody tr", has_text=verification_id).filter(has_text="answered 500")
    expect(failed).to_have_count(1, timeout=SOON)
    expect(failed).to_contain_text("Retrying")
    row = desk.locator(f"tbody tr[data-id='{failed.get_attribute('data-id')}']")
    expect(row).to_contain_text("Delivered", timeout=SOON)
    expect(row).to_contain_text("2 attempts · answered 200")


def test_an_older_page_stays_as_it_is_but_for_its_own_rows(world: World, desk: Page) -> None:
    mostly_down(world.server, world.receiver, "/older", 6)
    desk.goto(world.server.url + LOG)
    desk.get_by_role("link", name="Older").click()
    before = rows_of(desk)
    with desk.expect_response("**/live**"):
        desk.reload()
    world.events_of_one_customer()
    given_up = desk.locator("tbody tr", has_text="Given up").first
    id_ = given_up.get_attribute("data-id")
    with world.server.api() as api:
        assert api.post(f"/api/v1/deliveries/{id_}/resend").status == 202
    expect(desk.locator(f"tbody tr[data-id='{id_}']")).to_contain_text("Delivered", timeout=SOON)
    assert rows_of(desk) == before


def test_a_delivery_is_read_step_by_step_opened_and_copied(world: World, desk: Page) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.goto(f"{world.server.url}{LOG}")
    desk.locator("tbody tr").first.get_by_role("link").first.click()
    expect(desk.get_by_role("img", name=re.compile("Attempts since the event"))).to_be_visible()
    expect(desk.get_by_text("They are the same: this request came from here, unchanged.").first).to_be_visible()
    desk.get_by_text("The Standard Webhooks signature").click()
    expect(desk.get_by_text("They are the same: this request came from here, unchanged.")).to_have_count(2)
    body = desk.get_by_role("region", name="Body of the request")
    expect(body).to_contain_text('"name": "••••"')
    desk.get_by_role("button", name="Show personal data").click()
    expect(body).to_contain_text('"name": "Asha Gupta"')
    desk.get_by_role("button", name="Copy").click()
    expect(desk.get_by_role("button", name="Copied")).to_be_visible()
    assert desk.evaluate("navigator.clipboard.readText()") == desk.locator("#curl").text_content()


def test_a_replay_is_tried_out_begun_and_watched_to_its_end(world: World, desk: Page) -> None:
    backlog = mostly_down(world.server, world.receiver, "/down", 3)
    desk.goto(f"{world.server.url}{LOG}?endpoint={backlog.endpoint['id']}&state=given_up")
    desk.get_by_role("link", name="Send these again…").click()
    desk.get_by_label("At most so many a second").fill("4")
    desk.get_by_role("button", name="Try it out").click()
    expect(desk.get_by_role("heading", name=f"{len(backlog.given_up)} deliveries")).to_be_visible()
    assert not [hook for hook in world.receiver.hooks("/down") if hook.attempt > 1]
    desk.get_by_role("button", name="Begin").click()
    expect(desk.get_by_role("progressbar", name="How far it is")).to_be_visible()
    expect(desk.get_by_role("button", name="Cancel")).to_be_visible()
    expect(desk.get_by_text("100 %", exact=True).last).to_be_visible(timeout=SOON)
    expect(desk.get_by_role("button", name="Cancel")).to_be_hidden(timeout=SOON)
    expect(desk.get_by_text(f"{len(backlog.given_up)} of {len(backlog.given_up)}")).to_be_visible()


def test_a_member_who_is_signed_out_elsewhere_is_led_to_the_sign_in(world: World, desk: Page) -> None:
    desk.goto(world.server.url + LOG)
    cookies = desk.context.cookies()
    token = desk.locator("form[action='/dashboard/sign-out'] [name=token]").first.get_attribute("value")
    other = world.browser.new_context()
    other.add_cookies(cookies)  # type: ignore[arg-type]
    other.request.post(
        f"{world.server.url}/dashboard/sign-out", form={"token": token or ""}, headers={"sec-fetch-site": "same-origin"}
    )
    other.close()
    expect(desk.get_by_label("E-mail address")).to_be_visible(timeout=SOON)


def test_on_a_phone_nothing_is_wider_than_the_screen(world: World) -> None:
    context = world.browser.new_context(viewport=PHONE, has_touch=True)
    page = entered(world, context)
    page.goto(world.server.url + LOG)
    first = page.locator("tbody tr").first.get_by_role("link").first.get_attribute("href")
    for path in (LOG, str(first), f"{LOG}/replays", f"{LOG}/replays/new"):
        page.goto(world.server.url + path)
        fits(page)
    context.close()


def test_without_script_everything_but_live_is_there(world: World) -> None:
    context = world.browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = entered(world, context)
    page.goto(world.server.url + LOG)
    page.get_by_label("Outcome").select_option("Delivered")
    page.get_by_role("button", name="Show").click()
    assert "state=delivered" in page.url
    page.locator("tbody tr").first.get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Commands")).to_contain_text("curl -sS -i")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status").first).to_contain_text("on its way again")
    context.close()
