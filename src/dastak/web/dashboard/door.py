"""The dashboard's door: `web.door`, and what members' pages need besides.

In: `routing` mounts every handler of an area behind it. Out: a response; no exception gets past here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.accounts.audit import AuditTrail, Entry
from dastak.accounts.credentials import Accounts
from dastak.accounts.deed import Deed
from dastak.accounts.entrance import Entrance
from dastak.accounts.member import Member
from dastak.accounts.member_registry import MemberRegistry
from dastak.accounts.merchant import Merchant
from dastak.accounts.second_step import SecondStep
from dastak.accounts.session import Session
from dastak.web import door
from dastak.web.dashboard.pages import Pages
from dastak.web.dashboard.refusal import NO_MERCHANT
from dastak.web.door import Limiter, Room, keys_of_room

ROOM = Room("dashboard", "/dashboard", NO_MERCHANT)
HOME = ROOM.home


@dataclass(frozen=True, slots=True)
class Door(door.Door[Member]):
    """What every handler needs."""

    accounts: Accounts
    registry: MemberRegistry
    trail: AuditTrail
    second: SecondStep

    async def note(self, member: Member, deed: Deed, subject: str = "", **details: str) -> None:
        """Put into the audit log that this member did that, to the subject of that id; details are nobody's data.

        A change is noted once it is made, before its answer; a view of a customer's data before anything is shown.
        """
        await self.trail.note(Entry(member.merchant_id, self.clock(), member.id, deed, subject, details))

    async def admitted(self, session: Session) -> None:
        at = self.clock()
        await self.trail.note(Entry(session.merchant_id, at, session.person_id, Deed.SIGNED_IN, session.id))

    async def dismissed(self, person: Member, session_id: str) -> None:
        await self.note(person, Deed.SIGNED_OUT, session_id)


def dashboard_door(
    entrance: Entrance[Member],
    accounts: Accounts,
    registry: MemberRegistry,
    trail: AuditTrail,
    second: SecondStep,
    merchants: Callable[[], Awaitable[Sequence[Merchant]]],
    *,
    cookie_key: bytes,
    secure_cookies: bool,
    limiter: Limiter,
    clock: Callable[[], datetime],
) -> Door:
    """What the dashboard's handlers need.

    Args:
        entrance: lets members in.
        accounts: knows merchants, their names and time zones.
        registry: keeps members.
        trail: the audit log.
        second: asks for the codes of authenticator apps.
        merchants: all of them; asked by whoever does not say whose dashboard they want.
        cookie_key: at least 32 secret bytes, the same in every process.
        secure_cookies: off only for plain http on the developer's own machine.
        limiter: counts tries.
        clock: aware UTC now.
    """
    cookies, csrf = keys_of_room(cookie_key, ROOM, secure=secure_cookies)
    return Door(ROOM, entrance, merchants, cookies, csrf, limiter, clock, Pages(), accounts, registry, trail, second)
