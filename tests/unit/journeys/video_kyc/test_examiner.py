"""Pictures are looked at once, in order, and whatever goes wrong with one, the next one is looked at."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.examiner import LARGEST, Examiner, NotExamined, examinations
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.rooms import Kept, NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import AGENT, a_still
from unit.journeys.video_kyc.house import MERCHANT, House


@dataclass
class Album:
    """Fulfils `Library`: every picture is its own reference, unless it is torn out."""

    torn_out: set[str] = field(default_factory=set)
    largest: int = 100

    async def keep(self, reference: str, content: AsyncIterator[bytes] | bytes) -> Kept:
        raise NotImplementedError

    async def size(self, reference: str) -> int:
        if reference in self.torn_out:
            raise NotKept(reference)
        return self.largest

    async def read(self, reference: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        for part in reference.encode()[start:end].partition(b"/"):
            yield part

    async def forget(self, reference: str) -> None:
        raise NotImplementedError


@dataclass
class Machine:
    """Fulfils `PictureReader`."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    trouble: Exception | None = None
    stopped: bool = False

    async def read(self, kind: StillKind, jpeg: bytes) -> Mapping[str, str]:
        return await self._answer(kind.value, jpeg.decode())

    async def compare(self, face: bytes, card: bytes) -> Mapping[str, str]:
        return await self._answer("compare", face.decode(), card.decode())

    async def stop(self) -> None:
        self.stopped = True

    async def _answer(self, *asked: str) -> Mapping[str, str]:
        await asyncio.sleep(0)
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        return {asked[0]: "found"}


@dataclass
class Laboratory:
    house: House = field(default_factory=House)
    album: Album = field(default_factory=Album)
    machine: Machine = field(default_factory=Machine)

    def __post_init__(self) -> None:
        self.examiner = Examiner(self.album, self.machine, self.house.evidence)

    async def worked(self, *asked: tuple[str, ...]) -> None:
        """Let it work until it has asked all this."""
        running = asyncio.create_task(self.examiner.run())
        async with asyncio.timeout(5):
            await self.examiner.all_done()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert self.machine.stopped
        assert self.machine.asked == list(asked)


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory()


PAN, FACE = ("pan", "stills/stl_pan"), ("face", "stills/stl_face")
BOTH = ("compare", "stills/stl_face", "stills/stl_pan")


async def test_card_and_face_are_read_and_compared_and_it_is_written_down(laboratory: Laboratory) -> None:
    case = await laboratory.house.decided()
    laboratory.examiner.changed(case)
    await laboratory.worked(PAN, FACE, BOTH)
    facts = {still.id: dict(still.facts) for still in (await laboratory.house.stored(case)).stills}
    assert facts == {"stl_pan": {"pan": "found"}, "stl_face": {"face": "found", "compare": "found"}}


async def test_a_case_that_changes_often_has_each_picture_looked_at_once(laboratory: Laboratory) -> None:
    case = await laboratory.house.decided()
    for _ in range(5):
        laboratory.examiner.changed(case)
    await laboratory.worked(PAN, FACE, BOTH)
    laboratory.examiner.changed(await laboratory.house.stored(case))
    await laboratory.worked(PAN, FACE, BOTH)


async def test_a_picture_that_was_taken_again_is_looked_at_and_compared_anew(laboratory: Laboratory) -> None:
    case = await laboratory.house.in_call()
    case = await laboratory.house.agents.note_still(MERCHANT, AGENT, case.id, a_still(StillKind.FACE, "stl_face"))
    laboratory.examiner.changed(case)
    for id_ in ("stl_pan", "stl_again"):
        case = await laboratory.house.agents.note_still(MERCHANT, AGENT, case.id, a_still(StillKind.PAN, id_))
        laboratory.examiner.changed(case)
    again = "stills/stl_again"
    await laboratory.worked(FACE, PAN, BOTH, ("pan", again), ("compare", "stills/stl_face", again))


@pytest.mark.parametrize("trouble", [NotExamined("too slow"), ConnectionError("away"), RuntimeError("a defect")])
async def test_one_that_cannot_be_looked_at_holds_up_nobody(laboratory: Laboratory, trouble: Exception) -> None:
    case = await laboratory.house.decided()
    laboratory.machine.trouble = trouble
    laboratory.examiner.changed(case)
    await laboratory.worked(PAN, FACE, BOTH)
    assert all(not still.facts for still in (await laboratory.house.stored(case)).stills)


async def test_what_is_not_there_or_far_too_large_is_not_looked_at(laboratory: Laboratory) -> None:
    case = await laboratory.house.decided()
    laboratory.album.torn_out = {"stills/stl_pan"}
    laboratory.examiner.changed(case)
    await laboratory.worked(FACE)
    laboratory.album.largest = LARGEST + 1
    laboratory.examiner.changed(await laboratory.house.decided("v-2"))
    await laboratory.worked(FACE)


async def test_it_hears_of_pictures_by_the_bell(laboratory: Laboratory) -> None:
    bell = LiveBell()
    bell.also_tell(laboratory.examiner.changed)
    bell.changed(await laboratory.house.decided())
    await laboratory.worked(PAN, FACE, BOTH)


def test_nothing_is_to_be_done_before_a_picture_is_taken() -> None:
    case = asyncio.run(House().in_call())
    assert examinations(case) == ()
    one: VideoKyc = replace(case, stills=(a_still(StillKind.PAN, "stl_1"),))
    assert [(each.still.id, each.other) for each in examinations(one)] == [("stl_1", None)]
