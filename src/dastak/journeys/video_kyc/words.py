"""What a Video KYC sends to its customer: invitation, booked slot, reminder. Short, and the link last."""

from datetime import datetime

from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import Words


def link_words(case: VideoKyc, merchant_name: str) -> Words:
    """The invitation."""
    return Words(
        subject=f"{merchant_name} asks you to complete a Video KYC",
        text=(
            f"{merchant_name} asks you to complete your Video KYC by {case.link_expiry:%d %b %Y}. "
            f"Keep your PAN card ready: {case.vkyc_link}"
        ),
    )


def booked_words(case: VideoKyc, at: datetime, merchant_name: str) -> Words:
    """A slot was booked."""
    return Words(
        subject=f"Your Video KYC with {merchant_name} is booked",
        text=f"Your Video KYC with {merchant_name} is booked for {_local(at)}. Open this link then: {case.vkyc_link}",
    )


def reminder_words(case: VideoKyc, at: datetime, merchant_name: str) -> Words:
    """The slot is near."""
    return Words(
        subject=f"Your Video KYC with {merchant_name} is about to begin",
        text=f"Reminder: your Video KYC with {merchant_name} is at {_local(at)}. Open this link: {case.vkyc_link}",
    )


def _local(at: datetime) -> str:
    return f"{at.astimezone(INDIA):%d %b %Y, %I:%M %p} IST"
