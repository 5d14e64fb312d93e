"""What a film says below its pictures, from the case. Pure.

In: a case. Out: captions without the customer's name: who sees the film has the case beside it.
"""

from dastak.journeys.video_kyc.checks import Location
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.video.compose.sheet import Captions


def captions_of(case: VideoKyc | None, call_id: str) -> Captions:
    """For the film of this call."""
    location = (case.prechecks.abroad or case.prechecks.location) if case is not None else None
    agents = [call.agent_id for call in case.calls if call.id == call_id] if case is not None else []
    return Captions(
        customer="Customer",
        agent=" ".join(["Agent", *agents]),
        place="no coordinates" if location is None else _place(location),
        call=call_id,
    )


def _place(location: Location) -> str:
    """Degrees to about a metre, with the hemispheres, and how exact they are."""
    north = f"{abs(location.latitude):.5f}° {'N' if location.latitude >= 0 else 'S'}"
    east = f"{abs(location.longitude):.5f}° {'E' if location.longitude >= 0 else 'W'}"
    return f"{north} {east} (±{location.accuracy_metres:.0f} m)"
