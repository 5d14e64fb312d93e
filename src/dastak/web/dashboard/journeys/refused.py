"""What a page says when a journey does not take what was asked: whose step is next, in plain words. Pure.

In: an error of `journeys`. Out: words.
"""

from collections.abc import Mapping

from dastak.journeys.errors import Contended, DuplicateVerificationId, JourneyError, TooSoon
from dastak.journeys.kyc_link.errors import LinkClosed, UnknownTemplate
from dastak.journeys.video_kyc.errors import CaseClosed, SlotUnavailable, StepClosed, UnknownVkycTemplate

WORDS: Mapping[type[JourneyError], str] = {
    Contended: "Somebody else changed it at the same moment. Look at it as it is now, and try once more.",
    DuplicateVerificationId: "This verification ID was used before. Choose another one.",
    TooSoon: "The invitation was sent again within the last minute. Wait a moment, then send it.",
    LinkClosed: "The link is done or has ended, so nothing can be done with it any more.",
    UnknownTemplate: "That template is gone. Choose another one.",
    CaseClosed: "The case is over or its link has ended, so nothing can be done with it any more.",
    SlotUnavailable: "Nobody is free at that time any more. Choose another slot.",
    StepClosed: "The case has gone on, and this is not possible where it stands now.",
    UnknownVkycTemplate: "That template is gone. Choose another one.",
}


def words_of(error: JourneyError) -> str:
    """The words; of an error that has none, what to do."""
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), "That is not possible now.")
