"""Webhooks at the dashboard as a developer of the merchant does it, in a real browser: the contract's own path."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from acceptance.browser import chromium
from dastak.accounts.member import Role
from support.dashboard import DashboardServer
from support.dashboard_browser import SHOWN_MS, WIDE, by_menu, enter, fits, signed_in, watched
from support.receiver import HookReceiver, Reply

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    with DashboardServer(tmp_path_factory.mktemp("dashboard")) as running:
        yield running
        running.assert_no_failures()


@pytest.fixture(scope="module")
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    with watched(browser, java_script_enabled=request.param) as made:
        yield made


def at_the_webhooks(server: DashboardServer, page: Page) -> None:
    """Sign in, Developers, Webhooks under the Secure ID card: as the contract's documentation says."""
    enter(server, page, Role.DEVELOPER)
    by_menu(page, "Developers")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Secure ID"))
    card.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()


def test_a_webhook_is_added_by_the_contract_s_path_and_a_failure_says_what_to_fix(
    server: DashboardServer, receiver: HookReceiver, context: BrowserContext, request: pytest.FixtureRequest
) -> None:
    path = f"/{re.sub(r'[^a-z]', '', request.node.name)[-14:]}"
    receiver.play(path, Reply(405, {"x-served-by": "cache-7"}, b"POST is not for us"))
    page = context.new_page()
    at_the_webhooks(server, page)
    page.get_by_text("Add Webhook URL", exact=True).click()
    expect(page.get_by_role("heading", name="Add Webhook")).to_be_visible()
    page.get_by_label("Webhook URL").fill(receiver.url(path))
    page.get_by_role("button", name="Test & Add Webhook").click()
    expect(page.get_by_text("Answered 405")).to_be_visible()
    expect(page.get_by_text("The path does not take POST.")).to_be_visible()
    expect(page.get_by_text("POST is not for us")).to_be_visible()
    page.get_by_text("Headers of the answer").click()
    expect(page.get_by_text("cache-7")).to_be_visible()
    fits(page)
    receiver.play(path, Reply(204))
    expect(page.get_by_label("Webhook URL")).to_have_value(receiver.url(path))
    page.get_by_role("button", name="Test & Add Webhook").click()
    expect(page.get_by_text("Webhook added")).to_be_visible()
    secret = page.get_by_label("Its secret, shown this once").input_value()
    assert receiver.all(path)[-1].verify(secret).is_test
    page.get_by_role("link", name="Open the endpoint").click()
    expect(page.get_by_role("heading", name=receiver.url(path))).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("Answered 204")).to_be_visible()


def test_an_endpoint_is_set_paused_and_deleted(
    server: DashboardServer, receiver: HookReceiver, context: BrowserContext, request: pytest.FixtureRequest
) -> None:
    url = receiver.url(f"/set{'-plain' if 'without' in request.node.name else ''}")
    with server.api() as api:
        endpoint = api.add_endpoint(url)
    page = context.new_page()
    at_the_webhooks(server, page)
    page.get_by_role("link", name=url, exact=True).click()
    page.get_by_role("link", name="Change them").click()
    page.get_by_label("Only these:").check()
    page.get_by_label("KYC_LINK_SUCCESS").check()
    page.get_by_label("Your own waits:").check()
    page.get_by_label("Waits", exact=True).fill("10 s, 1 min, 1 h")
    if "without" in request.node.name:
        page.get_by_role("button", name="Draw it").click()
    expect(page.get_by_role("status").filter(has_text="Up to 4 attempts within about 1 h 1 min;")).to_be_visible()
    expect(page.locator("svg.schedule circle")).to_have_count(4)
    fits(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved")).to_be_visible()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Nothing is sent; events wait.").first).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    page.get_by_role("link", name="Rotate the secret").click()
    page.get_by_label("7 days").check()
    page.get_by_role("button", name="Make a new secret").click()
    assert page.get_by_label("Shown this once").input_value() != endpoint["secret"]
    page.get_by_role("link", name="Delete this endpoint").click()
    page.get_by_label("Yes, cancel what is owed and delete it").check()
    page.get_by_role("button", name="Delete the endpoint").click()
    expect(page.get_by_text("The endpoint is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name=url, exact=True)).to_have_count(0)


def test_one_of_the_events_is_sent_to_oneself(
    server: DashboardServer, receiver: HookReceiver, context: BrowserContext, request: pytest.FixtureRequest
) -> None:
    path = f"/sample{'-plain' if 'without' in request.node.name else ''}"
    with server.api() as api:
        endpoint = api.add_endpoint(receiver.url(path))
    page = context.new_page()
    at_the_webhooks(server, page)
    page.goto(f"{server.url}/dashboard/developers/quick-start")
    page.get_by_role("link", name="Go", exact=True).click()
    expect(page.get_by_text("func Verify(")).to_be_visible()
    page.get_by_role("link", name="KYC_LINK_SUCCESS").click()
    page.get_by_label("Endpoint").select_option(receiver.url(path))
    page.get_by_role("button", name="Send one now").click()
    expect(page.get_by_text("Answered 200")).to_be_visible()
    (hook,) = receiver.hooks(path)
    assert hook.verify(endpoint["secret"]).type == "KYC_LINK_SUCCESS"
    page.get_by_role("link", name="API reference").click()
    page.get_by_role("link", name="Test & Add: a signed test event").click()
    expect(page.get_by_text("rate_per_second_value_invalid")).to_be_visible()
    fits(page)


def test_the_popup_works_with_the_keyboard_alone(
    server: DashboardServer, receiver: HookReceiver, browser: Browser
) -> None:
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(SHOWN_MS)
    page = signed_in(server, context)
    page.goto(f"{server.url}/dashboard/developers/webhooks")
    opener = page.get_by_role("button", name="Add Webhook URL")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Webhook URL")).to_be_focused()
    page.keyboard.type(receiver.url("/by-keyboard"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Webhook added")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=receiver.url("/by-keyboard"), exact=True)).to_be_visible()
    context.close()
