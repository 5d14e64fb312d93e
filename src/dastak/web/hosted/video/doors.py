"""The progress of a Video KYC, one door for each part. Pure."""

from dastak.journeys.video_kyc.template import USER_TEMPLATES, Step
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.view import SAID, Knock, KnockState

_PARTS: tuple[tuple[str, frozenset[Page]], ...] = (
    ("Details", frozenset({Page.CONSENT, Page.DETAILS})),
    ("Aadhaar", frozenset({Page.AADHAAR, Page.AADHAAR_OTP, Page.AADHAAR_STUCK})),
    ("Checks", frozenset({Page.READY, Page.SLOTS, Page.BOOKED, Page.CHECKS, Page.CHECK_FAILED})),
    ("Video call", frozenset({Page.JOIN, Page.QUEUE, Page.NO_AGENT, Page.CALL, Page.REJOIN})),
)
"""What customers call the parts, and the pages of each."""


def doors(case: VideoKyc, page: Page) -> tuple[Knock, ...]:
    """The parts of this case: those before the page's are done, those after it are to do."""
    steps = USER_TEMPLATES[case.user_template].steps_of(aadhaar_given=case.aadhaar.is_given)
    parts = [(label, pages) for label, pages in _PARTS if label != "Aadhaar" or Step.AADHAAR in steps]
    now = next((number for number, (_, pages) in enumerate(parts) if page in pages), None)
    if now is None:
        return ()
    states: list[KnockState] = [
        "done" if number < now else "now" if number == now else "open" for number in range(len(parts))
    ]
    return tuple(Knock(label, state, SAID[state], "") for (label, _), state in zip(parts, states, strict=True))
