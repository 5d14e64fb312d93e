"""People and the audit log as an owner uses them, in a real browser: phone-sized, with script and without."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from acceptance.browser import chromium
from acceptance.demo_process import running_demo, two_free_ports
from dastak.accounts.member import Role
from support.dashboard import SANDBOX_CODE, DashboardServer, email_of

PHONE = ViewportSize(width=360, height=740)
SHOWN_MS = 15_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    with DashboardServer(tmp_path_factory.mktemp("people")) as running:
        yield running
        running.assert_no_failures()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def contexts(request: pytest.FixtureRequest, browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two browsers; whatever breaks in a page's script, or is forbidden to it, fails the test."""
    broken: list[str] = []
    made = []
    for _ in range(2):
        one = browser.new_context(viewport=PHONE, java_script_enabled=request.param, accept_downloads=True)
        one.set_default_timeout(SHOWN_MS)
        one.on("weberror", lambda error: broken.append(str(error.error)))
        one.on("console", lambda message: broken.append(message.text) if "Security Policy" in message.text else None)
        made.append(one)
    yield made
    for one in made:
        one.close()
    assert broken == []


def sign_in(page: Page, url: str, email: str) -> None:
    """By a code from the mail."""
    page.goto(url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(SANDBOX_CODE)
    page.get_by_role("button", name="Sign in").click()


def by_menu(page: Page, words: str) -> None:
    """As on a phone: the menu opens without script."""
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("navigation", name="Dashboard, menu").get_by_role("link", name=words).click()


def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    assert page.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")


def test_an_owner_invites_somebody_who_comes_in_and_all_of_it_is_in_the_log(
    server: DashboardServer, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    owner, guest = (context.new_page() for context in contexts)
    email = f"meera.{abs(hash(request.node.name))}@asha.example"
    front = f"{server.url}/dashboard/sign-in?merchant={server.merchant.id}"
    sign_in(owner, front, email_of(Role.OWNER))
    by_menu(owner, "People")
    owner.get_by_label("E-mail address").fill(email)
    owner.get_by_role("radio", name=re.compile("compliance")).check()
    owner.get_by_role("button", name="Send the invitation").click()
    expect(owner.get_by_role("status")).to_contain_text("on its way")
    fits(owner)
    invitations = [line for line in server.lines() if "/dashboard/invitations/" in line]
    link = re.search(r"http\S+/dashboard/invitations/[\w/-]+", invitations[-1])
    assert link
    guest.goto(link[0])
    fits(guest)
    guest.get_by_label("Your name").fill("Meera Nair")
    guest.get_by_role("button", name="Accept").click()
    sign_in(guest, guest.url, email)

    by_menu(guest, "Audit log")
    expect(guest.get_by_role("region", name="Entries")).to_contain_text("Accepted an invitation")
    fits(guest)
    guest.get_by_label("What").select_option("Invited somebody")
    guest.get_by_role("button", name="Show").click()
    expect(guest.get_by_role("region", name="Entries")).not_to_contain_text("Accepted an invitation")
    guest.get_by_role("link", name="Check all of it").click()
    expect(guest.get_by_role("heading", name="The record holds")).to_be_visible()
    guest.get_by_role("link", name="Back to the audit log").click()
    with guest.expect_download() as download:
        guest.get_by_role("button", name="Export all of it").click()
    assert '"deed":"audit.exported"' in Path(download.value.path()).read_text()

    by_menu(owner, "People")
    owner.get_by_role("link", name="Meera Nair").first.click()
    owner.get_by_label("Yes, remove Meera Nair").check()
    owner.get_by_role("button", name="Remove", exact=True).click()
    expect(owner.get_by_role("status")).to_contain_text("signed out everywhere")
    guest.reload()
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_authenticator_app_is_added_by_the_keyboard_and_asked_for(browser: Browser, tmp_path: Path) -> None:
    """On the demo, whose owner gets in as the demo says; no pointer is used once the page is there."""
    with running_demo(tmp_path / "data", two_free_ports()) as demo:
        front = demo.consoles["owner@demo.example"]
        page = browser.new_context(viewport=PHONE).new_page()
        sign_in(page, front, "owner@demo.example")
        page.goto(front.partition("/dashboard")[0] + "/dashboard/profile")
        page.get_by_role("button", name="Add one").press("Enter")
        key = page.locator("p", has_text="Key:").locator(".mono").inner_text()
        expect(page.locator(".qr svg")).to_be_visible()
        secret = key.replace("-", "")
        page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
        page.get_by_label("Code").press("Enter")
        expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
        fits(page)
        other = browser.new_context(viewport=PHONE).new_page()
        sign_in(other, front, "owner@demo.example")
        expect(other.get_by_role("heading", name="Enter the code of your app")).to_be_visible()
        next_code = pyotp.HOTP(secret).at(int(time.time()) // 30 + 1)
        other.get_by_label("Code").fill(next_code)
        other.get_by_label("Code").press("Enter")
        expect(other.get_by_role("heading", level=1)).not_to_contain_text("Enter the code")
        fits(other)
