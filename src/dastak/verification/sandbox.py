"""Every sandbox source, joined: what `app` plugs into journeys when `DASTAK_MODE=sandbox`.

In: a secret key and a clock. Out: `Sources` that never leave the process, and the list of values they know.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from dastak.journeys.facts import Sources
from dastak.verification.aadhaar import sandbox as aadhaar
from dastak.verification.address import sandbox as address
from dastak.verification.bank import sandbox as bank
from dastak.verification.pan import sandbox as pan
from dastak.verification.script import KnownValue
from dastak.verification.upi import sandbox as upi


def sandbox_sources(*, key: bytes, clock: Callable[[], datetime], resend_pause: timedelta = timedelta(0)) -> Sources:
    """Build the sandbox's sources.

    Args:
        key: at least 16 secret bytes, the same after a restart and in every process: it seals OTP session references.
        clock: the current instant, aware UTC.
        resend_pause: how soon the same Aadhaar number may ask for another OTP. Zero by default, because whole teams and
            their CI share one public number; the provider's own pause is 30 seconds.
    """
    return Sources(
        aadhaar=aadhaar.SandboxAadhaar(key=key, clock=clock, resend_pause=resend_pause),
        pan=pan.SandboxPan(),
        bank=bank.SandboxBank(),
        upi=upi.SandboxUpi(),
    )


def known_values() -> tuple[KnownValue, ...]:
    """Every value that the sandbox knows, for the docs and for pages that help a developer along."""
    return (
        *aadhaar.known_values(),
        *pan.known_values(),
        *bank.known_values(),
        *upi.known_values(),
        *address.known_values(),
    )
