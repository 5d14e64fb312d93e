"""An operator: an agent who takes video calls, an auditor who reviews them, or both; made by the merchant.

In: the merchant's API and the CLI make operators. Out: the console asks who is signed in and what they may do. The
store fulfils `OperatorStore` and `PresenceStore`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from dastak.accounts.availability import Availability

MOST_OPERATORS = 500
SILENT_AFTER = timedelta(seconds=30)
"""An agent whose page was not heard of for so long counts as gone."""
ASKED_AFTER = timedelta(minutes=15)
"""An agent who did nothing for so long is asked by the page whether somebody is there."""
ANSWER_WITHIN = timedelta(minutes=2)
"""How long that question waits; then the agent counts as gone, though the page is open."""


class Role(StrEnum):
    """What an operator may do."""

    AGENT = "agent"
    AUDITOR = "auditor"


class OperatorError(Exception):
    """Root of what is refused about operators."""

    code = "operator_error"


class OperatorNotFound(OperatorError):  # noqa: N818 - the names say what happened
    """The merchant has no operator of that id."""

    code = "operator_not_found"


class EmailTaken(OperatorError):  # noqa: N818
    """Another operator of the merchant has that address."""

    code = "operator_email_taken"


class TooManyOperators(OperatorError):  # noqa: N818
    """The merchant has as many as it can have."""

    code = "too_many_operators"


@dataclass(frozen=True, slots=True)
class Operator:
    """One person at the console of one merchant."""

    id: str
    """`opr_…`"""
    merchant_id: str
    name: str
    email: str
    """As it was given; it is found by `person.same_address`."""
    roles: tuple[Role, ...]
    """Each once, agent first."""
    created_at: datetime
    updated_at: datetime
    active: bool = True
    """Nobody signs in who is not."""
    availability: Availability = field(default_factory=Availability)
    version: int = 1
    """Of the stored row; a save with an old one changes nothing."""

    @property
    def takes_calls(self) -> bool:
        return self.active and Role.AGENT in self.roles


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent who has gone online."""

    merchant_id: str
    operator_id: str
    online_since: datetime
    last_heard: datetime
    device_checked_at: datetime | None = None
    """When camera and microphone of this stay passed their check; None: not yet."""
    last_act: datetime | None = None
    """When the agent, and not just the page, did something last; None: not since going online."""

    def is_ready(self, now: datetime) -> bool:
        """Whether a customer may be given to this agent: there, with a device that works."""
        is_heard = now - self.last_heard < SILENT_AFTER
        return self.device_checked_at is not None and is_heard and not self.is_deserted(now)

    @property
    def asked_at(self) -> datetime:
        """From when on the page asks whether somebody is there."""
        return (self.last_act or self.online_since) + ASKED_AFTER

    @property
    def gone_at(self) -> datetime:
        """When the agent counts as gone, if nobody answers."""
        return self.asked_at + ANSWER_WITHIN

    def is_deserted(self, now: datetime) -> bool:
        """Whether the page is open and nobody in front of it."""
        return now >= self.gone_at


def in_order(roles: Sequence[Role]) -> tuple[Role, ...]:
    """Each once, agent first."""
    return tuple(role for role in Role if role in roles)


class OperatorStore(Protocol):
    """Where operators live. Each write is one durable transaction."""

    async def add_operator(self, operator: Operator) -> None:
        """Raises `EmailTaken`, `TooManyOperators`."""

    async def save_operator(self, operator: Operator) -> bool:
        """Replace what `operator.version` was read of; one who is not active is signed out and offline with it.

        False, having changed nothing, when somebody saved it meanwhile, or it is not there. The e-mail never changes.
        """

    async def operator(self, merchant_id: str, operator_id: str) -> Operator | None: ...

    async def operator_by_email(self, merchant_id: str, email: str) -> Operator | None: ...

    async def operators(self, merchant_id: str) -> Sequence[Operator]:
        """Oldest first."""


class PresenceStore(Protocol):
    """Who is online. What it keeps may be lost with the power: the page says it again."""

    async def put_presence(self, presence: Presence) -> None:
        """Begin a stay, or go on with one."""

    async def heard(self, merchant_id: str, operator_id: str, at: datetime) -> Presence | None:
        """Note a sign of life of the page; the stay as it is then, None when there is none."""

    async def acted(self, merchant_id: str, operator_id: str, at: datetime) -> None:
        """Note that the agent did something; harmless when there is no stay."""

    async def end_presence(self, merchant_id: str, operator_id: str) -> None:
        """Go offline; harmless when offline."""

    async def presence(self, merchant_id: str, operator_id: str) -> Presence | None: ...

    async def presences(self, merchant_id: str) -> Sequence[Presence]:
        """Everybody's, silent ones too, by when they came."""
