"""The interview in words: what customers are asked to do, what is missing, what was read from a picture.

In: names of the templates and of facts. Out: words for operators. Pure.
"""

from collections.abc import Iterator, Mapping

from dastak.journeys.video_kyc.interview import StillKind
from dastak.web.console.photos import PHOTO_FACTS

CODE = "code"
CHALLENGES = {
    "turn_left": "Turn the head to the left",
    "turn_right": "Turn the head to the right",
    "look_up": "Look up",
    "smile": "Smile",
    "raise_hand": "Raise a hand beside the face",
}
STILLS = {StillKind.PAN: "PAN card", StillKind.FACE: "Face"}
MISSING = {
    "location": "The customer's device says that it is outside India: only a place in India can be approved",
    "liveness": "Confirm liveness: the code and each challenge",
    "pan_still": "Take a picture of the PAN card",
    "face_still": "Take a picture of the face",
    "reason": "Choose a reason",
}
FACTS = {
    "pan": "PAN",
    "name": "Name",
    "father_name": "Father's name",
    "date_of_birth": "Date of birth",
    "faces": "Faces in the picture",
    "face_distance": "Distance of face and card (0: same picture; above 0.6: rarely the same person)",
    "reading": "Reading",
}
"""Labels of what is read from pictures; other names are spelled out."""


def challenge_words(name: str) -> str:
    """What the customer is asked to do; a challenge that we have no words for says its name."""
    return CHALLENGES.get(name, _plain(name))


def missing_words(names: tuple[str, ...]) -> Iterator[str]:
    """What is to be done before an approval, in order."""
    for name in names:
        order = name.removeprefix("question_")
        yield f"Judge question {order}" if order != name else MISSING.get(name, _plain(name))


def fact_lines(facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What was read from a picture, or measured on it."""
    read = ((name, value) for name, value in facts.items() if name not in PHOTO_FACTS)
    return tuple((FACTS.get(name, _plain(name)), value) for name, value in read)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
