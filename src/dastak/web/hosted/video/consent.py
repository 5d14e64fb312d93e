"""What a customer agrees to before a Video KYC begins.

In: the merchant's name. Out: the text on the page, which is also the text that is stored as evidence, word for word.
A changed text gets a new version.
"""

CONSENT_VERSION = "video-kyc-consent-1"

CONSENT = (
    "I agree that {merchant} confirms who I am in a video call with one of its agents. The call's picture and sound "
    "are recorded and kept as the law asks. A photo of my face and of my PAN card is taken in it. "
    "Where I am, and the internet address that I use, are checked before and during the call. "
    "I can stop at any time by leaving the page, and ask {merchant} for another way."
)


def consent_text(merchant: str) -> str:
    """The sentences beside the box."""
    return CONSENT.replace("{merchant}", merchant)


def consent_record(merchant: str) -> str:
    """The sentences with their version, as they are handed to the journey for safe keeping."""
    return f"{CONSENT_VERSION}: {consent_text(merchant)}"
