"""Makes the pictures of the pages for setting up that the docs show.

    python tools/setup_pictures.py [FOLDER]

In: Chromium. Out: docs/images/setup-template.png. With a folder, instead of it, every page of the area there: on a
phone and wide, in both colour schemes, to be looked at.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from playwright.sync_api import Browser, Page, ViewportSize

from acceptance.browser import chromium
from support.dashboard import DashboardServer
from support.dashboard_browser import PHONE, signed_in

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE = ViewportSize(width=1280, height=860)
SETUP = "/dashboard/setup"
TEMPLATE = f"{SETUP}/templates/Loan"


def prepared(server: DashboardServer) -> dict[str, str]:
    """A template, an operator, a static link; the pages to look at."""
    with server.api() as api:
        api.put("/api/v1/templates/Loan", {"checks": ["PANDETAILS_VERIFICATION", "BANKDETAILS_VALIDATION"]})
        body = {"name": "Meera Nair", "email": "meera@asha.example", "roles": ["agent"]}
        operator = api.post("/api/v1/operators", body).json["id"]
        api.post("/verification/form/static-link", {"template_name": "Full_kyc"})
    key = server.merchant.client_id
    parts = ("keys", "templates", "static-links", "operators", "messages", "company")
    pages = {"setup": SETUP, **{part: f"{SETUP}/{part}" for part in parts}}
    return pages | {
        "key": f"{SETUP}/keys/{key}",
        "template": TEMPLATE,
        "operator": f"{SETUP}/operators/{operator}",
        "message": f"{SETUP}/messages/kyc_link",
    }


def dress(server: DashboardServer, page: Page) -> None:
    """Give the template words and a colour."""
    page.goto(f"{server.url}{TEMPLATE}")
    page.get_by_label("Heading of the first page").fill("Your loan is two checks away")
    page.get_by_label("Below the heading").fill("Both are done on your phone, and nothing is sent by post.")
    page.get_by_label("A colour of its own").check()
    page.get_by_label("Which one").fill("#7a1f5c")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**done=saved")
    page.goto(f"{server.url}{TEMPLATE}", wait_until="networkidle")


def look(server: DashboardServer, browser: Browser, pages: dict[str, str], folder: Path) -> None:
    """Every page, twice by twice."""
    for scheme in ("light", "dark"):
        for size in (PHONE, WIDE):
            context = browser.new_context(viewport=size, color_scheme="light" if scheme == "light" else "dark")
            page = signed_in(server, context)
            for name, path in pages.items():
                page.goto(f"{server.url}{path}", wait_until="networkidle")
                page.screenshot(path=folder / f"{name}-{size['width']}-{scheme}.png", full_page=True)
            context.close()


def main() -> None:
    """Make them."""
    with tempfile.TemporaryDirectory() as home, DashboardServer(Path(home)) as server, chromium() as browser:
        pages = prepared(server)
        context = browser.new_context(viewport=WIDE)
        page = signed_in(server, context)
        dress(server, page)
        if len(sys.argv) == 1:
            page.screenshot(path=IMAGES / "setup-template.png")
        else:
            folder = Path(sys.argv[1])
            folder.mkdir(parents=True, exist_ok=True)
            look(server, browser, pages, folder)
        context.close()


if __name__ == "__main__":
    main()
