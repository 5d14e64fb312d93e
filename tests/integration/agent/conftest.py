"""The agent's console on a real socket, and an agent at it in a real Chromium whose camera and microphone are made up."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from acceptance.browser import ARGUMENTS
from support.serving import Serving
from unit.console.standing import Standing
from unit.journeys.video_kyc.cases import AGENT

DESKTOP = ViewportSize(width=1200, height=800)
DEVICES = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",  # no multicast in containers
    "--allow-loopback-in-peer-connection",
)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    path = os.environ.get("DASTAK_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    expect.set_options(timeout=20_000)
    assert path, "no Chromium: run ./test, which installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *DEVICES])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
def serving(standing: Standing) -> Iterator[Serving]:
    with Serving(standing.app) as running:
        yield running
        running.run(stopped(standing))


async def stopped(standing: Standing) -> None:
    """Streams end, as when the real server stops."""
    standing.bell.stop()


@pytest.fixture
def agents(chrome: Browser, standing: Standing, serving: Serving) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers in which an agent is signed in."""
    made: list[BrowserContext] = []

    def make(id_: str = AGENT, *, script: bool = True, viewport: ViewportSize = DESKTOP) -> BrowserContext:
        context = chrome.new_context(
            base_url=serving.url, viewport=viewport, java_script_enabled=script, permissions=["camera", "microphone"]
        )
        context.set_default_timeout(15_000)
        name, value = standing.cookie(standing.sign_in(id_))
        context.add_cookies([{"name": name, "value": value, "url": serving.url}])
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def agent(agents: Callable[..., BrowserContext]) -> Page:
    return agents().new_page()
