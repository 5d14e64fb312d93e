"""The invitation to a KYC Link."""

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.words import Voice, Words, say


def link_words(link: KycLink, speaker: Voice) -> Words:
    """The invitation."""
    return say(speaker, until=f"{link.link_expiry:%d %b %Y}", link=link.form_link)
