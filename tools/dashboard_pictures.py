"""Makes a picture of every page of the dashboard: on a phone and wide, in both colour schemes.

    python tools/dashboard_pictures.py FOLDER

In: Chromium; an empty folder. Out: FOLDER/<path>-<width>-<scheme>.png for each page that an owner reads, found in the
application itself, and for the pages before signing in and the ones that refuse.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from playwright.sync_api import Page

from acceptance.browser import chromium
from dastak.accounts.member import Role
from support.dashboard import DashboardServer, Visitor, email_of
from support.dashboard_browser import PHONE, WIDE, front, signed_in
from support.dashboard_pages import pages_of, routes_to_read
from support.dashboard_samples import Samples
from support.receiver import HookReceiver


def shoot(page: Page, url: str, name: str, folder: Path) -> None:
    """The whole page, four times."""
    for window in (PHONE, WIDE):
        page.set_viewport_size(window)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(url)
            page.screenshot(path=folder / f"{name}-{window['width']}-{scheme}.png", full_page=True)


def shoot_all(server: DashboardServer, folder: Path) -> int:
    """Everything; how many pages there were."""
    owner = Visitor(server)
    owner.enter(email_of(Role.OWNER))
    with HookReceiver() as receiver, server.api() as api, chromium() as browser:
        samples = Samples(server, api, owner, receiver)
        paths = pages_of(samples, routes_to_read(server))
        outside = browser.new_context().new_page()
        shoot(outside, front(server), "sign-in", folder)
        viewer = signed_in(server, browser.new_context(), Role.VIEWER)
        shoot(viewer, f"{server.url}/dashboard/audit", "no-permission", folder)
        empty = signed_in(server, browser.new_context(), Role.OWNER)
        shoot(empty, f"{server.url}/dashboard/nothing-here", "nothing-here", folder)
        for number, path in enumerate(paths, start=1):
            print(f"\r{number} of {len(paths)} pages", end="", flush=True)
            shoot(empty, f"{server.url}{path}", path.strip("/").replace("/", "_"), folder)
    print()
    owner.close()
    return len(paths) + 3


def main() -> None:
    """Make the pictures."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):  # noqa: PLR2004 - the program and one argument
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, DashboardServer(Path(home)) as server:
        count = shoot_all(server, folder)
    print(f"{count} pages, four pictures each, are in {folder}")


if __name__ == "__main__":
    main()
