"""The words that are sent to a customer. Short enough for one SMS; the link last, so that phones make it tappable."""

from dataclasses import dataclass

from dastak.journeys.kyc_link.link import KycLink


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


def link_words(link: KycLink, merchant_name: str) -> Words:
    """The invitation."""
    return Words(
        subject=f"{merchant_name} asks you to verify your identity",
        text=(
            f"{merchant_name} asks you to complete your KYC by {link.link_expiry:%d %b %Y}. "
            f"It takes about two minutes: {link.form_link}"
        ),
    )


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
