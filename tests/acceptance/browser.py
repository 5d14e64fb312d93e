"""A real Chromium, the one that `./test` found, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox",  # containers and root have no user namespaces for it
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def executable() -> str:
    """The browser's program."""
    path = os.environ.get("DASTAK_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: run ./test, which installs one"
    return path


@contextmanager
def chromiums(count: int, *arguments: str) -> Iterator[list[Browser]]:
    """So many browsers, each with processes of its own; a missing one fails the test, it never skips it."""
    path = executable()
    with sync_playwright() as playwright, ExitStack() as stack:
        browsers = []
        for _ in range(count):
            browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
            stack.callback(browser.close)
            browsers.append(browser)
        yield browsers


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """One browser, with more arguments if given."""
    with chromiums(1, *arguments) as (browser,):
        yield browser
