"""Words that every journey sends to its customer. Short enough for one SMS."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


def otp_words(otp: str, merchant_name: str) -> Words:
    """The one-time code."""
    return Words(
        subject=f"Your code for {merchant_name}",
        text=f"{otp} is your code for KYC with {merchant_name}. It works for 10 minutes. Never share it.",
    )


def mask_phone(phone: str) -> str:
    """All but the last three digits hidden."""
    digits = phone.strip()
    return "•" * max(0, len(digits) - 3) + digits[-3:] if len(digits) > 6 else "•" * len(digits)  # noqa: PLR2004
