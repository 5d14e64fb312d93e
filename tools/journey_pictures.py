"""Makes the pictures of the journeys' pages and of the overview that the docs show, from a server with real journeys.

    python tools/journey_pictures.py [FOLDER]

In: Chromium. Out: docs/images/journeys-*.png. With a folder, instead of these, every page of the area there: on a phone
and wide, in both colour schemes, to be looked at.
"""

import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from tools.webhook_pictures import IMAGES, WIDE, cookies_of_an_owner, everything

from acceptance.browser import chromium
from dastak.accounts.member import Role
from support.api import Api
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor, email_of
from support.receiver import HookReceiver, Reply

LINKS, CASES = "/dashboard/journeys/kyc-links", "/dashboard/journeys/video-kycs"
NAMES = ("Asha Gupta", "Ravi Iyer", "Meera Nair", "Imran Khan", "Lakshmi Rao")
ALL_WEEK = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]


def customers(api: Api) -> None:
    """KYC Links, of which each customer comes a little less far than the one before."""
    links = [
        api.create_link(
            "Full_kyc",
            verification_id=f"loan-{2400 + number}",
            name=NAMES[number % len(NAMES)],
            phone=f"+91987654{3200 + number}",
            email=f"customer{number}@example.com",
        )
        for number in range(18)
    ]
    for link in links[:6]:
        with Customer(link["form_link"]) as customer:
            customer.complete()
    for checks, some in ((2, links[6:10]), (1, links[10:12]), (0, links[12:15])):
        for link in some:
            with Customer(link["form_link"]) as customer:
                customer.sign_in()
                if checks:
                    customer.aadhaar()
                if checks > 1:
                    customer.pan("FAILD0001X")
                    customer.pan()


def cases(api: Api) -> None:
    """Video KYCs: one booked, one cancelled, the others new."""
    agent = {"name": "Meera", "email": "meera@bank.example", "roles": ["agent"]}
    operator = api.post("/api/v1/operators", agent).json
    api.put(f"/api/v1/operators/{operator['id']}/availability", {"windows": ALL_WEEK})
    for number, name in enumerate(NAMES):
        user = {"phone": f"987654321{number}", "user_id": f"user-{number}", "name": name}
        api.post("/verification/user", user)
        api.post("/verification/vkyc", {"verification_id": f"account-{number}", "user_id": f"user-{number}"})
    slots = api.get("/api/v1/video-kycs/account-1/slots").json["data"]
    api.put("/api/v1/video-kycs/account-1/schedule", {"at": slots[8]["at"]})
    api.post("/api/v1/video-kycs/account-4/cancel", {})


def pages_of(server: DashboardServer) -> dict[str, str]:
    """Every page of the area, with one case of each kind."""
    visitor = Visitor(server)
    visitor.enter(email_of(Role.OWNER))
    found = {}
    for path, asked in ((LINKS, "loan-2407"), (CASES, "account-1")):
        visitor.go(f"{path}?q={asked}")
        found[path] = re.findall(rf"{path}/jrn_\w+", visitor.text)[0]
    visitor.close()
    return {
        "overview": "/dashboard",
        "links": LINKS,
        "links-empty": f"{LINKS}?q=nothing",
        "link": found[LINKS],
        "link-new": f"{LINKS}/new",
        "cases": CASES,
        "case": found[CASES],
        "case-new": f"{CASES}/new",
        "case-schedule": f"{found[CASES]}/schedule",
    }


def main() -> None:
    """Make the pictures."""
    with ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory()))
        receiver = running.enter_context(HookReceiver())
        server = running.enter_context(DashboardServer(home))
        receiver.play("/orders", Reply(204))
        with server.api() as api:
            api.add_endpoint(receiver.url("/orders"))
            customers(api)
            cases(api)
        pages = pages_of(server)
        browser = running.enter_context(chromium())
        cookies = cookies_of_an_owner(server, browser)
        if len(sys.argv) > 1:
            everything(server, browser, cookies, pages, Path(sys.argv[1]))
            return
        page = browser.new_context(storage_state=cookies, viewport=WIDE).new_page()
        for name in ("overview", "link"):
            page.goto(server.url + pages[name])
            page.screenshot(path=IMAGES / f"journeys-{name}.png")


if __name__ == "__main__":
    main()
