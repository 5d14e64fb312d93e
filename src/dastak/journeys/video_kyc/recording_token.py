"""The link by which a merchant's people watch a recording: signed, and good for as long as it says. Pure.

In: a key, a decided case, the link's end. Out: a URL; read again, which call of which case it opens. Nothing is stored:
who holds the link watches, until it ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from dastak.journeys.video_kyc import signed_text
from dastak.journeys.video_kyc.video_kyc import VideoKyc

PATH = "/recordings/"
_PURPOSE = "vkyc-recording"
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link opens."""

    merchant_id: str
    case_id: str
    call_id: str
    is_over: bool
    """It is ours, and its time has passed: it opens nothing any more."""


def recording_link(public_url: str, key: bytes, case: VideoKyc, expires_at: datetime) -> str:
    """The URL of the recording of the case's decided call, or of the call that is being decided now.

    Args:
        public_url: where this server is reached, without a trailing slash.
        key: secret bytes, the same in every process.
        case: one that had a call.
        expires_at: when the link ends.
    """
    call_id = case.recording.call_id if case.recording else case.calls[-1].id
    said = f"{case.merchant_id}\n{case.id}\n{call_id}"
    return f"{public_url}{PATH}{signed_text.sign(key, _PURPOSE, said, expires_at)}"


def reading(key: bytes, token: str, now: datetime) -> Linked | None:
    """What the last part of such a URL opens; None for one that we did not make."""
    said = signed_text.read(key, _PURPOSE, token, _LONG_AGO)
    parts = said.split("\n") if said is not None else []
    if len(parts) != _PARTS:
        return None
    merchant_id, case_id, call_id = parts
    return Linked(merchant_id, case_id, call_id, is_over=signed_text.read(key, _PURPOSE, token, now) is None)
