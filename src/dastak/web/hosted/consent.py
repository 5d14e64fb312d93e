"""What a customer agrees to before an Aadhaar number is used.

In: the merchant's name. Out: the text on the page, which is also the text that is stored as evidence, word for word.
A changed text gets a new version.
"""

CONSENT_VERSION = "aadhaar-consent-1"

CONSENT = (
    "I agree that {merchant} uses my Aadhaar number and the OTP on my linked phone, once, to confirm who I am for this "
    "KYC. My full number is not stored: only its last four digits, my name and the result are kept. "
    "Aadhaar is my choice: I can ask {merchant} to accept another document instead."
)


def consent_text(merchant: str) -> str:
    """The sentence beside the box."""
    return CONSENT.replace("{merchant}", merchant)


def consent_record(merchant: str) -> str:
    """The sentence with its version, as it is handed to the journey for safe keeping."""
    return f"{CONSENT_VERSION}: {consent_text(merchant)}"
