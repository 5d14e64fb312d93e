"""The customer's pages, standing on a fake desk with a clock and a limiter that tests hold in their hands."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette

from dastak.web.hosted.routes import hosted_routes
from unit.hosted.browser import Browser, Reply
from unit.hosted.fake_desk import CODE, NOW, OTP, FakeDesk

PAGE = f"/verification/{CODE}"
KEY = b"k" * 32


@dataclass
class FakeLimiter:
    """Allows everything until told otherwise."""

    limits: dict[str, int] = field(default_factory=dict)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)

    def allow(self, bucket: str, key: str) -> timedelta | None:
        self.used[bucket, key] += 1
        over = self.used[bucket, key] > self.limits.get(bucket, 10**9)
        return timedelta(seconds=42) if over else None


@dataclass
class Standing:
    desk: FakeDesk = field(default_factory=FakeDesk)
    limiter: FakeLimiter = field(default_factory=FakeLimiter)
    now: datetime = NOW
    sandbox: bool = True
    secure_cookies: bool = False

    def __post_init__(self) -> None:
        routes = hosted_routes(
            self.desk,
            cookie_key=KEY,
            sandbox=self.sandbox,
            secure_cookies=self.secure_cookies,
            limiter=self.limiter,
            clock=lambda: self.now,
        )
        self.app = Starlette(routes=routes)

    def browser(self, ip: str = "203.0.113.5") -> Browser:
        return Browser(self.app, ip)

    def inside(self) -> Browser:
        """A browser whose customer has typed the right code."""
        browser = self.browser()
        browser.open(PAGE)
        browser.send(f"{PAGE}/otp")
        shown: Reply = browser.send(f"{PAGE}/otp/confirm", otp=OTP)
        assert shown.status == 200
        return browser
