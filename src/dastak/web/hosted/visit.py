"""One request at one link."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from dastak.web.hosted.session import Session
from dastak.web.network import limit_key


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came, to which link, and when."""

    request: Request
    code: str
    place: str
    """What the session is bound to: the code, or `global-link/` and the code."""
    session: Session | None
    now: datetime

    @property
    def path(self) -> str:
        """The page's own address."""
        return f"/verification/{self.place}"

    @property
    def client_ip(self) -> str:
        """The other side, as limits count it; the server's proxy settings decide which address that is."""
        return limit_key(self.request.client.host) if self.request.client else "unknown"

    @property
    def address(self) -> str:
        """The other side's whole address, for those who look up where it is."""
        return self.request.client.host if self.request.client else ""

    @property
    def is_confirmed(self) -> bool:
        """Whether this browser has proved that it holds the customer's phone."""
        return self.session is not None and self.session.confirmed
