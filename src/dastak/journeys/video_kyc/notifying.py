"""Which messages a customer is owed of a Video KYC. Pure: the caller commits them with the case.

In: a case, words, a purpose. Out: one message per channel that the merchant asked for and the user can be reached on.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from dastak.journeys.happening import Message
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import Words


def messages(
    case: VideoKyc,
    words: Words,
    *,
    purpose: str,
    now: datetime,
    new_id: Callable[[str], str],
    channels: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[Message, ...]:
    """The messages to queue; none for a channel without an address.

    Args:
        case: whose customer.
        words: what to say.
        purpose: `link`, `otp` or `schedule`.
        now: when.
        new_id: makes their ids.
        channels: other channels than the case's own.
        expires_at: when they are no longer worth sending; the link's end if not given.
    """
    wanted = case.notification_types if channels is None else channels
    return tuple(
        Message(
            id=new_id("ntc"),
            merchant_id=case.merchant_id,
            journey_id=case.id,
            channel=channel,
            purpose=purpose,
            recipient=recipient,
            subject=words.subject,
            text=words.text,
            created_at=now,
            expires_at=expires_at or case.expires_at,
        )
        for channel in dict.fromkeys(wanted)
        if (recipient := case.email if channel == "email" else case.phone)
    )
