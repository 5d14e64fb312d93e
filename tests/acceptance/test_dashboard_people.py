"""People and the audit log as an owner uses them, in a real browser: phone-sized, with script and without."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from acceptance.browser import chromium
from acceptance.demo_process import running_demo, two_free_ports
from dastak.accounts.member import Role
from support.dashboard import DashboardServer, email_of
from support.dashboard_browser import PHONE, by_menu, fits, front, sign_in, watched

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
    """Two of them."""
    with (
        watched(browser, java_script_enabled=request.param) as one,
        watched(browser, java_script_enabled=request.param) as other,
    ):
        yield [one, other]


def test_an_owner_invites_somebody_who_comes_in_and_all_of_it_is_in_the_log(
    server: DashboardServer, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> None:
    owner, guest = (context.new_page() for context in contexts)
    email = f"meera.{abs(hash(request.node.name))}@asha.example"
    sign_in(owner, front(server), email_of(Role.OWNER))
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
    guest.get_by_label("What", exact=True).select_option("Invited somebody")
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
        door = demo.consoles["owner@demo.example"]
        page = browser.new_context(viewport=PHONE).new_page()
        sign_in(page, door, "owner@demo.example")
        page.goto(door.partition("/dashboard")[0] + "/dashboard/profile")
        page.get_by_role("button", name="Add one").press("Enter")
        key = page.locator("p", has_text="Key:").locator(".mono").inner_text()
        expect(page.locator(".qr svg")).to_be_visible()
        secret = key.replace("-", "")
        page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
        page.get_by_label("Code").press("Enter")
        expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
        fits(page)
        other = browser.new_context(viewport=PHONE).new_page()
        sign_in(other, door, "owner@demo.example")
        expect(other.get_by_role("heading", name="Enter the code of your app")).to_be_visible()
        next_code = pyotp.HOTP(secret).at(int(time.time()) // 30 + 1)
        other.get_by_label("Code").fill(next_code)
        other.get_by_label("Code").press("Enter")
        expect(other.get_by_role("heading", level=1)).not_to_contain_text("Enter the code")
        fits(other)
