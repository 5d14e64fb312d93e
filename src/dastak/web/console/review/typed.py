"""What an auditor typed into the form of the decision. Pure.

In: a form, the template's reasons. Out: a `Typed`, and what is wrong with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dastak.web.form import Form

REMARKS_LIMIT = 1000
APPROVE, REJECT = "approve", "reject"


@dataclass(frozen=True, slots=True)
class Typed:
    """A decision that is not made yet."""

    decision: str = ""
    """`approve`, `reject`, or empty."""
    reason: str = ""
    """Of a rejection."""
    remarks: str = ""


NOTHING = Typed()


def typed_of(form: Form) -> Typed:
    """As it was sent; the reason of an approval is dropped."""
    decision = form.get("decision", "")
    lines = form.get("remarks", "").replace("\r\n", "\n").split("\n")
    remarks = "\n".join("".join(char for char in line if char.isprintable()) for line in lines).strip()
    return Typed(
        decision if decision in {APPROVE, REJECT} else "",
        form.get("reason", "") if decision == REJECT else "",
        remarks,
    )


def mistakes_of(typed: Typed, reasons: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Field and what is wrong with it."""
    found = []
    if not typed.decision:
        found.append(("approve", "Choose whether you approve or reject."))
    if typed.decision == REJECT and typed.reason not in reasons:
        found.append(("reason", "A rejection needs a reason of the list."))
    if len(typed.remarks) > REMARKS_LIMIT:
        found.append(("remarks", f"Remarks can have {REMARKS_LIMIT} letters; these have {len(typed.remarks)}."))
    return tuple(found)
