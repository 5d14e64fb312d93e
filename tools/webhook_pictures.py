"""Makes the pictures of the webhooks' pages that the docs show, from a server with real traffic.

    python tools/webhook_pictures.py [FOLDER]

In: Chromium. Out: docs/images/webhooks-*.png. With a folder, instead of these, every page of the area there: on a phone
and wide, in both colour schemes, to be looked at.
"""

import asyncio
import random
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from playwright.sync_api import Browser, Page, ViewportSize

from acceptance.browser import chromium
from dastak.app.build import open_store
from dastak.app.settings import read_settings
from dastak.webhooks.hours import BANDS, HOUR, EndpointHour, band_of, first_hour
from support.dashboard import DashboardServer
from support.dashboard_browser import PHONE, signed_in
from support.receiver import HookReceiver, Reply

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE = ViewportSize(width=1120, height=760)
LIST = "/dashboard/developers/webhooks"
PAGES = {
    "developers": "/dashboard/developers",
    "events": "/dashboard/developers/events",
    "event": "/dashboard/developers/events/VKYC_USER_PRECHECK_FAILED",
    "reference": "/dashboard/developers/api",
    "operation": "/dashboard/developers/api/addWebhookEndpoint",
    "quick-start": "/dashboard/developers/quick-start?language=go",
    "list": LIST,
    "new": f"{LIST}/new",
}


def a_day(merchant_id: str, endpoint_id: str, failing: float, chance: random.Random) -> list[EndpointHour]:
    """Hours of which so large a part failed."""
    now, hours = first_hour(datetime.now(UTC), 1), []
    for ago in range(23, 0, -1):
        accepted = chance.randrange(200, 900)
        refused = int(accepted * failing * chance.random())
        bands = [0] * BANDS
        for _ in range(accepted + refused):
            bands[band_of(int(chance.lognormvariate(3.6, 0.9) * 1000))] += 1
        counts = accepted, refused, refused // 3
        hours.append(EndpointHour(merchant_id, endpoint_id, now - ago * HOUR, *counts, tuple(bands)))
    return hours


async def fill(server: DashboardServer, hours: list[EndpointHour]) -> None:
    """Put counts into a server's store while it is stopped."""
    store = open_store(read_settings(server.env))
    await store.open()
    await store.hours.add_hours(hours)
    await store.close()


def prepared(server: DashboardServer, receiver: HookReceiver) -> dict[str, str]:
    """Endpoints that do well, badly and nothing; the pages of one of them."""
    with server.api() as api:
        orders = api.add_endpoint(receiver.url("/orders/webhooks"), description="Orders service")["id"]
        core = api.add_endpoint(receiver.url("/core/kyc"), description="Core banking", event_types=["KYC_LINK_SUCCESS"])
        lake = api.add_endpoint(receiver.url("/analytics"), description="Data lake")["id"]
        api.post(f"/api/v1/webhook-endpoints/{lake}/disable")
    server.stop()
    chance = random.Random(3)
    hours = [
        *a_day(server.merchant.id, orders, 0.004, chance),
        *a_day(server.merchant.id, core["id"], 0.3, chance),
    ]
    asyncio.run(fill(server, hours))
    server.start()
    one = f"{LIST}/{core['id']}"
    return {"endpoint": one, "settings": f"{one}/settings", "secret": f"{one}/secret", "delete": f"{one}/delete"}


def cookies_of_an_owner(server: DashboardServer, browser: Browser) -> str:
    """In a file."""
    context = browser.new_context()
    signed_in(server, context)
    path = Path(tempfile.mkdtemp()) / "cookies.json"
    context.storage_state(path=path)
    context.close()
    return str(path)


def in_popup(page: Page, url: str) -> None:
    """The popup with what a server answered that does not take POST."""
    page.get_by_role("button", name="Add Webhook URL").click()
    page.get_by_label("Webhook URL").fill(url)
    page.get_by_role("button", name="Test & Add Webhook").click()
    page.get_by_text("Answered 405").wait_for()


def for_the_docs(server: DashboardServer, receiver: HookReceiver, browser: Browser, cookies: str) -> None:
    """The few that the docs show."""
    page = browser.new_context(storage_state=cookies, viewport=WIDE).new_page()
    page.goto(server.url + LIST)
    page.screenshot(path=IMAGES / "webhooks-list.png")
    receiver.play("/wrong", Reply(405, body=b"POST is not for us"))
    in_popup(page, receiver.url("/wrong"))
    page.screenshot(path=IMAGES / "webhooks-popup.png")


def everything(server: DashboardServer, browser: Browser, cookies: str, pages: dict[str, str], folder: Path) -> None:
    """All pages, in all ways of looking at them."""
    for size, viewport in (("phone", PHONE), ("wide", WIDE)):
        for scheme in ("light", "dark"):
            context = browser.new_context(storage_state=cookies, viewport=viewport, color_scheme=scheme)
            page = context.new_page()
            for name, path in pages.items():
                page.goto(server.url + path)
                page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
            context.close()


def main() -> None:
    """Make the pictures."""
    with ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory()))
        receiver = running.enter_context(HookReceiver())
        server = running.enter_context(DashboardServer(home))
        pages = prepared(server, receiver)
        browser = running.enter_context(chromium())
        cookies = cookies_of_an_owner(server, browser)
        if len(sys.argv) > 1:
            everything(server, browser, cookies, {**PAGES, **pages}, Path(sys.argv[1]))
        else:
            for_the_docs(server, receiver, browser, cookies)


if __name__ == "__main__":
    main()
