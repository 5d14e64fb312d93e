"""The Aadhaar sandbox: a literal table of test numbers, one fixed OTP, no message sent.

In: a number, then an OTP, from the KYC Link journey. Out: facts as a real source would give them. Built by
`verification/sandbox.py`. A number outside the table fails, as in the provider's test environment (contract §5.6).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dastak.journeys.facts import AadhaarOtpSent, Fact, SourceUnavailable
from dastak.verification.aadhaar import syntax
from dastak.verification.aadhaar.otp_session import OtpSession, seal, unseal
from dastak.verification.script import KnownValue, Scripted, confirmed, failed, play, unavailable

SANDBOX_OTP = "111000"
"""The OTP of every sandbox session (contract §5.6)."""
SESSION_LIFE = timedelta(minutes=10)
"""How long an OTP session can be confirmed."""
PROVIDER_RESEND_PAUSE = timedelta(seconds=30)
"""The provider refuses the same number this soon after the last OTP (contract §3.6)."""
PUBLIC_TEST_NUMBER = "655675523712"
"""The provider's published test number; its check digit is wrong, so it passes by name only."""

_KEY_BYTES_MIN = 16
_EXPIRED = Fact(confirmed=False, reason="The OTP has expired. Ask for a new one.")
_WRONG = Fact(confirmed=False, reason="That OTP is not right. Check the latest message and type it again.")
_UNKNOWN_SESSION = Fact(confirmed=False, reason="This OTP session is not known. Ask for a new OTP.")
_NOT_FOUND = failed("fails at once: number not found", "This Aadhaar number was not found. Check it and try again.")


@dataclass(frozen=True, slots=True)
class _Scenario:
    """What one test number does: at the request for an OTP, then with the right OTP."""

    outcome: str
    at_send: Scripted | None = None
    """None: an OTP is sent."""
    at_verify: Scripted | None = None
    """None: the right OTP confirms."""
    life: timedelta = SESSION_LIFE
    resend_pause: timedelta = timedelta(0)


_SCENARIOS: dict[str, _Scenario] = {
    "confirmed": _Scenario("OTP 111000 confirms"),
    "paused": _Scenario(
        "OTP 111000 confirms; a second OTP within 30 s is refused (source unavailable, no try lost)",
        resend_pause=PROVIDER_RESEND_PAUSE,
    ),
    "not_found": _Scenario("fails at once: number not found", at_send=_NOT_FOUND),
    "no_phone": _Scenario(
        "fails at once: no phone linked",
        at_send=failed("", "No phone number is linked with this Aadhaar. Link one at an Aadhaar centre first."),
    ),
    "down_at_send": _Scenario("source unavailable when the OTP is asked for", at_send=unavailable()),
    "down_at_verify": _Scenario("OTP is sent; source unavailable when it is verified", at_verify=unavailable()),
    "expired": _Scenario("OTP is sent; its session has expired at once", life=timedelta(0)),
    "mismatch": _Scenario(
        "OTP is sent; OTP 111000 is right but the Aadhaar is not confirmed",
        at_verify=failed("", "The details of this Aadhaar could not be confirmed. Use another Aadhaar."),
    ),
}

_NUMBERS: dict[str, str] = {
    PUBLIC_TEST_NUMBER: "confirmed",
    "200000000107": "not_found",
    "200000000202": "no_phone",
    "200000000304": "down_at_send",
    "200000000406": "down_at_verify",
    "200000000508": "expired",
    "200000000605": "mismatch",
    "200000000701": "paused",
}
"""All but the first have a right check digit, so pages that check it let them pass."""


class SandboxAadhaar:
    """Fulfils `AadhaarSource` from the table above.

    State: when each number last asked for an OTP (only while a pause runs, as a keyed digest, lost at a restart).
    Everything else is in the session's own sealed reference.
    """

    def __init__(self, *, key: bytes, clock: Callable[[], datetime], resend_pause: timedelta = timedelta(0)) -> None:
        """`key`: at least 16 secret bytes, the same in every process. Raises `ValueError` for a shorter one."""
        if len(key) < _KEY_BYTES_MIN:
            raise ValueError(f"The sandbox key needs at least {_KEY_BYTES_MIN} bytes.")
        self._key = key
        self._clock = clock
        self._resend_pause = resend_pause
        self._free_at: dict[bytes, datetime] = {}

    async def send_otp(self, aadhaar_number: str) -> AadhaarOtpSent | Fact:
        """Open a session for a test number; no message leaves. Raises `SyntaxRefused`, `SourceUnavailable`."""
        number = syntax.check_number(aadhaar_number, accept_anyway=(PUBLIC_TEST_NUMBER,))
        name = _NUMBERS.get(number, "not_found")
        scenario = _SCENARIOS[name]
        if scenario.at_send is not None:
            return play(scenario.at_send)
        now = self._clock()
        self._hold_back(number, max(self._resend_pause, scenario.resend_pause), now)
        session = OtpSession(name, syntax.last4(number), now)
        return AadhaarOtpSent(source_ref=seal(session, self._key), last4=session.last4)

    async def verify_otp(self, source_ref: str, otp: str) -> Fact:
        """Confirm with the fixed OTP. Raises `SyntaxRefused`, `SourceUnavailable`."""
        typed = syntax.check_otp(otp)
        session = unseal(source_ref, self._key)
        if session is None or session.scenario not in _SCENARIOS:
            return _UNKNOWN_SESSION
        scenario = _SCENARIOS[session.scenario]
        if self._clock() - session.opened_at >= scenario.life:
            return _EXPIRED
        if typed != SANDBOX_OTP:
            return _WRONG
        if scenario.at_verify is not None:
            return play(scenario.at_verify)
        return play(confirmed("", aadhaar_number=syntax.mask(session.last4), name="JOHN DOE"))

    def _hold_back(self, number: str, pause: timedelta, now: datetime) -> None:
        """Refuse the same number within `pause` of its last OTP: the contract's 409 `verification_pending`."""
        self._free_at = {digest: free_at for digest, free_at in self._free_at.items() if free_at > now}
        digest = hmac.digest(self._key, number.encode("ascii"), "sha256")
        if digest in self._free_at:
            raise SourceUnavailable("An OTP was sent to this Aadhaar just now. Wait a little and try again.")
        if pause > timedelta(0):
            self._free_at[digest] = now + pause


def known_values() -> tuple[KnownValue, ...]:
    """The test numbers, for the docs."""
    listed = tuple(KnownValue("aadhaar", n, _SCENARIOS[name].outcome) for n, name in _NUMBERS.items())
    return (*listed, KnownValue("aadhaar", "any other valid number", _NOT_FOUND.outcome))
