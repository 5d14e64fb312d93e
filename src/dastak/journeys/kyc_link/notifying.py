"""Which messages a customer is owed of a KYC Link. Pure: the caller commits them with the link.

In: a link, the merchant's voice, channels. Out: one message per channel on which the customer can be reached.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from dastak.journeys.happening import Message
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.words import link_words
from dastak.journeys.words import Voice


def invitations(
    link: KycLink, speaker: Voice, channels: Iterable[str], *, now: datetime, new_id: Callable[[str], str]
) -> tuple[Message, ...]:
    """The invitation on each of these channels; none on one without an address."""
    words = link_words(link, speaker)
    return tuple(
        Message(
            id=new_id("ntc"),
            merchant_id=link.merchant_id,
            journey_id=link.id,
            channel=channel,
            purpose="link",
            recipient=recipient,
            subject=words.subject,
            text=words.text,
            created_at=now,
            expires_at=link.expires_at,
        )
        for channel in dict.fromkeys(channels)
        if (recipient := link.email if channel == "email" else link.phone)
    )
