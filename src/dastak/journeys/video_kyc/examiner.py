"""Has the pictures that agents take looked at by a machine, as assistance: what it finds decides nothing.

In: every change of a case, as `LiveBell.also_tell` brings it. Out: findings, written down with the pictures. What
cannot be looked at now is left alone; it is looked at when the case changes in another process, or after a start.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.rooms import Library
from dastak.journeys.video_kyc.video_kyc import VideoKyc

log = structlog.get_logger("dastak.pictures")

LARGEST = 20 * 1024 * 1024
"""Bytes; a picture that is larger is not looked at."""
MOST_WAITING = 1000
"""Pictures; when so many wait, new ones are not looked at."""


class NotExamined(JourneyError):  # noqa: N818 - the name says what happened
    """The machine could not look at it: it is not there, or took too long, or broke off."""

    code = "not_examined"


class PictureReader(Protocol):
    """The machine that looks."""

    async def read(self, kind: StillKind, jpeg: bytes) -> Mapping[str, str]:
        """What is on it; names of findings → values. Raises `NotExamined`."""

    async def compare(self, face: bytes, card: bytes) -> Mapping[str, str]:
        """How alike the faces on two pictures are. Raises `NotExamined`."""

    async def stop(self) -> None:
        """Give back what it takes; it can be asked again."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing to do: read a picture, or compare it with another one."""

    merchant_id: str
    case_id: str
    still: Still
    other: Still | None = None


def examinations(case: VideoKyc) -> tuple[Examination, ...]:
    """What can be done with the latest picture of each kind."""
    latest = {still.kind: still for still in case.stills}
    readings = [Examination(case.merchant_id, case.id, still) for still in latest.values()]
    face, card = latest.get(StillKind.FACE), latest.get(StillKind.PAN)
    if face is None or card is None:
        return tuple(readings)
    return (*readings, Examination(case.merchant_id, case.id, face, card))


class Examiner:
    """One at a time, in the order in which pictures were taken."""

    def __init__(self, library: Library, reader: PictureReader, evidence: Evidence) -> None:
        self._library = library
        self._reader = reader
        self._evidence = evidence
        self._waiting: asyncio.Queue[Examination] = asyncio.Queue(MOST_WAITING)
        self._known: dict[tuple[str, str], None] = {}

    def changed(self, case: VideoKyc) -> None:
        """A picture may have been taken."""
        for one in examinations(case):
            name = (one.still.id, one.other.id if one.other else "")
            if name not in self._known and not self._waiting.full():
                self._known[name] = None
                self._waiting.put_nowait(one)
        while len(self._known) > 2 * MOST_WAITING:
            del self._known[next(iter(self._known))]

    async def run(self) -> None:
        """Until cancelled; what is under way then is lost and does no harm."""
        try:
            while True:
                await self._examine(await self._waiting.get())
                self._waiting.task_done()
        finally:
            await self._reader.stop()

    async def all_done(self) -> None:
        """Wait until nothing waits and nothing is under way."""
        await self._waiting.join()

    async def _examine(self, one: Examination) -> None:
        try:
            picture = await self._fetched(one.still)
            if one.other is None:
                found = await self._reader.read(one.still.kind, picture)
            else:
                found = await self._reader.compare(picture, await self._fetched(one.other))
            if found:
                await self._evidence.examined(one.merchant_id, one.case_id, one.still.id, found)
        except (JourneyError, ConnectionError) as trouble:
            log.warning("picture_not_examined", still_id=one.still.id, error=type(trouble).__name__)
        except Exception as trouble:  # noqa: BLE001 - one picture that breaks something must not end the looking at others
            log.error("picture_examination_failed", still_id=one.still.id, error=type(trouble).__name__)  # noqa: TRY400

    async def _fetched(self, still: Still) -> bytes:
        if await self._library.size(still.reference) > LARGEST:
            raise NotExamined("the picture is too large")
        return b"".join([part async for part in self._library.read(still.reference)])
