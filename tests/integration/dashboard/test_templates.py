"""Templates of KYC Links at the dashboard: what is set there is what the customer meets."""

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import DashboardServer, Visitor

pytestmark = pytest.mark.slow

TEMPLATES = "/dashboard/setup/templates"
AADHAAR, PAN, UPI = "OFFLINE_AADHAAR_VERIFICATION", "PANDETAILS_VERIFICATION", "UPIDETAILS_VALIDATION"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def new_link(api: Api, template: str, verification_id: str) -> str:
    """Its `form_link`."""
    made = api.post(
        "/verification/form",
        {
            "verification_id": verification_id,
            "template_name": template,
            "phone": "9999999999",
            "notification_types": [],
        },
    )
    assert made.status == 200, made.json
    link: str = made.json["form_link"]
    return link


def page_of(http: httpx.Client, form_link: str) -> str:
    """What the link's customer sees."""
    return http.get(form_link, headers={"accept": "text/html"}).text


def a_template(visitor: Visitor, name: str) -> str:
    """Make one; its path."""
    visitor.go(TEMPLATES)
    visitor.submit(TEMPLATES, name=name)
    assert "The template is made" in visitor.text
    return f"{TEMPLATES}/{name}"


def save(visitor: Visitor, path: str, **typed: str) -> None:
    """Send the form with PAN as its one check, and what else is typed."""
    visitor.go(path)
    visitor.submit(path, **({"check_1": PAN} | typed))


def upload(
    server: DashboardServer, visitor: Visitor, path: str, content: bytes, token: str | None = None
) -> httpx.Response:
    cookies = dict(visitor.jar.values())
    return httpx.post(
        f"{server.url}{path}/logo",
        data={"token": visitor.token if token is None else token},
        files={"logo": ("logo.svg", content, "image/svg+xml")},
        cookies=cookies,
        headers={"origin": server.url},
    )


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (500, 100), (200, 0, 0)).save(out, "PNG")
    return out.getvalue()


def test_checks_words_and_colour_reach_the_customer(member: Members, api: Api, http: httpx.Client) -> None:
    owner = member()
    path = a_template(owner, "Welcome")
    save(
        owner,
        path,
        check_1=UPI,
        check_2="",
        check_3=PAN,
        check_4="",
        heading="Hello from {merchant}",
        intro="<i>Two</i> things.",
        done="Bye.",
        own_colour="yes",
        colour="#7A1F5C",
    )
    assert "Saved." in owner.text
    page = page_of(http, new_link(api, "Welcome", "welcome-1"))
    assert "<h1>Hello from Asha Bank</h1>" in page
    assert "&lt;i&gt;Two&lt;/i&gt; things." in page
    assert "/brand/colour/7a1f5c.css" in page
    assert page.index("UPI ID") < page.index("<strong>PAN</strong>")
    assert "Aadhaar</strong>" not in page


def test_a_link_that_is_out_keeps_its_checks_and_shows_new_words(member: Members, api: Api, http: httpx.Client) -> None:
    owner = member()
    path = a_template(owner, "Later")
    made = new_link(api, "Later", "later-1")
    assert "Asha Bank asks you to confirm who you are" in page_of(http, made)
    save(owner, path, heading="New words")
    after = page_of(http, made)
    assert "<h1>New words</h1>" in after
    assert "Aadhaar</strong>" in after


def test_what_is_wrong_is_said_and_nothing_is_saved(member: Members) -> None:
    owner = member()
    path = a_template(owner, "Wrong")
    owner.submit(path, check_1=PAN, check_2=PAN, heading="{name}", own_colour="yes", colour="red")
    assert owner.status == 422
    for said in ("asked for once", "known here: {merchant}", "Give a colour"):
        assert said in owner.text
    owner.go(path)
    assert "{name}" not in owner.text
    owner.submit(path, check_1="", check_2="", check_3="", check_4="")
    assert "at least one check" in owner.text


