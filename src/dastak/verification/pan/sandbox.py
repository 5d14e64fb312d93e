"""The PAN sandbox: a literal table of test PANs.

In: a PAN from the KYC Link journey. Out: the fact a real source would give. Built by `verification/sandbox.py`.
A PAN outside the table fails, as in the provider's test environment (contract §5.6).
"""

from dastak.journeys.facts import Fact
from dastak.verification.pan import syntax
from dastak.verification.script import KnownValue, Scripted, confirmed, failed, play, unavailable


def _valid(pan: str, name: str) -> Scripted:
    return confirmed(f"confirmed: {name}", pan=syntax.mask(pan), registered_name=name)


_PANS: dict[str, Scripted] = {
    "ABCPV1234D": _valid("ABCPV1234D", "JOHN DOE"),
    "AZJPG7110R": _valid("AZJPG7110R", "ASHA GUPTA"),
    "FAILD0001X": failed("fails: invalid", "This PAN is not valid. Check it and try again."),
    "DELTD0001X": failed("fails: deleted", "This PAN has been deleted. Use the PAN that is in force."),
    "DEACT0001X": failed("fails: deactivated", "This PAN has been deactivated. Use the PAN that is in force."),
    "OFFLN0001X": unavailable(),
}
_OTHER = failed("fails: not found", "This PAN was not found. Check it and try again.")


class SandboxPan:
    """Fulfils `PanSource` from the table above; keeps no state."""

    async def verify(self, pan: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""
        return play(_PANS.get(syntax.check_pan(pan), _OTHER))


def known_values() -> tuple[KnownValue, ...]:
    """The test PANs, for the docs."""
    listed = tuple(KnownValue("pan", pan, scripted.outcome) for pan, scripted in _PANS.items())
    return (*listed, KnownValue("pan", "any other valid PAN", _OTHER.outcome))
