"""What journeys say to their customers: every message, what it may name, and what it says unless the merchant says it.

In: a kind of message, who speaks, and the values of its places. Out: subject and text. The texts of Dastak are short
enough for one SMS, and the link stands last, so that phones make it tappable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dastak.journeys.merchants import MerchantBook
from dastak.journeys.wording import fault, filled

SUBJECT_LIMIT = 120
TEXT_LIMIT = 400
"""Three parts of an SMS in plain letters, once the places are filled."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message, or one with its places still open."""

    subject: str
    """Only mails have one."""
    text: str


class MessageKind(StrEnum):
    """A message. The value is kept with a merchant's own words, so it is never renamed."""

    CODE = "code"
    KYC_LINK = "kyc_link"
    VIDEO_KYC = "video_kyc"
    BOOKED = "video_kyc_booked"
    REMINDER = "video_kyc_reminder"


@dataclass(frozen=True, slots=True)
class Speech:
    """One row of the table of messages."""

    title: str
    when: str
    places: Mapping[str, str]
    """What it may name, each with an example."""
    needed: tuple[str, ...]
    """What its text must name, or it is of no use."""
    words: Words
    """Unless the merchant has its own."""


_LINK = {"merchant": "Asha Bank", "until": "31 Jan 2027", "link": "https://kyc.example.com/verification/Y7tpcan5ksm0"}
_CALL = {"merchant": "Asha Bank", "when": "26 Jan 2027, 10:15 AM IST", "link": _LINK["link"]}

MESSAGES: Mapping[MessageKind, Speech] = {
    MessageKind.CODE: Speech(
        "Code for the phone",
        "When a customer of either product confirms the phone.",
        {"merchant": "Asha Bank", "code": "482913"},
        ("code",),
        Words(
            "Your code for {merchant}",
            "{code} is your code for KYC with {merchant}. It works for 10 minutes. Never share it.",
        ),
    ),
    MessageKind.KYC_LINK: Speech(
        "Invitation to a KYC Link",
        "When a link is made or sent again.",
        _LINK,
        ("link",),
        Words(
            "{merchant} asks you to verify your identity",
            "{merchant} asks you to complete your KYC by {until}. It takes about two minutes: {link}",
        ),
    ),
    MessageKind.VIDEO_KYC: Speech(
        "Invitation to a Video KYC",
        "When a case is made or its link is sent again.",
        _LINK,
        ("link",),
        Words(
            "{merchant} asks you to complete a Video KYC",
            "{merchant} asks you to complete your Video KYC by {until}. Keep your PAN card ready: {link}",
        ),
    ),
    MessageKind.BOOKED: Speech(
        "A call is booked",
        "When a slot was chosen, by the customer or for them.",
        _CALL,
        ("when", "link"),
        Words(
            "Your Video KYC with {merchant} is booked",
            "Your Video KYC with {merchant} is booked for {when}. Open this link then: {link}",
        ),
    ),
    MessageKind.REMINDER: Speech(
        "A call is near",
        "Shortly before a booked call.",
        _CALL,
        ("link",),
        Words(
            "Your Video KYC with {merchant} is about to begin",
            "Reminder: your Video KYC with {merchant} is at {when}. Open this link: {link}",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and in which words."""

    merchant: str
    words: Words


async def voice(merchants: MerchantBook, merchant_id: str, kind: MessageKind) -> Voice:
    """The merchant's, in its own words if it has some."""
    own = await merchants.own_words(merchant_id, kind)
    words = MESSAGES[kind].words if own is None else Words(*own)
    return Voice(await merchants.merchant_name(merchant_id), words)


def say(speaker: Voice, **values: str) -> Words:
    """The message, its places filled."""
    known = {"merchant": speaker.merchant, **values}
    return Words(filled(speaker.words.subject, known), filled(speaker.words.text, known))


def faults(kind: MessageKind, words: Words) -> list[tuple[str, str]]:
    """What is wrong with a merchant's words: `subject` or `text`, and a sentence; nothing: they can be used."""
    message = MESSAGES[kind]
    subject_places = tuple(place for place in message.places if place not in {"link", "code"})
    wrong = {
        "subject": fault(words.subject, limit=SUBJECT_LIMIT, known=subject_places) or _empty(words.subject),
        "text": fault(words.text, limit=TEXT_LIMIT, known=tuple(message.places), needed=message.needed),
    }
    return [(field, said) for field, said in wrong.items() if said]


def _empty(text: str) -> str:
    return "" if text.strip() else "Mails need a subject."


def otp_words(otp: str, speaker: Voice) -> Words:
    """The one-time code."""
    return say(speaker, code=otp)


def mask_phone(phone: str) -> str:
    """All but the last three digits hidden."""
    digits = phone.strip()
    return "•" * max(0, len(digits) - 3) + digits[-3:] if len(digits) > 6 else "•" * len(digits)  # noqa: PLR2004
