"""A running server whose merchants have a member in every role, and somebody to visit the dashboard as one of them.

In: a folder. Out: `DashboardServer`, and `Visitor`, a browser without script that signs in and goes from page to page.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dastak.accounts.member import Role
from dastak.app.build import members_in, open_store
from dastak.app.settings import read_settings
from support.customer import Customer, Form
from support.server import RunningServer

SANDBOX_CODE = "111000"
SPARE = "spare@asha.example"
"""One more viewer at every merchant, whom a test may lock out."""


class Told(NamedTuple):
    """One answer, redirects not followed."""

    status: int
    location: str
    text: str


class DashboardServer(RunningServer):
    """Merchant number n has `<role>.<n>@asha.example` in every role, from the first start."""

    def __init__(self, home: Path, merchants: Sequence[str] = ("Asha Bank", "Other Bank"), **settings: Any) -> None:
        super().__init__(home, merchants=merchants, **settings)
        self.member_ids: dict[tuple[int, Role], str] = {}
        self.jars: dict[tuple[int, Role], dict[str, tuple[str, str]]] = {}
        """Cookies of sessions that tests share."""

    def start(self) -> "DashboardServer":
        """Start; before the first time, make merchants and members."""
        if not self.merchants:
            for name in self._names:
                self.make_merchant(name)
            asyncio.run(self._make_members())
        super().start()
        return self

    async def _make_members(self) -> None:
        store = open_store(read_settings(self.env))
        await store.open()
        try:
            registry = members_in(store)
            for number, merchant in enumerate(self.merchants):
                for role in Role:
                    made = await registry.create(
                        merchant.id, f"Ravi {role.value.title()}", email_of(role, number), role
                    )
                    self.member_ids[number, role] = made.id
                await registry.create(merchant.id, "Ravi Spare", SPARE, Role.VIEWER)
        finally:
            await store.close()


def email_of(role: Role, merchant: int = 0) -> str:
    """The address of that merchant's member in that role."""
    return f"{role.value}.{merchant}@asha.example"


class Visitor(Customer):
    """Somebody at a dashboard, in a browser of their own. Forms are found by the whole path that they post to."""

    def __init__(self, server: RunningServer, merchant: int = 0) -> None:
        super().__init__(f"{server.url}/dashboard")
        self.path = ""
        self.merchant_id = server.merchants[merchant].id

    def ask(self, email: str) -> None:
        """Have a code sent; the code page follows."""
        self.go(f"/dashboard/sign-in?merchant={self.merchant_id}")
        self.submit("/dashboard/sign-in", email=email)

    def enter(self, email: str, code: str = SANDBOX_CODE) -> None:
        """The whole way in."""
        self.ask(email)
        self.submit("/dashboard/sign-in/code", code=code)

    def go(self, path: str) -> None:
        """Open a page, and follow where it leads."""
        self._go("GET", path)

    def tell(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Told:
        """One request, redirects not followed."""
        return Told(*self._send(method, path, None if fields is None else dict(fields)))

    def form(self, action: str) -> Form:
        """The form of the shown page that posts there, with its hidden fields."""
        return self._shown().forms[action]

    @property
    def token(self) -> str:
        """What the forms of this session carry."""
        return self.form("/dashboard/sign-out").fields["token"]

    @property
    def at(self) -> str:
        """The path of the page that is shown."""
        return self._shown().url

    @property
    def text(self) -> str:
        return self._shown().text

    @property
    def status(self) -> int:
        return self._shown().status

    def cookies_for(self, path: str) -> str:
        """The `cookie` header of a request for that path."""
        return self._cookies_for(path)

    @property
    def jar(self) -> dict[str, tuple[str, str]]:
        """The cookies; assign another visitor's to share a session."""
        return self._cookies

    @jar.setter
    def jar(self, cookies: Mapping[str, tuple[str, str]]) -> None:
        self._cookies = dict(cookies)
