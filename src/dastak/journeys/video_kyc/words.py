"""What a Video KYC sends to its customer: invitation, booked slot, reminder."""

from datetime import datetime

from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import Voice, Words, say


def link_words(case: VideoKyc, speaker: Voice) -> Words:
    """The invitation."""
    return say(speaker, until=f"{case.link_expiry:%d %b %Y}", link=case.vkyc_link)


def slot_words(case: VideoKyc, at: datetime, speaker: Voice) -> Words:
    """A slot was booked, or is near."""
    return say(speaker, when=f"{at.astimezone(INDIA):%d %b %Y, %I:%M %p} IST", link=case.vkyc_link)
