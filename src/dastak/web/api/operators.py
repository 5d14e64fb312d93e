"""`/api/v1/operators`: agents and auditors of Video KYC: made, changed, deactivated, and when they take calls.

In: requests of a merchant. Out: JSON. A field that nobody knows is refused: a misspelt one would change nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.availability import (
    WEEKDAYS,
    Availability,
    BadAvailability,
    Window,
    availability,
    clock_of,
    minute_of,
)
from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.accounts.operator import Operator, Presence, PresenceStore, Role
from dastak.accounts.operator_registry import OperatorChange, OperatorRegistry
from dastak.accounts.person import EMAIL, EMAIL_LIMIT, EMAIL_RULE, NAME, NAME_LIMIT, NAME_RULE
from dastak.web.api.fields import choices, known_fields, optional_text, text
from dastak.web.api.problem import invalid, missing

WINDOW_RULE = 'it must be a list of {"weekday": "mon", "from": "09:30", "to": "18:00"}, each ending after it begins.'
DATE_RULE = "it must be a list of dates such as 2026-01-26."


@dataclass(frozen=True, slots=True)
class OperatorApi:
    """Handlers; `routes` mounts them."""

    registry: OperatorRegistry
    presence: PresenceStore
    now: Callable[[], datetime]
    public_url: str

    async def create(self, request: Request, merchant: Merchant) -> Response:
        """POST: 201 with the operator, who can sign in at once."""
        body = await known_fields(request, ("name", "email", "roles"))
        name = text(body, "name", limit=NAME_LIMIT, rule=NAME_RULE, pattern=NAME)
        email = text(body, "email", limit=EMAIL_LIMIT, rule=EMAIL_RULE, pattern=EMAIL)
        roles = _roles(body)
        if roles is None:
            raise missing("roles")
        say(roles=" ".join(roles))
        operator = await self.registry.create(merchant.id, name, email, roles)
        return JSONResponse(self._json(operator, None), 201)

    async def list(self, _request: Request, merchant: Merchant) -> Response:
        """GET: all, oldest first."""
        present = {one.operator_id: one for one in await self.presence.presences(merchant.id)}
        operators = await self.registry.list(merchant.id)
        return JSONResponse({"data": [self._json(operator, present.get(operator.id)) for operator in operators]})

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET one."""
        return await self._answer(await self.registry.get(merchant.id, request.path_params["operator_id"]))

    async def change(self, request: Request, merchant: Merchant) -> Response:
        """PATCH: name and roles. Roles count from the operator's next click."""
        body = await known_fields(request, ("name", "roles"))
        name = optional_text(body, "name", limit=NAME_LIMIT, rule=NAME_RULE, pattern=NAME)
        roles = _roles(body)
        if roles is not None:
            say(roles=" ".join(roles))
        return await self._changed(request, merchant, OperatorChange(name=name, roles=roles))

    async def activate(self, request: Request, merchant: Merchant) -> Response:
        """POST …/activate: may sign in again."""
        return await self._changed(request, merchant, OperatorChange(active=True))

    async def deactivate(self, request: Request, merchant: Merchant) -> Response:
        """POST …/deactivate: signed out everywhere, and no code is sent any more. What they did stays."""
        return await self._changed(request, merchant, OperatorChange(active=False))

    async def set_availability(self, request: Request, merchant: Merchant) -> Response:
        """PUT …/availability: the whole week and all days off, in place of those before."""
        body = await known_fields(request, ("windows", "days_off"))
        say(what="week")
        return await self._changed(request, merchant, OperatorChange(availability=_availability(body)))

    async def _changed(self, request: Request, merchant: Merchant, change: OperatorChange) -> Response:
        return await self._answer(await self.registry.change(merchant.id, request.path_params["operator_id"], change))

    async def _answer(self, operator: Operator) -> Response:
        presence = await self.presence.presence(operator.merchant_id, operator.id)
        return JSONResponse(self._json(operator, presence))

    def _json(self, operator: Operator, presence: Presence | None) -> dict[str, Any]:
        """An operator, with where they sign in and whether they are online."""
        return {
            "id": operator.id,
            "name": operator.name,
            "email": operator.email,
            "roles": [role.value for role in operator.roles],
            "active": operator.active,
            "availability": availability_json(operator.availability),
            "presence": None if presence is None else _presence_json(presence, self.now()),
            "sign_in_url": f"{self.public_url}/console/sign-in?merchant={operator.merchant_id}",
            "created_at": operator.created_at.isoformat(),
            "updated_at": operator.updated_at.isoformat(),
        }


def availability_json(week: Availability) -> dict[str, Any]:
    """Windows and days off, as they are sent."""
    windows = [
        {"weekday": WEEKDAYS[one.weekday], "from": clock_of(one.from_minute), "to": clock_of(one.to_minute)}
        for one in week.windows
    ]
    return {"time_zone": "Asia/Kolkata", "windows": windows, "days_off": [day.isoformat() for day in week.days_off]}


def _presence_json(presence: Presence, now: datetime) -> dict[str, Any]:
    checked = presence.device_checked_at
    return {
        "ready": presence.is_ready(now),
        "online_since": presence.online_since.isoformat(),
        "last_heard": presence.last_heard.isoformat(),
        "device_checked_at": checked.isoformat() if checked else None,
    }


def _roles(body: Mapping[str, Any]) -> tuple[Role, ...] | None:
    """At least one; None: not there."""
    roles = choices(body, "roles", [role.value for role in Role])
    if not roles and body.get("roles") is not None:
        raise invalid("roles", "it must name at least one of: agent, auditor.")
    return tuple(Role(role) for role in roles) or None


def _availability(body: Mapping[str, Any]) -> Availability:
    try:
        week = availability([_window(one) for one in _list(body, "windows", WINDOW_RULE)], ())
    except BadAvailability as error:
        raise invalid("windows", str(error)) from None
    try:
        return availability(week.windows, [_day(one) for one in _list(body, "days_off", DATE_RULE)])
    except BadAvailability as error:
        raise invalid("days_off", str(error)) from None


def _list(body: Mapping[str, Any], field: str, rule: str) -> Sequence[Any]:
    value = body.get(field)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid(field, rule)
    return value


def _window(value: Any) -> Window:
    if not isinstance(value, dict) or value.keys() != {"weekday", "from", "to"}:
        raise BadAvailability(WINDOW_RULE)
    begins, ends = (minute_of(value[edge]) if isinstance(value[edge], str) else None for edge in ("from", "to"))
    if value["weekday"] not in WEEKDAYS or begins is None or ends is None:
        raise BadAvailability(WINDOW_RULE)
    return Window(WEEKDAYS.index(value["weekday"]), begins, ends)


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise BadAvailability(DATE_RULE)
    return day
