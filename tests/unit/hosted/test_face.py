"""A merchant's colour, logo, contact and words on the customer's pages."""

import re
from dataclasses import dataclass, field, replace

import pytest
from starlette.applications import Starlette

from dastak.accounts.merchant import ApiKey, Brand, Merchant
from dastak.journeys.kyc_link.template import Look, Template, Texts
from dastak.web.hosted.face import Face, MerchantFaces, face_of
from dastak.web.hosted.routes import hosted_routes
from dastak_sdk import CheckType
from unit.hosted.browser import Browser
from unit.hosted.fake_desk import NOW, FakeDesk
from unit.hosted.standing import KEY, PAGE, FakeLimiter

ASHA = Merchant(
    "mrc_1", "Asha & Co", (ApiKey("dk_1", "s", NOW),), NOW, brand=Brand("#7a1f5c", "lgo_1", "Call 1800 123 <free>")
)
OWN = Template(
    "Full_kyc",
    (CheckType.PAN,),
    Texts("Welcome to {merchant}", "Good to have you, <b>friend</b>.", "{merchant} says thank you."),
    Look("#ffe135", "lgo_2"),
)


@dataclass
class Book:
    """One merchant with one template, and its logos."""

    template: Template | None = OWN
    merchant_: Merchant = ASHA
    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def merchant(self, merchant_id: str) -> Merchant:
        assert merchant_id == self.merchant_.id
        return self.merchant_

    async def own_template(self, merchant_id: str, name: str) -> Template | None:
        self.asked.append(f"{merchant_id} {name}")
        return self.template

    async def logo(self, merchant_id: str, logo_id: str) -> bytes | None:
        if self.away:
            raise ConnectionError
        return b"RIFF" if (merchant_id, logo_id) == ("mrc_1", "lgo_2") else None


def browser_on(book: Book, limiter: FakeLimiter | None = None) -> Browser:
    routes = hosted_routes(
        FakeDesk(),
        cookie_key=KEY,
        sandbox=True,
        secure_cookies=False,
        limiter=limiter or FakeLimiter(),
        clock=lambda: NOW,
        faces=MerchantFaces(book, book),
        logos=book,
    )
    return Browser(Starlette(routes=routes), "203.0.113.5")


def test_the_template_s_look_and_words_come_before_the_merchant_s() -> None:
    book = Book()
    shown = browser_on(book).open(PAGE)
    assert "<h1>Welcome to Asha &amp; Co</h1>" in shown.text
    assert "Good to have you, &lt;b&gt;friend&lt;/b&gt;." in shown.text
    assert 'href="/brand/colour/ffe135.css"' in shown.text
    assert 'content="#ffe135"' in shown.text
    assert 'src="/brand/logo/mrc_1/lgo_2.webp"' in shown.text
    assert "Help from Asha &amp; Co: Call 1800 123 &lt;free&gt;" in shown.text
    assert book.asked == ["mrc_1 Full_kyc"]


def test_without_a_template_of_its_own_a_link_looks_like_the_merchant() -> None:
    shown = browser_on(Book(template=None)).open(PAGE)
    assert "Asha &amp; Co asks you to confirm who you are" in shown.text
    assert "/brand/colour/7a1f5c.css" in shown.text
    assert "/brand/logo/mrc_1/lgo_1.webp" in shown.text


def test_a_merchant_that_has_set_up_nothing_looks_as_usual() -> None:
    plain = browser_on(Book(None, replace(ASHA, brand=Brand()))).open(PAGE).text
    assert "/brand/" not in plain
    assert "Help from" not in plain
    assert re.search(r'src="/static/mark\.\w+\.svg"', plain)


def test_what_cannot_be_a_colour_never_reaches_a_page() -> None:
    broken = replace(ASHA, brand=Brand("#fff;}body{", ""))
    assert face_of(broken) == Face("Asha & Co")


def test_the_stylesheet_of_a_colour_is_kept_for_a_year() -> None:
    sheet = browser_on(Book()).open("/brand/colour/ffe135.css")
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in sheet.headers["cache-control"]
    assert "--door:#ffe135;" in sheet.text


@pytest.mark.parametrize("path", ["colour/FFE135.css", "colour/red.css", "logo/mrc_1/lgo_9.webp", "logo/x/lgo_2.webp"])
def test_what_is_not_there_is_not_found_and_not_kept(path: str) -> None:
    answer = browser_on(Book()).open(f"/brand/{path}")
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


def test_a_logo_is_a_picture_and_nothing_else() -> None:
    logo = browser_on(Book()).open("/brand/logo/mrc_1/lgo_2.webp")
    assert (logo.status, logo.headers["content-type"]) == (200, "image/webp")
    assert logo.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert logo.headers["x-content-type-options"] == "nosniff"


def test_logos_are_counted_and_a_store_that_is_away_is_said_so() -> None:
    assert browser_on(Book(), FakeLimiter({"page": 0})).open("/brand/logo/mrc_1/lgo_2.webp").status == 429
    assert browser_on(Book(away=True)).open("/brand/logo/mrc_1/lgo_2.webp").status == 503
