"""The test values that each page shows in sandbox (contract.md §5.6). They mean nothing outside it."""

from collections.abc import Mapping

PHONE_OTP = "111000"

Hint = tuple[str, str]

HINTS: Mapping[str, tuple[Hint, ...]] = {
    "start": (("Code", PHONE_OTP),),
    "phone_otp": (("Code", PHONE_OTP),),
    "aadhaar": (("Aadhaar", "655675523712"),),
    "aadhaar_otp": (("OTP", "111000"),),
    "pan": (("PAN", "ABCPV1234D"),),
    "bank": (("Account", "026291800001191"), ("IFSC", "YESB0000262")),
    "upi": (("UPI ID", "success@upi"),),
}


def hints_for(step: str, sandbox_otp: str = "") -> tuple[Hint, ...]:
    """What a tester may type at that step; the code that was really made wins over the documented one."""
    if step == "phone_otp" and sandbox_otp:
        return (("Code", sandbox_otp),)
    return HINTS.get(step, ())
