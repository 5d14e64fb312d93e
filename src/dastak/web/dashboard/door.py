"""The dashboard's door: `web.door`, and what members' pages need besides.

In: `routing` mounts every handler of an area behind it. Out: a response; no exception gets past here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.accounts.audit import AuditTrail
from dastak.accounts.credentials import Accounts
from dastak.accounts.deed import Deed
from dastak.accounts.entrance import Entrance
from dastak.accounts.member import Member
from dastak.accounts.member_registry import MemberRegistry
from dastak.accounts.merchant import Merchant
from dastak.accounts.second_step import SecondStep
from dastak.web import door
from dastak.web.dashboard.pages import Pages
from dastak.web.dashboard.refusal import NO_MERCHANT
from dastak.web.door import Limiter, Room, keys_of_room

ROOM = Room("dashboard", "/dashboard", NO_MERCHANT, Deed.SIGNED_IN, Deed.SIGNED_OUT)
HOME = ROOM.home


@dataclass(frozen=True, slots=True)
class Door(door.Door[Member]):
    """What every handler needs."""

    accounts: Accounts
    registry: MemberRegistry
    second: SecondStep


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
    return Door(ROOM, entrance, merchants, cookies, csrf, limiter, clock, trail, Pages(), accounts, registry, second)
