"""What the pages of a Video KYC say: what went wrong with a check and what helps, how long the wait is, when a slot is.

In: values. Out: plain words for somebody who does this for the first time. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor

from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.clock import Due
from dastak.journeys.video_kyc.estimate import QueueStanding
from dastak.journeys.video_kyc.signal import Kind
from dastak.journeys.video_kyc.video_kyc import VideoKyc


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that the customer needs."""

    label: str
    need: str


TAKES = "about ten minutes"

NEEDS = (
    Thing("Aadhaar", "12-digit number and the phone linked with it"),
    Thing("PAN card", "The card itself: you will show it to the camera"),
    Thing("A video call", "A phone or computer with camera and microphone"),
)
NEEDS_WITHOUT_AADHAAR = NEEDS[1:]


def needs_of(case: VideoKyc) -> tuple[Thing, ...]:
    """What to have at hand for this case."""
    return NEEDS_WITHOUT_AADHAAR if case.aadhaar.is_given else NEEDS


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed: what happened, and what the customer can do about it."""

    title: str
    text: str
    helps: tuple[str, ...]


FAILURES: Mapping[str, Failure] = {
    "USER_PROXY_DETECTED": Failure(
        "Your connection hides where you are",
        "You seem to use a VPN or a proxy. A Video KYC must come straight from your own connection.",
        (
            "Turn off any VPN app, and “private relay” or “secure VPN” in your phone's settings.",
            "If you are on an office network, use your own mobile data instead.",
            "Turn off “data saver” in your browser: it can send pages through a proxy.",
        ),
    ),
    "USER_LOCATION_OUTSIDE_INDIA": Failure(
        "You seem to be outside India",
        "The rules allow a Video KYC only while you are in India.",
        (
            "If you are in India: turn off any VPN, and turn your phone's location off and on again.",
            "On a SIM card from another country, use Wi-Fi in India instead of roaming.",
            "If you are abroad now, come back to this link when you are in India.",
        ),
    ),
    "USER_LOCATION_PERMISSION_DISABLED": Failure(
        "We could not see your location",
        "Your location shows that you are in India. The browser was not allowed to share it.",
        (
            "Tap the lock or the sliders beside the web address, open “Permissions”, and allow “Location”.",
            "Android: also open Settings, Location, and turn it on.",
            "iPhone: in Settings, Privacy & Security, Location Services, choose “While using” for your browser.",
            "If you opened this link inside another app, open it in Chrome or Safari instead.",
        ),
    ),
    "USER_VIDEO_CHECK_FAILED": Failure(
        "Your camera did not work",
        "The agent must see you and your PAN card.",
        (
            "Tap the lock or the sliders beside the web address, open “Permissions”, and allow “Camera”.",
            "Close other apps that use the camera, such as another video call.",
            "Take off a camera cover, and wipe the lens.",
            "If you opened this link inside another app, open it in Chrome or Safari instead.",
        ),
    ),
    "USER_AUDIO_CHECK_FAILED": Failure(
        "We could not hear you",
        "You will talk with the agent, so your microphone must work.",
        (
            "Tap the lock or the sliders beside the web address, open “Permissions”, and allow “Microphone”.",
            "Unplug or switch off headphones, and try again. Check that the microphone is not muted.",
            "End other calls, and close other apps that use the microphone.",
            "When the check asks for it, say a few words aloud.",
        ),
    ),
    "TECHNICAL_FAILURE": Failure(
        "The check could not be finished",
        "Your connection may be too slow for a video call, or your location was too vague. Nothing is lost.",
        (
            "Go nearer to your Wi-Fi, or to a window for better mobile data.",
            "Stop downloads and other video on this connection.",
            "Turn your phone's location on, with high accuracy, and wait a few seconds.",
            "Then try again. If it goes on like this, book a time for later.",
        ),
    ),
}
"""sub_status of a failed check → words. A test holds it equal to the journey's table."""


def place_text(standing: QueueStanding) -> str:
    """Where the customer stands."""
    return "You are next" if standing.position == 1 else f"You are number {standing.position} in the queue"


def wait_text(standing: QueueStanding) -> str:
    """How long it will take, as honestly as it is known."""
    if standing.at_least is None or standing.at_most is None:
        return "No agent is online right now, so we cannot say how long it takes. You can wait, or book a time."
    least, most = floor(standing.at_least / timedelta(minutes=1)), max(1, ceil(standing.at_most / timedelta(minutes=1)))
    if least < 1:
        return f"It should take less than {_minutes(most)}."
    if least == most:
        return f"It should take about {_minutes(most)}."
    return f"It should take {least} to {_minutes(most)}."


_NEWS: Mapping[str, str] = {
    Kind.LEFT_QUEUE.value: "You are not in the queue any more. Join it again when you are ready.",
    Due.CUSTOMER_ABSENT.value: "An agent was ready, but your page did not come into the call. Please join again.",
    Due.NO_SHOW.value: "Your booked time has passed. You can start now, or choose another time.",
}
"""What has happened last, in the timeline's words → what the customer is told of it on coming back."""


def news_text(case: VideoKyc) -> str:
    """Why the customer is here again, where that is not plain; empty where it is."""
    last = next((entry for entry in reversed(case.timeline) if entry.by != "server"), None)
    return "" if last is None else _NEWS.get(last.what, "")


def day_text(at: datetime) -> str:
    """A day on the calendar in India: `Sunday 11 January`."""
    local = at.astimezone(INDIA)
    return f"{local:%A} {local.day} {local:%B}"


def time_text(at: datetime) -> str:
    """A time of the day in India: `10:30 AM`."""
    local = at.astimezone(INDIA)
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon


def slot_text(at: datetime) -> str:
    """Day and time."""
    return f"{day_text(at)}, {time_text(at)}"


def reminder_text(case: VideoKyc) -> str:
    """Whether, and how, the customer will be reminded of the booked slot."""
    if case.schedule is not None and case.schedule.reminded_at is not None:
        return "It begins soon, so no other reminder is sent."
    ways = [
        name for channel, name in _CHANNELS.items() if channel in case.notification_types and _reaches(case, channel)
    ]
    if not ways:
        return "No reminder is sent, so put it into your calendar."
    return f"We remind you by {' and '.join(ways)}, 30 minutes before."


_CHANNELS: Mapping[str, str] = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "e-mail"}


def _reaches(case: VideoKyc, channel: str) -> bool:
    return bool(case.email if channel == "email" else case.phone)


def _minutes(number: int) -> str:
    return "a minute" if number == 1 else f"{number} minutes"
