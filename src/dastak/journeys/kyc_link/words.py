"""The invitation to a KYC Link: short enough for one SMS, the link last, so that phones make it tappable."""

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.words import Words


def link_words(link: KycLink, merchant_name: str) -> Words:
    """The invitation."""
    return Words(
        subject=f"{merchant_name} asks you to verify your identity",
        text=(
            f"{merchant_name} asks you to complete your KYC by {link.link_expiry:%d %b %Y}. "
            f"It takes about two minutes: {link.form_link}"
        ),
    )
