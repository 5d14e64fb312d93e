"""The main job as a person does it: a phone-sized browser, four checks, one failure, and the merchant's page live."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from acceptance.browser import chromium
from acceptance.demo_process import running_demo, two_free_ports

PHONE = ViewportSize(width=360, height=740)
SHOWN_MS = 15_000

EXPECTED = [
    ("KYC_LINK_ACTION_PERFORMED", "Aadhaar SUCCESS"),
    ("KYC_LINK_ACTION_PERFORMED", "PAN FAILED"),
    ("KYC_LINK_ACTION_PERFORMED", "PAN SUCCESS"),
    ("KYC_LINK_ACTION_PERFORMED", "Bank SUCCESS"),
    ("KYC_LINK_ACTION_PERFORMED", "UPI SUCCESS"),
    ("KYC_LINK_SUCCESS", "UPI SUCCESS"),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_person_completes_four_checks_and_the_merchant_sees_verified_events_in_order(
    tmp_path: Path, script: bool
) -> None:
    port = two_free_ports()
    with running_demo(tmp_path / "data", port) as demo, chromium() as browser:
        merchant = browser.new_page(viewport={"width": 1280, "height": 900})
        merchant.goto(demo.merchant_url)
        customer = browser.new_context(viewport=PHONE, java_script_enabled=script).new_page()
        _complete(customer, demo.form_link)
        _expect_events(merchant)
        merchant.reload()
        _expect_events(merchant)
        _expect_no_sideways_scrolling(customer)
    with running_demo(tmp_path / "data", port) as again:
        assert again.merchant_url == demo.merchant_url
        assert again.form_link != demo.form_link, "a finished link is not offered again"


@pytest.mark.slow
def test_a_customer_who_closes_the_browser_goes_on_where_they_stopped(tmp_path: Path) -> None:
    with running_demo(tmp_path / "data", two_free_ports()) as demo, chromium() as browser:
        first = _fresh(browser)
        first.goto(demo.form_link)
        _sign_in(first)
        _aadhaar(first)
        expect(first.get_by_role("heading", name="Your PAN")).to_be_visible()
        first.context.close()
        second = _fresh(browser)
        second.goto(demo.form_link)
        expect(second.get_by_role("heading", name="Your PAN")).to_have_count(0)
        second.get_by_role("button", name="Send code").click()
        expect(second.get_by_role("heading", name="Enter the code from your phone")).to_be_visible()
        second.get_by_label("Code").fill("111000")
        second.get_by_role("button", name="Confirm").click()
        expect(second.get_by_role("heading", name="Your PAN")).to_be_visible()


def _fresh(browser: Browser) -> Page:
    return browser.new_context(viewport=PHONE).new_page()


def _complete(page: Page, form_link: str) -> None:
    page.goto(form_link)
    _sign_in(page)
    _aadhaar(page)
    _pan(page, "FAILD0001X")
    expect(page.get_by_text("left", exact=False).first).to_be_visible()
    _pan(page, "ABCPV1234D")
    page.get_by_label("Account number", exact=True).fill("026291800001191")
    again = page.locator("input[name=account_number_again]")
    if again.count():
        again.fill("026291800001191")
    page.get_by_label("IFSC").fill("YESB0000262")
    page.get_by_role("button", name="Check account").click()
    page.get_by_label("UPI ID", exact=True).fill("success@upi")
    page.get_by_role("button", name="Check UPI ID").click()
    expect(page.get_by_role("heading", name="Your KYC is done")).to_be_visible(timeout=SHOWN_MS)


def _sign_in(page: Page) -> None:
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill("111000")
    page.get_by_role("button", name="Confirm").click()


def _aadhaar(page: Page) -> None:
    page.get_by_role("textbox", name="Aadhaar number").fill("6556 7552 3712")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Send OTP").click()
    page.locator("input[name=otp]").fill("111000")
    page.get_by_role("button", name="Confirm Aadhaar").click()


def _pan(page: Page, pan: str) -> None:
    expect(page.get_by_role("heading", name="Your PAN")).to_be_visible()
    page.locator("input[name=pan]").fill(pan)
    page.get_by_role("button", name="Check PAN").click()


def _expect_events(merchant: Page) -> None:
    """Verified, in order, each once, with the checks as they stood."""
    rows = merchant.locator("section.card ol.timeline > li").filter(has_text="KYC_LINK_")
    expect(rows).to_have_count(len(EXPECTED), timeout=SHOWN_MS)
    texts = [" ".join(text.split()) for text in rows.all_inner_texts()]
    if texts[0].startswith("KYC_LINK_SUCCESS") or "KYC_LINK_SUCCESS" in texts[0]:
        texts.reverse()  # newest first on the page
    for text, (event_type, check) in zip(texts, EXPECTED, strict=True):
        assert event_type in text, texts
        assert check in text, texts
        assert "verified" in text.lower(), texts


def _expect_no_sideways_scrolling(page: Page) -> None:
    width = page.locator("body").bounding_box()
    assert width is not None
    assert width["width"] <= PHONE["width"]
