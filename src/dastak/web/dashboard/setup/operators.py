"""Operators at the dashboard: agents and auditors, made, changed, given a week, signed out for good.

In: a visit, what was typed. Out: pages. Deactivating ends an operator's sessions and stay; what they did stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from dastak.accounts.availability import INDIA
from dastak.accounts.deed import Deed
from dastak.accounts.operator import (
    MOST_OPERATORS,
    EmailTaken,
    Operator,
    OperatorNotFound,
    Role,
    TooManyOperators,
)
from dastak.accounts.operator_registry import OperatorChange
from dastak.accounts.person import EMAIL, EMAIL_LIMIT, NAME, NAME_LIMIT
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import OPERATORS, show_tab
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.web.week_form import read_week, shown_week

Mistakes = Sequence[tuple[str, str]]

ROLES = {Role.AGENT: "Agent: takes video calls", Role.AUDITOR: "Auditor: reviews and decides"}
DONE = {
    "made": "The operator is made, and can sign in at once.",
    "saved": "Saved.",
    "week": "The week is saved.",
    "off": "The operator is signed out everywhere and let in no more.",
    "on": "The operator can sign in again.",
}


@dataclass(frozen=True, slots=True)
class OperatorPages:
    """Handlers; `routes` mounts them."""

    room: SetupRoom

    async def show_all(self, door: Door, visit: Visit) -> Response:
        """Every operator, who is online, and the form that makes one."""
        return await self._all(door, visit, {})

    async def create(self, door: Door, visit: Visit, form: Form) -> Response:
        """Make one."""
        name, email, roles = _name(form), form.get("email", ""), _roles(form)
        mistakes = [*_wrong_name(name), *_wrong_email(email), *_wrong_roles(roles)]
        if not mistakes:
            try:
                with door.noting(visit.member, Deed.OPERATOR_ADDED, roles=" ".join(roles)):
                    made = await self.room.operators.create(visit.merchant_id, name, email, roles)
            except EmailTaken:
                mistakes = [("email", "Another operator has that address.")]
            except TooManyOperators:
                mistakes = [("name", f"You can have {MOST_OPERATORS} operators.")]
            else:
                return door.go(f"{OPERATORS}/{made.id}?done=made")
        return await self._all(door, visit, form, mistakes)

    async def show_one(self, door: Door, visit: Visit) -> Response:
        """An operator, to be changed."""
        return await self._one(door, visit)

    async def save(self, door: Door, visit: Visit, form: Form) -> Response:
        """Name and roles."""
        name, roles = _name(form), _roles(form)
        mistakes = [*_wrong_name(name), *_wrong_roles(roles)]
        if mistakes:
            return await self._one(door, visit, mistakes)
        change = OperatorChange(name=name, roles=roles)
        return await self._changed(door, visit, "saved", change, Deed.OPERATOR_CHANGED, roles=" ".join(roles))

    async def save_week(self, door: Door, visit: Visit, form: Form) -> Response:
        """Weekly windows and days off."""
        typed = read_week(form)
        if typed.mistakes:
            return await self._one(door, visit, typed.mistakes, form)
        change = OperatorChange(availability=typed.week)
        return await self._changed(door, visit, "week", change, Deed.OPERATOR_CHANGED, what="week")

    async def deactivate(self, door: Door, visit: Visit, form: Form) -> Response:
        """Let them in no more."""
        if form.get("sure") != "yes":
            return await self._one(door, visit, [("sure", "Tick the box to deactivate the operator.")])
        return await self._changed(door, visit, "off", OperatorChange(active=False), Deed.OPERATOR_DEACTIVATED)

    async def activate(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Let them in again."""
        return await self._changed(door, visit, "on", OperatorChange(active=True), Deed.OPERATOR_ACTIVATED)

    async def _changed(
        self, door: Door, visit: Visit, done: str, change: OperatorChange, deed: Deed, **details: str
    ) -> Response:
        id_ = visit.request.path_params["operator_id"]
        try:
            with door.noting(visit.member, deed, **details):
                await self.room.operators.change(visit.merchant_id, id_, change)
        except OperatorNotFound:
            raise Refused(NOT_FOUND) from None
        return door.go(f"{OPERATORS}/{id_}?done={done}")

    async def _all(self, door: Door, visit: Visit, typed: Form, mistakes: Mistakes = ()) -> Response:
        operators = await self.room.operators.list(visit.merchant_id)
        stays = await self.room.presence.presences(visit.merchant_id)
        ready = {one.operator_id for one in stays if one.is_ready(visit.now)}
        return show_tab(
            door,
            visit,
            "operators",
            422 if mistakes else 200,
            rows=sorted(operators, key=lambda one: not one.active),
            ready=ready,
            sign_in=self._sign_in(visit),
            roles=[(role.value, words, role in _roles(typed)) for role, words in ROLES.items()],
            typed=typed,
            mistakes=mistakes,
        )

    async def _one(self, door: Door, visit: Visit, mistakes: Mistakes = (), typed: Form | None = None) -> Response:
        one = await self._found(visit)
        return show_tab(
            door,
            visit,
            "operator",
            422 if mistakes else 200,
            one=one,
            sign_in=self._sign_in(visit),
            roles=[(role.value, words, role in one.roles) for role, words in ROLES.items()],
            mistakes=mistakes,
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
            **shown_week(one.availability, visit.now.astimezone(INDIA).date(), typed, mistakes),
        )

    async def _found(self, visit: Visit) -> Operator:
        try:
            return await self.room.operators.get(visit.merchant_id, visit.request.path_params["operator_id"])
        except OperatorNotFound:
            raise Refused(NOT_FOUND) from None

    def _sign_in(self, visit: Visit) -> str:
        return f"{self.room.public_url}/console/sign-in?merchant={visit.merchant_id}"


def _name(form: Form) -> str:
    return " ".join(form.get("name", "").split())


def _roles(form: Form) -> tuple[Role, ...]:
    return tuple(role for role in Role if form.get(f"role_{role.value}") == "yes")


def _wrong_name(name: str) -> Mistakes:
    fits = len(name) <= NAME_LIMIT and name.isprintable() and NAME.fullmatch(name)
    return () if fits else [("name", f"Give a name of 1 to {NAME_LIMIT} characters, on one line.")]


def _wrong_email(email: str) -> Mistakes:
    fits = len(email) <= EMAIL_LIMIT and EMAIL.fullmatch(email)
    return () if fits else [("email", "Give a plain e-mail address, such as name@example.com.")]


def _wrong_roles(roles: Sequence[Role]) -> Mistakes:
    return () if roles else [("role_agent", "Choose at least one role.")]
