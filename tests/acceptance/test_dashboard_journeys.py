"""Journeys and the overview as somebody of operations uses them, in a real browser, phone-sized, with script and without."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from acceptance.browser import chromium
from dastak.accounts.member import Role
from support.customer import Customer
from support.dashboard import DashboardServer
from support.dashboard_browser import SHOWN_MS, WIDE, by_menu, fits, signed_in, watched

NAME, MOBILE = "Asha Gupta", "+919123456780"
ALL_WEEK = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardServer]:
    with DashboardServer(tmp_path_factory.mktemp("journeys")) as running:
        yield running
        running.assert_no_failures()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    with watched(browser, java_script_enabled=request.param) as made:
        yield made


def to_journeys(page: Page) -> None:
    """By the menu of a phone."""
    by_menu(page, "Journeys")
    expect(page.get_by_role("heading", name="KYC Links", level=1)).to_be_visible()


def a_made_link(page: Page) -> str:
    """A KYC Link for one check, made by hand; its verification ID. Its page is shown."""
    to_journeys(page)
    page.get_by_role("link", name="New KYC Link").click()
    page.get_by_label("Template").select_option("Pan_verification")
    page.get_by_label("Customer's mobile number").fill(MOBILE)
    page.get_by_label("Name, if you know it").fill(NAME)
    verification_id = page.get_by_label("Verification ID").input_value()
    fits(page)
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", name=verification_id)).to_be_visible()
    expect(page.get_by_text("It is made.")).to_be_visible()
    return verification_id


def test_a_link_is_made_followed_to_its_end_and_counted(server: DashboardServer, context: BrowserContext) -> None:
    page = signed_in(server, context, Role.OPERATIONS)
    verification_id = a_made_link(page)
    expect(page.get_by_text(NAME)).to_have_count(0)
    link = page.locator("a[href*='/verification/']").get_attribute("href")
    assert link is not None
    with Customer(link) as customer:
        customer.complete()
    page.get_by_role("link", name="All KYC Links").click()
    page.get_by_label("Verification ID, reference ID or phone").fill("91234 56780")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name=verification_id).click()
    expect(page.get_by_role("img", name="What happened, in time")).to_be_visible()
    story = page.get_by_role("region", name="What happened, as a table")
    for words in ("The link was made", "PAN: confirmed", "KYC_LINK_SUCCESS", "The link is done"):
        expect(story.get_by_role("row", name=re.compile(words)).first).to_be_visible()
    fits(page)
    page.goto(f"{server.url}/dashboard?template=Pan_verification")
    funnel = page.get_by_role("img", name=re.compile("KYC Links made today"))
    expect(funnel).to_be_visible()
    rows = page.get_by_role("region", name="KYC Links made today, as a table")
    done = rows.get_by_role("row", name=re.compile("^Done")).get_by_role("cell").first
    assert int(done.inner_text()) >= 1
    fits(page)


def test_a_customer_is_shown_only_when_asked_for_and_a_link_is_cancelled_after_a_second_click(
    server: DashboardServer, context: BrowserContext
) -> None:
    page = signed_in(server, context, Role.OPERATIONS)
    a_made_link(page)
    page.get_by_role("button", name="Show the customer's data").click()
    expect(page.get_by_text(NAME)).to_be_visible()
    expect(page.get_by_text(MOBILE)).to_be_visible()
    page.get_by_role("link", name="Hide it again").click()
    expect(page.get_by_text(NAME)).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel it for good")).to_be_hidden()
    page.get_by_text("Cancel the link").click()
    page.get_by_role("button", name="Cancel it for good").click()
    expect(page.get_by_text("It is cancelled")).to_be_visible()
    expect(page.get_by_text("Send the link again")).to_have_count(0)
    fits(page)


def test_an_export_is_a_file_that_a_spreadsheet_reads(
    server: DashboardServer, context: BrowserContext, tmp_path: Path
) -> None:
    page = signed_in(server, context, Role.OPERATIONS)
    verification_id = a_made_link(page)
    to_journeys(page)
    page.get_by_label("with names, phone numbers and e-mail addresses").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    assert re.fullmatch(r"kyc-links-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    file = tmp_path / "export.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    row = next(row for row in rows if row["verification_id"] == verification_id)
    assert (row["name"], row["phone"]) == (NAME, f"'{MOBILE}")


def test_a_video_kyc_is_made_booked_and_given_back(server: DashboardServer, context: BrowserContext) -> None:
    with server.api() as api:
        if not api.get("/api/v1/operators").json["data"]:
            agent = {"name": "Meera", "email": "meera@bank.example", "roles": ["agent"]}
            made = api.post("/api/v1/operators", agent).json
            api.put(f"/api/v1/operators/{made['id']}/availability", {"windows": ALL_WEEK})
    page = signed_in(server, context, Role.OPERATIONS)
    to_journeys(page)
    page.get_by_role("navigation", name="This area").get_by_role("link", name="Video KYCs").click()
    page.get_by_role("link", name="New Video KYC").click()
    page.get_by_label("Customer's mobile number").fill(MOBILE)
    page.get_by_role("button", name="Make the case").click()
    expect(page.get_by_text("It is made.")).to_be_visible()
    page.get_by_role("link", name="Book a slot").click()
    page.get_by_role("navigation", name="Days with free slots").get_by_role("link").nth(1).click()
    fits(page)
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_text("The slot is booked")).to_be_visible()
    expect(page.get_by_text("Booked for")).to_be_visible()
    page.get_by_role("button", name="Give the booking back").click()
    expect(page.get_by_text("The booking is given back")).to_be_visible()
    fits(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_their_tables_beside_them_when_there_is_room(
    server: DashboardServer, browser: Browser, scheme: str
) -> None:
    with server.api() as api:
        api.create_link()
    made = browser.new_context(viewport=WIDE, color_scheme="dark" if scheme == "dark" else "light")
    made.set_default_timeout(SHOWN_MS)
    page = signed_in(server, made, Role.VIEWER)
    drawing = page.get_by_role("img", name=re.compile("KYC Links made today")).bounding_box()
    table = page.get_by_role("region", name="KYC Links made today, as a table").bounding_box()
    assert drawing is not None
    assert table is not None
    assert drawing["x"] + drawing["width"] <= table["x"]
    assert abs(drawing["y"] - table["y"]) < 40
    fits(page)
    made.close()
