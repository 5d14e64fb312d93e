"""What a sandbox source answers: one literal table per document, value by value.

In: each `sandbox.py` writes its table of `Scripted` answers. Out: `play` gives the fact or raises, as a real source
would; `KnownValue` rows tell developers (docs, the sandbox's own pages) what they may type.
"""

from dataclasses import dataclass

from dastak.journeys.facts import Fact, SourceUnavailable


@dataclass(frozen=True, slots=True)
class Scripted:
    """The sandbox's answer to one value: a fact, or None where the source plays dead."""

    outcome: str
    """What happens, in a few words for the developer."""
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class KnownValue:
    """One row of the sandbox's documentation."""

    check: str
    """`aadhaar`, `pan`, `bank`, `upi` or `address`."""
    typed: str
    """What to type."""
    outcome: str


def confirmed(outcome: str, **kept: str) -> Scripted:
    """Script a success that keeps `kept`."""
    return Scripted(outcome, Fact(confirmed=True, kept=kept))


def failed(outcome: str, reason: str) -> Scripted:
    """Script a failure; `reason` is the sentence for the customer."""
    return Scripted(outcome, Fact(confirmed=False, reason=reason))


def unavailable(outcome: str = "source unavailable") -> Scripted:
    """Script a source that cannot be asked."""
    return Scripted(outcome, None)


def play(scripted: Scripted) -> Fact:
    """Give the scripted fact, or raise `SourceUnavailable`."""
    if scripted.fact is None:
        raise SourceUnavailable("The source cannot be reached just now. Try again in a few minutes.")
    return scripted.fact
