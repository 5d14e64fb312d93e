"""What an agent asks and sees in a call, and what is decided after it, as values.

In: the desks make them. Out: the store keeps them sealed with the case; the auditor sees all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SecurityQuestion:
    """A question with the answer that the merchant expects, and how the customer did."""

    order: int
    """From 1, without a gap."""
    question: str
    answer: str
    passed: bool | None = None
    """None: not judged yet."""
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Liveness:
    """What the customer is asked to do, made by chance for this case, and whether it was done."""

    code: str
    """Digits to be read aloud."""
    challenges: tuple[str, ...]
    """Names of active challenges, in the order in which they are asked."""
    seed: str
    """What the order was drawn from, for the evidence."""
    made_at: datetime
    done: Mapping[str, bool] = field(default_factory=dict)
    """`code` and each challenge that was judged → whether it was done."""

    @property
    def is_passed(self) -> bool:
        """Whether the code was read and every challenge done."""
        return all(self.done.get(name, False) for name in ("code", *self.challenges))


class StillKind(StrEnum):
    """What a still shows."""

    PAN = "pan"
    FACE = "face"


@dataclass(frozen=True, slots=True)
class Still:
    """A picture taken in the call."""

    id: str
    """`stl_…`"""
    kind: StillKind
    call_id: str
    taken_at: datetime
    reference: str
    """Where the storage keeps it."""
    sha256: str
    facts: Mapping[str, str] = field(default_factory=dict)
    """What was read from it or measured on it, as assistance; it decides nothing."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The composed recording of the call that was decided in."""

    link: str
    """The link as the merchant was given it."""
    call_id: str
    reference: str = ""
    """Where the storage keeps the composed file; empty while it is being composed."""
    sha256: str = ""
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An operator's word on the case."""

    operator_id: str
    approved: bool
    remarks: str | None
    reason: str | None
    """From the list of reasons; None when approved."""
    at: datetime
