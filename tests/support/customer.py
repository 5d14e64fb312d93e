"""A customer without a browser: opens a link, types the codes, performs the checks, over HTTP.

In: a `form_link`. Out: pages, and a link that is done. Forms are found in the HTML by where they post to, and hidden
fields (token, step) go back as they came, so the look of the pages may change.

Every customer calls from an address of its own (127.x.y.z), as customers do; limits per address do not add up.
"""

import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlencode, urlsplit

PHONE_OTP = "111000"
AADHAAR = "655675523712"
AADHAAR_OTP = "111000"
PAN = "ABCPV1234D"
ACCOUNT = "026291800001191"
IFSC = "YESB0000262"
UPI = "success@upi"

TIMEOUT_SECONDS = 60
MOST_REDIRECTS = 5
MOST_STEPS = 20


@dataclass
class Form:
    """One form of a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    """Hidden fields and their values."""
    inputs: list[str] = field(default_factory=list)
    """Names of the fields that a person fills."""


@dataclass(frozen=True)
class Page:
    """What a customer sees after redirects."""

    status: int
    url: str
    """Path and query."""
    text: str
    forms: dict[str, Form]
    """By action."""


class Customer:
    """One person, one link (or static link), one address, one cookie jar."""

    def __init__(self, form_link: str) -> None:
        parts = urlsplit(form_link)
        self.path = parts.path
        self.address = f"127.{random.randrange(1, 250)}.{random.randrange(1, 250)}.{random.randrange(2, 250)}"
        self.page: Page | None = None
        self._cookies: dict[str, tuple[str, str]] = {}
        self._connection = HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, source_address=(self.address, 0)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; the next step opens another. Cookies stay."""
        self._connection.close()

    def move_to(self, url: str) -> None:
        """Go on at another process of the same deployment, as behind a proxy; cookies stay."""
        self.close()
        parts = urlsplit(url)
        self._connection = HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, source_address=(self.address, 0)
        )

    # the whole way

    def complete(self) -> Page:
        """Sign in and do every check that is asked for; the last page."""
        self.sign_in()
        for _ in range(MOST_STEPS):
            if not self.next_step():
                return self._shown()
        raise AssertionError(f"no end after {MOST_STEPS} steps: {self._shown().text}")

    def next_step(self) -> bool:
        """Do what the page asks for; False when it asks for nothing."""
        steps = {
            "/aadhaar/otp": self.finish_aadhaar,
            "/aadhaar": self.start_aadhaar,
            "/pan": self.pan,
            "/bank": self.bank,
            "/upi": self.upi,
        }
        shown = self._shown()
        step = next((act for name, act in steps.items() if self.path + name in shown.forms), None)
        if step is None:
            return False
        step()
        return True

    # one step each; every one returns the page that follows

    def open(self, query: str = "") -> Page:
        """Open the link."""
        return self._go("GET", self.path + query)

    def sign_in(self, otp: str = PHONE_OTP) -> Page:
        """Open the link, ask for the code and type it. Already inside: only open."""
        self.open()
        if self.path + "/otp/confirm" not in self._shown().forms and self.path + "/otp" in self._shown().forms:
            self.submit("/otp")
        if self.path + "/otp/confirm" in self._shown().forms:
            self.submit("/otp/confirm", otp=otp)
        return self._shown()

    def aadhaar(self, number: str = AADHAAR, otp: str = AADHAAR_OTP) -> Page:
        self.start_aadhaar(number)
        return self.finish_aadhaar(otp)

    def start_aadhaar(self, number: str = AADHAAR) -> Page:
        self._show("aadhaar", "/aadhaar")
        return self.submit("/aadhaar", aadhaar_number=number, consent="yes")

    def finish_aadhaar(self, otp: str = AADHAAR_OTP) -> Page:
        self._show("aadhaar", "/aadhaar/otp")
        return self.submit("/aadhaar/otp", otp=otp)

    def pan(self, pan: str = PAN) -> Page:
        self._show("pan", "/pan")
        return self.submit("/pan", pan=pan)

    def bank(self, account: str = ACCOUNT, ifsc: str = IFSC) -> Page:
        self._show("bank", "/bank")
        return self.submit("/bank", account_number=account, account_number_again=account, ifsc=ifsc)

    def upi(self, upi_id: str = UPI) -> Page:
        self._show("upi", "/upi")
        return self.submit("/upi", upi_id=upi_id)

    def start_from_static(self, phone: str, name: str = "", email: str = "") -> Page:
        """On a static link: start a link of one's own; this customer goes on there."""
        self.open()
        page = self.submit("", phone=phone, name=name, email=email)
        self.path = urlsplit(page.url).path
        return page

    def submit(self, action: str, **typed: str) -> Page:
        """Fill and send the form of the shown page that posts to `<link><action>`."""
        shown = self._shown()
        form = shown.forms.get(self.path + action)
        assert form is not None, f"no form posts to {action or 'the link'}: {list(shown.forms)}\n{shown.text}"
        return self._go("POST", form.action, form.fields | typed)

    def _show(self, slug: str, action: str) -> None:
        """Make sure that the form of that check is the one on the page."""
        if self.page is None or self.path + action not in self.page.forms:
            self.open(f"?check={slug}")

    def _shown(self) -> Page:
        assert self.page is not None, "open the link first"
        return self.page

    def _go(self, method: str, url: str, fields: dict[str, str] | None = None) -> Page:
        for _ in range(MOST_REDIRECTS):
            status, location, text = self._send(method, url, fields)
            if status not in {302, 303, 307}:
                self.page = Page(status, url, text, _forms(text))
                return self.page
            method, url, fields = "GET", location, None
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects at {url}")

    def _send(self, method: str, url: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
        headers = {"cookie": self._cookies_for(urlsplit(url).path), "connection": "close"}
        if fields is not None:
            headers |= {
                "content-type": "application/x-www-form-urlencoded",
                "origin": "null",
                "sec-fetch-site": "same-origin",
            }
        body = None if fields is None else urlencode(fields)
        try:
            self._connection.request(method, url, body, {name: value for name, value in headers.items() if value})
            answer = self._connection.getresponse()
            text = answer.read().decode()
        finally:
            self._connection.close()
        for cookie in answer.headers.get_all("set-cookie") or []:
            for name, morsel in SimpleCookie(cookie).items():
                self._cookies[morsel["path"] + " " + name] = (name, morsel.value)
        return answer.status, answer.headers.get("location", ""), text

    def _cookies_for(self, path: str) -> str:
        fitting = []
        for key, (name, value) in self._cookies.items():
            place = key.partition(" ")[0]
            if path == place or path.startswith(place.rstrip("/") + "/"):
                fitting.append(f"{name}={value}")
        return "; ".join(fitting)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self._now: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._now = self.forms.setdefault(given.get("action", ""), Form(given.get("action", "")))
        elif tag in {"input", "select", "textarea"} and self._now is not None and "name" in given:
            if given.get("type") == "hidden":
                self._now.fields[given["name"]] = given.get("value", "")
            else:
                self._now.inputs.append(given["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._now = None


def _forms(text: str) -> dict[str, Form]:
    reader = _FormReader()
    reader.feed(text)
    reader.close()
    return reader.forms
