"""Which of two events of a journey is the newer one, where the sender gives no sequence.

In: an event. Out: its `Standing`; a greater one is newer. Called by `inbox`.

Time alone does not do: `event_time` has whole seconds, and clocks of a sender's machines differ. Status alone does not
do either: after a dropped call a Video KYC goes back from VIDEO_CALL to PRE_VIDEO_CALL, rightly. So, in this order:

1. the stage, from which there is no way back: under way, decided by the agent, at its end;
2. `event_time`;
3. within a second, the rank of the status, in the order of the contract's table; of a KYC Link, how many of its checks
   were performed and succeeded, and the event that says it ended after the one of its last check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dastak_sdk.events import EventType
from dastak_sdk.kyc_link import KycLinkData
from dastak_sdk.status import SUB_STATUSES, CheckStatus, FormStatus, VideoKycStatus
from dastak_sdk.video_kyc import VideoKycData

if TYPE_CHECKING:
    from dastak_sdk.envelope import Event

UNDER_WAY, DECIDED, ENDED = 0, 1, 2

_STAGES: dict[str, int] = {
    VideoKycStatus.POST_VIDEO_CALL.value: DECIDED,
    VideoKycStatus.AUDITOR_REVIEWED.value: ENDED,
    VideoKycStatus.EXPIRED.value: ENDED,
    VideoKycStatus.REJECTED.value: ENDED,
    FormStatus.SUCCESS.value: ENDED,
}
_PHASES = {status.value: rank for rank, status in enumerate(VideoKycStatus)}
_RANKS = {name: rank for rank, name in enumerate(SUB_STATUSES)}
_LAST_OF_A_LINK = frozenset({EventType.KYC_LINK_SUCCESS.value, EventType.KYC_LINK_EXPIRED.value})
_PHASE_ROOM = 1000
"""More than there are sub-statuses in a phase."""


class Standing(NamedTuple):
    """How far a journey had come with an event; compare two of one journey."""

    stage: int
    seconds: float
    rank: int


NOTHING = Standing(-1, 0.0, 0)
"""Before the first event."""


def standing_of(event: Event) -> Standing | None:
    """Say how far the journey had come; None for an event whose data this version does not know."""
    data = event.data
    if isinstance(data, VideoKycData):
        rank = _PHASES.get(data.status, 0) * _PHASE_ROOM + _RANKS.get(data.sub_status, 0)
        return Standing(_STAGES.get(data.status, UNDER_WAY), event.time.timestamp(), rank)
    if isinstance(data, KycLinkData):
        rank = 2 * _checks(data) + (event.type in _LAST_OF_A_LINK)
        return Standing(_STAGES.get(data.form_status, UNDER_WAY), event.time.timestamp(), rank)
    return None


def _checks(data: KycLinkData) -> int:
    """Never less than before: a check is performed more often, and succeeds once."""
    statuses = [detail.status for detail in data.verification_details]
    performed = sum(status != CheckStatus.RECEIVED.value for status in statuses)
    return performed + sum(status == CheckStatus.SUCCESS.value for status in statuses)
