"""What the `data` of the ten Video KYC events holds.

In: the decoded `data` object, from `envelope`; or plain values, from a server that makes events. Out: the same
object again, same keys in the contract's order, with unknown fields kept at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dastak_sdk.fields import INTEGER, OPTIONAL_TEXT, TEXT, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIDEO_KYC = Shape(
    "data",
    verification_id=TEXT,
    reference_id=INTEGER,
    user_reference_id=INTEGER,
    user_id=TEXT,
    status=TEXT,
    sub_status=TEXT,
    vkyc_link=TEXT,
    link_expiry=TEXT,
    recording_link=OPTIONAL_TEXT,
    meeting_schedule=OPTIONAL_TEXT,
    auditor_remarks=OPTIONAL_TEXT,
    agent_remarks=OPTIONAL_TEXT,
)


@dataclass(frozen=True)
class VideoKycData:
    """A Video KYC as it stood when the event happened."""

    verification_id: str
    """The merchant's own id."""
    reference_id: int
    user_reference_id: int
    user_id: str
    status: str
    """A `VideoKycStatus` value, or one that a later version adds."""
    sub_status: str
    """A name in `SUB_STATUSES`, or one that a later version adds: treat an unknown one as opaque."""
    vkyc_link: str
    link_expiry: str
    """`YYYY-MM-DD`, a date in India, usable to its end."""
    recording_link: str | None = None
    """None until the call is completed."""
    meeting_schedule: str | None = None
    """UTC, None when nothing is booked."""
    auditor_remarks: str | None = None
    agent_remarks: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Fields unknown to this version, kept as they came."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> VideoKycData:
        """Read the `data` object. Raises `PayloadError`."""
        return read_video_kyc(value.copy() if type(value) is dict else value)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, keys in the contract's order, nulls present."""
        return {
            "verification_id": self.verification_id,
            "reference_id": self.reference_id,
            "user_reference_id": self.user_reference_id,
            "user_id": self.user_id,
            "status": str(self.status),
            "sub_status": str(self.sub_status),
            "vkyc_link": self.vkyc_link,
            "link_expiry": self.link_expiry,
            "recording_link": self.recording_link,
            "meeting_schedule": self.meeting_schedule,
            "auditor_remarks": self.auditor_remarks,
            "agent_remarks": self.agent_remarks,
            **self.extra,
        }


read_video_kyc = _VIDEO_KYC.reader(VideoKycData)
