"""The door of a room with sign-in: what every handler needs, and an answer for whatever goes wrong behind it.

In: every route's handler runs behind `guarded`; console and dashboard add who may come in. Out: a response; no
exception gets past here.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Generic, Protocol, TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dastak.accounts.audit import AuditTrail, Entry
from dastak.accounts.credentials import MerchantNotFound
from dastak.accounts.deed import Deed
from dastak.accounts.entrance import Entrance
from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import Note, noting
from dastak.accounts.person import Person
from dastak.accounts.session import Session
from dastak.web.cookies import Cookies
from dastak.web.csrf import Csrf
from dastak.web.design.room_pages import RoomPages
from dastak.web.failure_place import trace_of
from dastak.web.network import limit_key
from dastak.web.page_headers import PAGE_HEADERS
from dastak.web.refusal import AWAY, SERVER_ERROR, TOO_MANY, PlainPage, Refused

Endpoint = Callable[[Request], Awaitable[Response]]

P = TypeVar("P", bound=Person)

COME_AGAIN = timedelta(seconds=2)
KEY_BYTES = 32


class Limiter(Protocol):
    """Counts one use of a bucket by a key."""

    def allow(self, bucket: str, key: str) -> timedelta | None:
        """None when allowed, else how long to wait."""


@dataclass(frozen=True, slots=True)
class Room:
    """What sets one room with sign-in apart from another."""

    name: str
    """`console`: begins its buckets, cookies and log lines."""
    home: str
    """Path of its first page."""
    no_merchant: PlainPage
    """For whoever does not say whose pages they want."""
    signed_in: Deed
    signed_out: Deed

    @property
    def sign_in(self) -> str:
        """Path of the page that asks for an address."""
        return f"{self.home}/sign-in"

    @property
    def code(self) -> str:
        """Path of the page that asks for the code."""
        return f"{self.sign_in}/code"

    @property
    def second_step(self) -> str:
        """Path of the page that asks for the authenticator's code, in a room that has one."""
        return f"{self.sign_in}/authenticator"


@dataclass(frozen=True, slots=True)
class Door(Generic[P]):
    """What every handler needs."""

    room: Room
    entrance: Entrance[P]
    merchants: Callable[[], Awaitable[Sequence[Merchant]]]
    cookies: Cookies
    csrf: Csrf
    limiter: Limiter
    clock: Callable[[], datetime]
    trail: AuditTrail
    pages: RoomPages

    def go(self, path: str) -> Response:
        """Redirect after a post, so that a reload repeats nothing."""
        return RedirectResponse(path, status_code=303, headers=dict(PAGE_HEADERS))

    def noting(self, person: P, deed: Deed, subject: str = "", /, **details: str) -> AbstractContextManager[Note]:
        """Around a change that this person makes: its transaction takes the note along, so both are kept, or neither.

        Args:
            person: who makes it.
            deed: what they do.
            subject: an id; left out where the store makes what it is about.
            details: more of it, nobody's data.
        """
        return noting(Note(person.merchant_id, self.clock(), person.id, deed, subject, **details))

    async def note(self, person: P, deed: Deed, subject: str = "", /, **details: str) -> None:
        """Put into the audit log what is no change of ours, such as a view: before anything is shown."""
        await self.trail.note(Entry(person.merchant_id, self.clock(), person.id, deed, subject, details))

    async def admitted(self, session: Session) -> None:
        """Note a session that has just begun, before the browser is let in."""
        at = self.clock()
        await self.trail.note(Entry(session.merchant_id, at, session.person_id, self.room.signed_in, session.id))

    def spend(self, use: str, key: str) -> None:
        """Count one use of the room: `page`, `code`, `guess`… Raises `Refused` when there were too many."""
        wait = self.limiter.allow(f"{self.room.name}_{use}", key)
        if wait is not None:
            raise Refused(TOO_MANY, wait)

    def refuse(self, page: PlainPage, retry_after: timedelta | None = None) -> Response:
        """The plain page of a refusal."""
        response = self.pages.render("plain", page.status, page=page)
        if retry_after is not None:
            response.headers["retry-after"] = str(max(1, ceil(retry_after.total_seconds())))
        return response


def keys_of_room(key: bytes, room: Room, *, secure: bool) -> tuple[Cookies, Csrf]:
    """What a room signs cookies and forms with. Raises `ValueError` when the key is too short."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"cookie_key needs at least {KEY_BYTES} bytes")
    return Cookies(key, secure=secure, room=room.name), Csrf(key, room.name)


def guarded(door: Door[P], act: Callable[[Request], Awaitable[Response]], use: str = "page") -> Endpoint:
    """The handler as Starlette calls it: whatever it raises becomes a page. Each use of it is counted."""
    log = structlog.get_logger(f"dastak.web.{door.room.name}")
    unavailable, failed = f"{door.room.name}_page_unavailable", f"{door.room.name}_page_failed"

    async def endpoint(request: Request) -> Response:
        try:
            door.spend(use, client_key(request))
            return await act(request)
        except Refused as refused:
            return door.refuse(refused.page, refused.retry_after)
        except MerchantNotFound:
            return door.refuse(door.room.no_merchant)
        except ConnectionError:  # the store says so: what was asked for may be asked for again
            log.warning(unavailable, method=request.method)
            return door.refuse(AWAY, COME_AGAIN)
        except Exception as problem:  # noqa: BLE001 - the person gets a page whatever broke; the log gets the place
            kind = type(problem).__name__
            # not log.exception: its traceback could hold what was typed
            log.error(failed, method=request.method, error=kind, trace=trace_of(problem))  # noqa: TRY400
            return door.refuse(SERVER_ERROR)

    return endpoint


def client_key(request: Request) -> str:
    """The other side, as limits count it; the server's proxy settings decide which address that is."""
    return limit_key(request.client.host) if request.client else "unknown"
