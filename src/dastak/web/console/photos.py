"""The photo in full resolution that the customer's page sends beside a picture of the stream.

In: a case, and what the customer's page sends. Out: which photo is wanted, read from the case itself, so that every
process knows it; the photo in the storage, and its place among the picture's facts. The stream's picture stays the one
that counts: a page can send what it likes.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.interview import Still
from dastak.journeys.video_kyc.rooms import Library
from dastak.journeys.video_kyc.video_kyc import VideoKyc

WANTED_FOR = timedelta(seconds=20)
"""After the picture; later, the card is no longer before the camera."""
PHOTO, PHOTO_SHA256 = "photo", "photo_sha256"
"""Among the facts of a picture: where its photo is kept, and the hash of that."""
PHOTO_FACTS = frozenset({PHOTO, PHOTO_SHA256})


class Photos:
    """Fulfils what the customer's pages ask of photos (`web.hosted.video_ports.Photos`)."""

    def __init__(self, library: Library, evidence: Evidence, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._evidence = evidence
        self._clock = clock

    def wanted(self, case: VideoKyc) -> str:
        """The id of the photo that is wanted now: the latest picture of the present call. Empty: none is."""
        latest = case.stills[-1] if case.stills else None
        if latest is None or case.call is None or latest.call_id != case.call.id or PHOTO in latest.facts:
            return ""
        return latest.id if self._clock() - latest.taken_at < WANTED_FOR else ""

    async def keep(self, case: VideoKyc, wanted: str, jpeg: bytes) -> None:
        """Keep the photo that was wanted under that id; what comes too late, or twice, is thrown away."""
        if not wanted or wanted != self.wanted(case):
            return
        kept = await self._library.keep(f"{case.merchant_id}/{case.id}/{wanted}_{secrets.token_hex(4)}_photo.jpg", jpeg)
        found = {PHOTO: kept.reference, PHOTO_SHA256: kept.sha256}
        try:
            await self._evidence.examined(case.merchant_id, case.id, wanted, found)
        except JourneyError:
            await self._library.forget(kept.reference)  # no case knows of it
            raise


def photo_of(still: Still) -> tuple[str, str] | None:
    """Where the photo beside this picture is kept, and its SHA-256; None: there is none."""
    reference = still.facts.get(PHOTO)
    return None if reference is None else (reference, still.facts.get(PHOTO_SHA256, ""))
