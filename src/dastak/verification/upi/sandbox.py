"""The UPI sandbox: a literal table of test IDs.

In: a UPI ID from the KYC Link journey. Out: the fact a real source would give. Built by `verification/sandbox.py`.
An ID outside the table fails, as in the provider's test environment (contract §5.6).
"""

from dastak.journeys.facts import Fact
from dastak.verification.script import KnownValue, Scripted, confirmed, failed, play, unavailable
from dastak.verification.upi import syntax

_IDS: dict[str, Scripted] = {
    "success@upi": confirmed("confirmed: JOHN DOE", upi_id=syntax.mask("success@upi"), name_at_bank="JOHN DOE"),
    "failure@upi": failed("fails: invalid", "This UPI ID is not valid. Check it and try again."),
    "blocked@upi": failed("fails: blocked", "This UPI ID is blocked. Use another one."),
    "unavailable@upi": unavailable(),
}
_OTHER = failed("fails: not found", "This UPI ID was not found. Check it and try again.")


class SandboxUpi:
    """Fulfils `UpiSource` from the table above; keeps no state."""

    async def verify(self, upi_id: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""
        return play(_IDS.get(syntax.check_upi_id(upi_id), _OTHER))


def known_values() -> tuple[KnownValue, ...]:
    """The test IDs, for the docs."""
    listed = tuple(KnownValue("upi", upi_id, scripted.outcome) for upi_id, scripted in _IDS.items())
    return (*listed, KnownValue("upi", "any other valid ID", _OTHER.outcome))
