"""What holds for every page: headers, weight, one heading, labels, nothing inline."""

import re
from collections.abc import Callable

import pytest

from dastak.journeys.facts import AadhaarSession
from dastak.web.hosted.pages import Pages
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.hosted.browser import Reply
from unit.hosted.fake_desk import NOW, OTP, STATIC_CODE
from unit.hosted.standing import PAGE, Standing
from unit.hosted.video.case_pages import CASE_PAGES, LISTENING, SEEING

LIMIT = 50_000


def inside(standing: Standing, check: str = "") -> Reply:
    return standing.inside().open(f"{PAGE}?check={check}")


def phone_otp(standing: Standing) -> Reply:
    browser = standing.browser()
    browser.open(PAGE)
    return browser.send(f"{PAGE}/otp")


def wrong_otp(standing: Standing) -> Reply:
    browser = standing.browser()
    browser.open(PAGE)
    browser.send(f"{PAGE}/otp")
    return browser.submit(f"{PAGE}/otp/confirm", otp="000000")


def aadhaar_otp(standing: Standing) -> Reply:
    standing.desk.set_check(CheckType.AADHAAR, aadhaar=AadhaarSession("r", "3712", NOW))
    return inside(standing)


def bank_mistakes(standing: Standing) -> Reply:
    browser = standing.inside()
    browser.open(f"{PAGE}?check=bank")
    return browser.submit(f"{PAGE}/bank", account_number="", ifsc="")


def done(standing: Standing) -> Reply:
    browser = standing.inside()
    for type_ in CheckType:
        standing.desk.set_check(type_, status=CheckStatus.SUCCESS, kept={"name": "JOHN DOE", "some_new_fact": "x"})
    standing.desk.finish(FormStatus.SUCCESS)
    return browser.open(PAGE)


def stuck(standing: Standing) -> Reply:
    for type_ in CheckType:
        standing.desk.set_check(type_, status=CheckStatus.FAILED, tries=5)
    return inside(standing)


def expired(standing: Standing) -> Reply:
    standing.desk.finish(FormStatus.EXPIRED)
    return standing.browser().open(PAGE)


def too_many(standing: Standing) -> Reply:
    standing.limiter.limits["page"] = 0
    return standing.browser().open(PAGE)


def broken(standing: Standing) -> Reply:
    standing.desk.broken = True
    return standing.browser().open(PAGE)


def away(standing: Standing) -> Reply:
    standing.desk.away = True
    return standing.browser().open(PAGE)


def away_while_typing(standing: Standing) -> Reply:
    browser = standing.inside()
    browser.open(f"{PAGE}?check=bank")
    standing.desk.away = True
    return browser.submit(f"{PAGE}/bank", account_number="026291800001191", ifsc="YESB0000262")


EVERY_PAGE: dict[str, tuple[int, Callable[[Standing], Reply]]] = {
    "start": (200, lambda standing: standing.browser().open(PAGE)),
    "phone_otp": (200, phone_otp),
    "wrong_otp": (422, wrong_otp),
    "aadhaar": (200, inside),
    "aadhaar_otp": (200, aadhaar_otp),
    "pan": (200, lambda standing: inside(standing, "pan")),
    "bank": (200, lambda standing: inside(standing, "bank")),
    "bank_mistakes": (422, bank_mistakes),
    "upi": (200, lambda standing: inside(standing, "upi")),
    "done": (200, done),
    "stuck": (200, stuck),
    "expired": (410, expired),
    "not_found": (404, lambda standing: standing.browser().open("/verification/Never0000000")),
    "too_many": (429, too_many),
    "refused": (403, lambda standing: standing.browser().post(f"{PAGE}/otp", {}, {"sec-fetch-site": "cross-site"})),
    "broken": (500, broken),
    "away": (503, away),
    "away_while_typing": (503, away_while_typing),
    "static_link": (200, lambda standing: standing.browser().open(f"/verification/global-link/{STATIC_CODE}")),
}


def opened(come_to: Callable[[Standing], Reply]) -> Callable[[], Reply]:
    return lambda: come_to(Standing())


OPENED: dict[str, tuple[int, Callable[[], Reply]]] = {
    **{name: (status, opened(come_to)) for name, (status, come_to) in EVERY_PAGE.items()},
    **CASE_PAGES,
}


@pytest.fixture(params=OPENED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(name: str) -> Reply:
    status, open_ = OPENED[name]
    reply = open_()
    assert reply.status == status
    return reply


def test_the_page_carries_every_header(name: str, page: Reply) -> None:
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    expected = {
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "x-robots-tag": "noindex, nofollow",
        "x-frame-options": "DENY",
    }
    assert expected.items() <= page.headers.items()
    devices = page.headers["permissions-policy"]
    for device in ("camera", "microphone", "geolocation"):
        assert f"{device}=({'self' if name in SEEING else ''})" in devices
    assert ("connect-src 'self'" in policy) == (name in LISTENING | SEEING)


def test_the_page_is_light(page: Reply) -> None:
    assets = Pages().assets
    urls = set(re.findall(r'(?:src|href)="/static/(\w+)\.\w+(\.\w+)"', page.text))
    files = sum(len(assets.body("".join(parts))) for parts in urls)
    assert len(urls) >= 3
    assert len(page.text.encode()) + files < LIMIT


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(page: Reply) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|javascript:|https?://", page.text)
    for url in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert url.startswith(("/static/", "/verification/", "#"))


def test_the_page_has_one_heading_a_language_and_a_title(page: Reply) -> None:
    assert page.text.count("<h1") == 1
    assert '<html lang="en-IN">' in page.text
    assert re.search(r"<title>[^<]+</title>", page.text)
    assert page.text.count('<main id="main"') == 1


def test_every_field_has_a_label_and_every_reference_a_target(page: Reply) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    fields = re.findall(r'<(?:input|select|meter) id="([^"]+)"', page.text)
    assert fields == re.findall(r'<label for="([^"]+)"', page.text)
    for names in re.findall(r'aria-describedby="([^"]+)"', page.text):
        assert set(names.split()) <= set(ids)
    for target in re.findall(r'href="#([^"]+)"', page.text):
        assert target in ids


def test_files_are_kept_for_a_year_under_their_hash(page: Reply) -> None:
    browser = Standing().browser()
    for url in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)):
        reply = browser.get(url)
        assert reply.status == 200
        assert "immutable" in reply.headers["cache-control"]
    assert browser.get("/static/customer.000000000000.css").status == 404


@pytest.mark.parametrize("name", ["start", "aadhaar", "pan", "bank", "upi"])
def test_test_values_are_shown_in_sandbox_only(name: str) -> None:
    _, come_to = EVERY_PAGE[name]
    assert "Sandbox" in come_to(Standing()).text
    text = come_to(Standing(sandbox=False)).text
    for value in ("Sandbox", OTP, "655675523712", "ABCPV1234D", "026291800001191", "success@upi"):
        assert value not in text
