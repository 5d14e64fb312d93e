"""Members' second step and the people's pages, wired.

In: settings and the store. Out: what the entrance and the dashboard ask. `build` plugs them in.
"""

from collections.abc import Callable
from datetime import datetime

from dastak.accounts.credentials import Accounts
from dastak.accounts.entrance import People
from dastak.accounts.inviting import Inviter
from dastak.accounts.member import Member
from dastak.accounts.second_step import SecondStep
from dastak.app import identifiers
from dastak.app.settings import Settings
from dastak.notices.notice import Purpose
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.web.dashboard.people.room import PeopleRoom


def second_step(store: SqliteStore | PostgresStore, now: Callable[[], datetime]) -> SecondStep:
    """Asks for the codes of authenticator apps."""
    return SecondStep(
        store.authenticators,
        store.member_sign_ins,
        now=now,
        new_secret=identifiers.new_app_secret,
        new_recovery_code=identifiers.new_recovery_code,
    )


def people_of(store: SqliteStore | PostgresStore, second: SecondStep) -> People[Member]:
    """Whom the dashboard lets in."""
    members = store.members
    return People(members.member, members.member_by_email, "the dashboard", Purpose.MEMBER_CODE, second.guards)


def people_room(
    settings: Settings, store: SqliteStore | PostgresStore, accounts: Accounts, now: Callable[[], datetime]
) -> PeopleRoom:
    """What the people's pages work on."""
    inviter = Inviter(
        store.invitations,
        accounts,
        now=now,
        new_id=identifiers.new_id,
        new_token=identifiers.new_token,
        public_url=settings.public_url,
    )
    return PeopleRoom(inviter, store.authenticators)
