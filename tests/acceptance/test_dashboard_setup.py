"""Setting up, in a real browser: a key made and chosen to sign, a template that a customer then sees, a phone's width."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from acceptance.browser import chromium
from support.api import Api
from support.dashboard import DashboardServer
from support.dashboard_browser import PHONE, enter, fits

pytestmark = pytest.mark.slow

PAGES = (
    "/dashboard/setup",
    "/dashboard/setup/keys",
    "/dashboard/setup/templates",
    "/dashboard/setup/templates/Full_kyc",
    "/dashboard/setup/static-links",
    "/dashboard/setup/operators",
    "/dashboard/setup/messages",
    "/dashboard/setup/messages/kyc_link",
    "/dashboard/setup/company",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    with DashboardServer(tmp_path_factory.mktemp("setup")) as running:
        yield running
        running.assert_no_failures()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def owner(server: DashboardServer, browser: Browser) -> Iterator[Page]:
    """Signed in, on the overview; whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    enter(server, page)
    yield page
    context.close()
    assert complaints == []


def test_a_key_is_made_copied_and_chosen_to_sign(server: DashboardServer, owner: Page) -> None:
    owner.get_by_role("link", name="Setting up").first.click()
    owner.get_by_role("main").get_by_role("link", name="API keys").first.click()
    owner.get_by_label("Name of the key").fill("Loan app")
    owner.get_by_role("button", name="Make a key").click()
    pair = (owner.locator("#client-id").inner_text(), owner.locator("#client-secret").inner_text())
    with Api(server.url, *pair) as api:
        assert api.get("/api/v1/templates").status == 200
    owner.get_by_role("link", name="I have copied it").click()
    owner.get_by_role("link", name="Loan app").click()
    owner.get_by_role("button", name="Sign with this key").click()
    expect(owner.get_by_text("From now on that key signs your webhooks.")).to_be_visible()
    expect(owner.get_by_role("main").get_by_text("Signs webhooks")).to_be_visible()
    expect(owner.get_by_text(pair[1])).to_have_count(0)


def test_a_template_is_set_up_and_a_customer_sees_it(
    server: DashboardServer, browser: Browser, owner: Page, tmp_path: Path
) -> None:
    owner.goto(f"{server.url}/dashboard/setup/templates/Pan_verification")
    owner.get_by_label("Second check").select_option("UPI ID")
    owner.get_by_label("Heading of the first page").fill("Welcome to {merchant}")
    owner.get_by_label("A colour of its own").check()
    owner.get_by_label("Which one").fill("#ffe135")
    with owner.expect_popup() as opened:
        owner.get_by_role("button", name="Preview without saving").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Welcome to Asha Bank")
    opened.value.close()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("status")).to_contain_text("Saved.")
    owner.get_by_label("A picture").set_input_files(a_picture(tmp_path))
    owner.get_by_role("button", name="Use this logo").click()
    expect(owner.get_by_alt_text("The present logo")).to_be_visible()
    framed = owner.frame_locator("iframe")
    expect(framed.get_by_role("heading", level=1)).to_have_text("Welcome to Asha Bank")
    with server.api() as api:
        body = {"verification_id": "seen", "template_name": "Pan_verification", "phone": "9999999999"}
        link = api.post("/verification/form", body).json["form_link"]
    customer = browser.new_page(viewport={"width": 360, "height": 740})
    customer.goto(link)
    expect(customer.get_by_role("heading", level=1)).to_have_text("Welcome to Asha Bank")
    door = customer.locator("header.door")
    assert door.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 225, 53)"
    assert door.evaluate("one => getComputedStyle(one).color") == "rgb(27, 37, 36)"
    logo = customer.locator("img.logo")
    assert logo.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [320, 80]
    customer.close()


def test_every_page_fits_a_phone_in_both_colour_schemes(server: DashboardServer, owner: Page) -> None:
    owner.set_viewport_size(PHONE)
    for scheme in ("light", "dark"):
        owner.emulate_media(color_scheme=scheme)
        for path in PAGES:
            owner.goto(f"{server.url}{path}")
            fits(owner)


def test_every_field_has_a_label_and_every_page_one_heading(server: DashboardServer, owner: Page) -> None:
    for path in PAGES:
        owner.goto(f"{server.url}{path}")
        assert owner.get_by_role("heading", level=1).count() == 1, path
        bare = "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')].filter(one => !one.labels.length)"
        assert owner.evaluate(f"{bare}.map(one => one.id)") == [], path


def a_picture(folder: Path) -> Path:
    out = io.BytesIO()
    Image.new("RGB", (800, 200), (20, 60, 160)).save(out, "PNG")
    path = folder / "logo.png"
    path.write_bytes(out.getvalue())
    return path
