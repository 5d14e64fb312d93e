"""Somebody at a dashboard in a real browser: signs in, goes by the menu, and looks whether a page fits.

In: a running server, a browser or a page of it. Out: pages, signed in. Called by the acceptance tests of the dashboard
and by `tools/*_pictures.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from dastak.accounts.member import Role
from support.dashboard import SANDBOX_CODE, DashboardServer, email_of

PHONE, WIDE = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)
SHOWN_MS = 15_000
"""How long is waited for what a page must show."""


def front(server: DashboardServer) -> str:
    """Where the members of the first merchant sign in."""
    return f"{server.url}/dashboard/sign-in?merchant={server.merchants[0].id}"


def sign_in(page: Page, url: str, email: str) -> None:
    """By a code from the mail, beginning at that page."""
    page.goto(url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(SANDBOX_CODE)
    page.get_by_role("button", name="Sign in").click()


def enter(server: DashboardServer, page: Page, role: Role = Role.OWNER) -> None:
    """Sign in as that role's member; the overview is shown."""
    sign_in(page, front(server), email_of(role))
    page.wait_for_url("**/dashboard")


def signed_in(server: DashboardServer, context: BrowserContext, role: Role = Role.OWNER) -> Page:
    """A new page, on the overview."""
    page = context.new_page()
    enter(server, page, role)
    return page


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A phone with cookies of its own; whatever breaks in a page's script, or is forbidden to it, fails the test."""
    context = browser.new_context(**{"viewport": PHONE, "accept_downloads": True, **options})
    context.set_default_timeout(SHOWN_MS)
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    context.on("console", lambda message: broken.append(message.text) if "Security Policy" in message.text else None)
    yield context
    context.close()
    assert broken == []


def by_menu(page: Page, words: str) -> None:
    """To an area, as on a phone: the menu opens without script."""
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("navigation", name="Dashboard, menu").get_by_role("link", name=words).click()


def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    assert page.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth"), page.url
