"""How far the recording of a case is: it can be played, it is being put together, or there was none to put together.

In: a case, and what is known of its composition. Out: values for the page and for its live stream.
"""

from dataclasses import asdict, dataclass

from dastak.journeys.video_kyc.rooms import CompositionState
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.review.room import AuditorConsole

READY, COMPOSING, NONE = "ready", "composing", "none"


@dataclass(frozen=True, slots=True)
class RecordingState:
    """As the page shows it."""

    state: str
    """`READY`, `COMPOSING` or `NONE`."""
    percent: int = 0
    words: str = ""


async def recording_state(room: AuditorConsole, case: VideoKyc) -> RecordingState:
    """Ask how far it is."""
    if case.recording is None:
        return RecordingState(NONE, words="No call of this case was decided in, so there is no recording.")
    if case.recording.reference:
        return RecordingState(READY, 100)
    if case.call_to_compose is None:
        return RecordingState(NONE, words="Nothing was recorded of the call.")
    return _composing(await room.progress.composition_state(case.merchant_id, case.id))


def for_stream(state: RecordingState) -> dict[str, object]:
    """As JSON values."""
    return asdict(state)


def _composing(state: CompositionState | None) -> RecordingState:
    if state is None:
        return RecordingState(COMPOSING, words="The recording waits to be put together.")
    percent = max(0, min(99, round(state.progress * 100)))
    if state.failure:
        return RecordingState(
            COMPOSING, percent, f"Putting the recording together failed, and is tried again: {state.failure}"
        )
    return RecordingState(COMPOSING, percent, f"The recording is being put together: {percent} %")
