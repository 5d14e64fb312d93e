"""The console's door: what every handler needs, and an answer for whatever goes wrong behind it.

In: every route's handler runs behind `guarded`; those for operators behind `signed_in` or `posted` of `signed_in.py`.
Out: a response; no exception gets past here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Literal, Protocol

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dastak.accounts.credentials import MerchantNotFound
from dastak.accounts.entrance import Entrance
from dastak.accounts.merchant import Merchant
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.web.console.cookies import Cookies
from dastak.web.console.csrf import Csrf
from dastak.web.console.headers import PAGE_HEADERS
from dastak.web.console.pages import Pages
from dastak.web.console.refusal import AWAY, NO_MERCHANT, SERVER_ERROR, TOO_MANY, PlainPage, Refused
from dastak.web.failure_place import trace_of
from dastak.web.network import limit_key

log = structlog.get_logger("dastak.web.console")

Endpoint = Callable[[Request], Awaitable[Response]]
Bucket = Literal["console_page", "console_code", "console_guess", "console_call"]

COME_AGAIN = timedelta(seconds=2)
HOME = "/console"
SIGN_IN = "/console/sign-in"


class Limiter(Protocol):
    """Counts one use of a bucket by a key."""

    def allow(self, bucket: str, key: str) -> timedelta | None:
        """None when allowed, else how long to wait."""


@dataclass(frozen=True, slots=True)
class Door:
    """What every handler needs."""

    entrance: Entrance
    registry: OperatorRegistry
    merchants: Callable[[], Awaitable[Sequence[Merchant]]]
    cookies: Cookies
    csrf: Csrf
    limiter: Limiter
    clock: Callable[[], datetime]
    pages: Pages = field(default_factory=Pages)

    def go(self, path: str) -> Response:
        """Redirect after a post, so that a reload repeats nothing."""
        return RedirectResponse(path, status_code=303, headers=dict(PAGE_HEADERS))

    def spend(self, bucket: Bucket, key: str) -> None:
        """Count one use. Raises `Refused` when there were too many."""
        wait = self.limiter.allow(bucket, key)
        if wait is not None:
            raise Refused(TOO_MANY, wait)

    def refuse(self, page: PlainPage, retry_after: timedelta | None = None) -> Response:
        """The plain page of a refusal."""
        response = self.pages.render("plain", page.status, page=page)
        if retry_after is not None:
            response.headers["retry-after"] = str(max(1, ceil(retry_after.total_seconds())))
        return response


def guarded(door: Door, act: Callable[[Request], Awaitable[Response]], bucket: Bucket = "console_page") -> Endpoint:
    """The handler as Starlette calls it: whatever it raises becomes a page. Each use of it counts in that bucket."""

    async def endpoint(request: Request) -> Response:
        try:
            door.spend(bucket, client_key(request))
            return await act(request)
        except Refused as refused:
            return door.refuse(refused.page, refused.retry_after)
        except MerchantNotFound:
            return door.refuse(NO_MERCHANT)
        except ConnectionError:  # the store says so: what was asked for may be asked for again
            log.warning("console_page_unavailable", method=request.method)
            return door.refuse(AWAY, COME_AGAIN)
        except Exception as problem:  # noqa: BLE001 - the operator gets a page whatever broke; the log gets the place
            kind = type(problem).__name__
            # not log.exception: its traceback could hold what was typed
            log.error("console_page_failed", method=request.method, error=kind, trace=trace_of(problem))  # noqa: TRY400
            return door.refuse(SERVER_ERROR)

    return endpoint


def client_key(request: Request) -> str:
    """The other side, as limits count it; the server's proxy settings decide which address that is."""
    return limit_key(request.client.host) if request.client else "unknown"
