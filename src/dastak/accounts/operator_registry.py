"""The merchant's operators: make, change, deactivate, set availability.

In: values that the API, the console or the CLI has checked for form. Out: operators as they are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dastak.accounts.availability import Availability, Slot, slots
from dastak.accounts.operator import Operator, OperatorNotFound, OperatorStore, Role, in_order


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """New values; None leaves one as it is."""

    name: str | None = None
    roles: tuple[Role, ...] | None = None
    active: bool | None = None
    availability: Availability | None = None


class OperatorRegistry:
    """Keeps operators."""

    def __init__(self, store: OperatorStore, *, now: Callable[[], datetime], new_id: Callable[[str], str]) -> None:
        self._store = store
        self._now = now
        self._new_id = new_id

    async def create(self, merchant_id: str, name: str, email: str, roles: Sequence[Role]) -> Operator:
        """A new operator, who can sign in at once. Raises `EmailTaken`, `TooManyOperators`."""
        now = self._now()
        operator = Operator(self._new_id("opr"), merchant_id, name, email, in_order(roles), now, now)
        await self._store.add_operator(operator)
        return operator

    async def list(self, merchant_id: str) -> Sequence[Operator]:
        """Oldest first, those who were deactivated too."""
        return await self._store.operators(merchant_id)

    async def get(self, merchant_id: str, operator_id: str) -> Operator:
        """One. Raises `OperatorNotFound`."""
        operator = await self._store.operator(merchant_id, operator_id)
        if operator is None:
            raise OperatorNotFound(operator_id)
        return operator

    async def change(self, merchant_id: str, operator_id: str, change: OperatorChange) -> Operator:
        """Apply it to whatever is kept by then. Raises `OperatorNotFound`."""
        while True:
            before = await self.get(merchant_id, operator_id)
            after = replace(changed(before, change), updated_at=self._now())
            if await self._store.save_operator(after):
                return replace(after, version=after.version + 1)

    async def slots(self, merchant_id: str, booked: Sequence[datetime], days: int) -> Sequence[Slot]:
        """What a customer can choose from; see `availability.slots`."""
        agents = [one.availability for one in await self._store.operators(merchant_id) if one.takes_calls]
        return slots(agents, booked, self._now(), days)


def changed(before: Operator, change: OperatorChange) -> Operator:
    """The operator with the change."""
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        roles=before.roles if change.roles is None else in_order(change.roles),
        active=before.active if change.active is None else change.active,
        availability=before.availability if change.availability is None else change.availability,
    )