@pytest.mark.parametrize("name", ["", "a b", "../x", "..", "x" * 51, "Full_kyc"])
def test_a_name_that_cannot_be_one_is_refused(member: Members, name: str) -> None:
    owner = member()
    owner.go(TEMPLATES)
    owner.submit(TEMPLATES, name=name)
    assert owner.status == 422


def test_the_preview_is_the_customer_s_page_with_what_is_typed(member: Members) -> None:
    owner = member()
    path = a_template(owner, "Preview")
    fields = owner.form(path).fields | {"heading": "Not saved", "check_1": PAN}
    for page, said in (("start", "Not saved"), ("check", "Your PAN"), ("done", "Your KYC is done")):
        shown = owner.tell("POST", f"{path}/preview", fields | {"page": page})
        assert (shown.status, said in shown.text) == (200, True), shown.text
    assert "Not saved" not in owner.tell("GET", f"{path}/preview").text


def test_a_logo_is_drawn_anew_served_and_dropped(server: DashboardServer, member: Members, http: httpx.Client) -> None:
    owner = member()
    path = a_template(owner, "Logo")
    assert upload(server, owner, path, a_picture()).status_code == 303
    owner.go(path)
    found = re.search(r"/brand/logo/mer_\w+/lgo_\w+\.webp", owner.text)
    assert found
    logo = http.get(f"{server.url}{found[0]}")
    assert (logo.status_code, logo.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(logo.content)).size == (320, 64)
    assert found[0] in owner.tell("GET", f"{path}/preview").text
    owner.submit(f"{path}/remove-logo")
    assert http.get(f"{server.url}{found[0]}").status_code == 404


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", a_picture()[:90], b""])
def test_what_is_no_picture_is_refused_with_a_reason(server: DashboardServer, member: Members, content: bytes) -> None:
    owner = member()
    owner.go(f"{TEMPLATES}/Full_kyc")
    refused = upload(server, owner, f"{TEMPLATES}/Full_kyc", content)
    assert refused.status_code == 422
    assert "Choose" in refused.text


def test_an_upload_needs_our_own_form_and_is_bounded(server: DashboardServer, member: Members) -> None:
    owner = member()
    assert upload(server, owner, f"{TEMPLATES}/Full_kyc", a_picture(), token="x").status_code == 403
    assert upload(server, owner, f"{TEMPLATES}/Full_kyc", b"x" * 2_000_000).status_code == 413


def test_a_template_that_comes_with_dastak_is_changed_by_one_s_own_and_comes_back(member: Members) -> None:
    owner = member()
    path = f"{TEMPLATES}/Upi_verification"
    owner.go(path)
    assert "comes with Dastak" in owner.text
    save(owner, path, heading="Ours")
    owner.go(path)
    assert "Ours" in owner.text
    owner.submit(f"{path}/remove")
    assert "Tick the box" in owner.text
    owner.submit(f"{path}/remove", sure="yes")
    owner.go(path)
    assert "Ours" not in owner.text


def test_the_api_changes_checks_and_leaves_words_and_look(member: Members, api: Api) -> None:
    owner = member()
    path = a_template(owner, "Api")
    save(owner, path, check_1=UPI, heading="Stays")
    assert api.put("/api/v1/templates/Api", {"checks": [PAN]}).status == 200
    owner.go(path)
    assert "Stays" in owner.text
    assert f'<option value="{PAN}" selected>' in owner.text


def test_those_who_may_only_look_find_nothing_to_press(member: Members) -> None:
    viewer = member(Role.VIEWER)
    viewer.go(f"{TEMPLATES}/Full_kyc")
    assert viewer.status == 200
    assert "Save</button>" not in viewer.text
    assert viewer.tell("POST", f"{TEMPLATES}/Full_kyc", {"token": viewer.token, "check_1": PAN}).status == 403


def test_another_merchant_s_template_is_like_none(member: Members) -> None:
    a_template(member(), "Secret")
    other = member(merchant=1)
    other.go(TEMPLATES)
    assert "Secret" not in other.text
    assert other.tell("GET", f"{TEMPLATES}/Secret").status == other.tell("GET", f"{TEMPLATES}/None").status == 404
