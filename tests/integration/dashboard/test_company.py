"""The company's settings: what customers see of it, and the zone in which the dashboard shows times."""

import io
import re

import httpx
import pytest
from PIL import Image

from dastak.accounts.deed import Deed
from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.dashboard import DashboardServer, Visitor

pytestmark = pytest.mark.slow

COMPANY = "/dashboard/setup/company"


def customer_page(server: DashboardServer, visitor: Visitor) -> str:
    """The public page of the second merchant."""
    visitor.go("/dashboard/setup/static-links")
    if "/global-link/" not in visitor.text:
        visitor.submit("/dashboard/setup/static-links", template="Full_kyc")
    found = re.search(r"/verification/global-link/\w+", visitor.text)
    assert found
    return httpx.get(f"{server.url}{found[0]}", headers={"accept": "text/html"}).text


def test_name_contact_colour_and_logo_are_on_the_customer_s_pages(server: DashboardServer, member: Members) -> None:
    owner = member(merchant=1)
    owner.go(COMPANY)
    typed = {"name": "Ötzi  & Co", "support": "Call <1800>", "own_colour": "yes", "colour": "#123456"}
    owner.submit(COMPANY, **typed)
    assert "Saved." in owner.text
    out = io.BytesIO()
    Image.new("RGB", (60, 60), (0, 0, 200)).save(out, "JPEG")
    sent = httpx.post(
        f"{server.url}{COMPANY}/logo",
        data={"token": owner.token},
        files={"logo": out.getvalue()},
        cookies=dict(owner.jar.values()),
        headers={"origin": server.url},
    )
    assert sent.status_code == 303
    page = customer_page(server, owner)
    assert "Start your KYC with Ötzi &amp; Co" in page
    assert "Help from Ötzi &amp; Co: Call &lt;1800&gt;" in page
    assert "/brand/colour/123456.css" in page
    assert re.search(r'class="logo" src="/brand/logo/mer_\w+/lgo_\w+\.webp"', page)
    owner.go(COMPANY)
    owner.submit(f"{COMPANY}/remove-logo")
    owner.submit(COMPANY, name="Other Bank", support="", colour="#123456")
    page = customer_page(server, owner)
    assert "Start your KYC with Other Bank" in page
    assert "/brand/" not in page


def test_what_is_typed_is_previewed_and_not_kept(member: Members) -> None:
    owner = member()
    owner.go(COMPANY)
    fields = {"token": owner.token, "name": "Typed Bank", "support": "", "own_colour": "yes", "colour": "#ffe135"}
    shown = owner.tell("POST", f"{COMPANY}/preview", fields)
    assert "Typed Bank asks you to confirm who you are" in shown.text
    assert "/brand/colour/ffe135.css" in shown.text
    assert "Typed Bank" not in owner.tell("GET", f"{COMPANY}/preview").text


def test_times_are_shown_in_the_zone_that_was_chosen(member: Members) -> None:
    owner = member(merchant=1)
    owner.go(COMPANY)
    owner.submit(f"{COMPANY}/zone", zone="Pacific/Auckland")
    assert "Times are in Pacific/Auckland" in owner.text
    owner.go(f"/dashboard/audit?deed={Deed.COMPANY_CHANGED}")
    assert "Pacific/Auckland" in owner.text
    owner.go(COMPANY)
    owner.submit(f"{COMPANY}/zone", zone="Mars/Base")
    assert (owner.status, "Choose one of the zones" in owner.text) == (422, True)
    owner.submit(f"{COMPANY}/zone", zone="Asia/Kolkata")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give a name"),
        ({"name": "x" * 101}, "Give a name"),
        ({"support": "x" * 121}, "120 is the most"),
        ({"own_colour": "yes", "colour": "javascript:"}, "Give a colour"),
    ],
)
def test_what_cannot_be_is_said(member: Members, typed: dict[str, str], said: str) -> None:
    owner = member()
    owner.go(COMPANY)
    owner.submit(COMPANY, **({"name": "Asha Bank", "support": "", "colour": "#123456"} | typed))
    assert (owner.status, said in owner.text) == (422, True), owner.text


def test_a_viewer_only_looks(member: Members) -> None:
    viewer = member(Role.VIEWER)
    viewer.go(COMPANY)
    assert viewer.status == 200
    for path in (COMPANY, f"{COMPANY}/zone", f"{COMPANY}/remove-logo"):
        assert viewer.tell("POST", path, {"token": viewer.token, "name": "X"}).status == 403
