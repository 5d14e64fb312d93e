"""Static links at the dashboard: opened, printed, closed."""

import io
import re

import httpx
import pytest
from PIL import Image

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.dashboard import DashboardServer, Visitor

pytestmark = pytest.mark.slow

LINKS = "/dashboard/setup/static-links"


def opened(visitor: Visitor, template: str) -> str:
    """Open one; its URL."""
    visitor.go(LINKS)
    visitor.submit(LINKS, template=template)
    found = re.search(rf"<h2[^>]*>{template}</h2>.*?(http://[^\"<]+/global-link/\w+)", visitor.text, re.DOTALL)
    assert found, visitor.text
    return found[1]


def picture(server: DashboardServer, visitor: Visitor, path: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", cookies=dict(visitor.jar.values()))


def test_a_static_link_is_opened_once_and_closed(member: Members) -> None:
    owner = member()
    url = opened(owner, "Pan_verification")
    assert opened(owner, "Pan_verification") == url
    page = {"accept": "text/html"}
    assert "Start your KYC with Asha Bank" in httpx.get(url, headers=page).text
    owner.submit(f"{LINKS}/Pan_verification/close")
    assert "is closed" in owner.text
    assert httpx.get(url, headers=page).status_code == 404
    assert opened(owner, "Pan_verification") != url


def test_its_code_is_a_picture_in_both_kinds(server: DashboardServer, member: Members) -> None:
    owner = member()
    opened(owner, "Full_kyc")
    png = picture(server, owner, f"{LINKS}/Full_kyc/code.png")
    assert png.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(png.content)).width >= 500
    svg = picture(server, owner, f"{LINKS}/Full_kyc/code.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.startswith("<svg")
    assert "script" not in svg.text
    for path in ("None/code.svg", "Full_kyc/code.gif", "Bank_verification/code.png"):
        assert picture(server, owner, f"{LINKS}/{path}").status_code == 404


def test_a_template_that_is_not_there_gets_no_link(member: Members) -> None:
    owner = member()
    fields = {"token": owner.token, "template": "None"}
    assert owner.tell("POST", LINKS, fields).status == 404
    assert owner.tell("POST", f"{LINKS}/None/close", fields).status == 404


def test_a_viewer_looks_and_another_merchant_sees_nothing(server: DashboardServer, member: Members) -> None:
    url = opened(member(), "Upi_verification")
    viewer = member(Role.VIEWER)
    viewer.go(LINKS)
    assert url in viewer.text
    assert "Close this link" not in viewer.text
    assert viewer.tell("POST", LINKS, {"token": viewer.token, "template": "Full_kyc"}).status == 403
    other = member(merchant=1)
    other.go(LINKS)
    assert url not in other.text
    assert picture(server, other, f"{LINKS}/Upi_verification/code.svg").status_code == 404
