"""Decided calls become films, one after the other; what fails is tried again, and nothing is lost by stopping."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Composition, CompositionState, NotKept, Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.vault import Vault
from dastak.video.compose.broom import Broom
from dastak.video.compose.composer import Composer, ComposerSettings
from dastak.video.library import folder_library
from dastak.video.spool.spool import Spool
from support.children import running
from support.film import watch
from support.recorded_call import write_call
from unit.journeys.video_kyc.house import MERCHANT, House

pytestmark = pytest.mark.slow

QUICK = ComposerSettings(
    look_again=timedelta(seconds=0.05),
    tell_every=timedelta(0),
    first_pause=timedelta(seconds=10),
    settle=timedelta(seconds=0.1),
)


@dataclass
class Waiting:
    """Fulfils `Compositions` for one case."""

    composition: Composition
    due: datetime
    progress: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unreachable: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)
    nothing_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim_composition(
        self,
        now: datetime,
        lease_until: datetime,
        rooms: Sequence[str] | None = None,  # noqa: ARG002 - it is the one room there is
    ) -> Composition | None:
        if self.unreachable:
            self.unreachable -= 1
            raise ConnectionError("no store")
        if now < self.due:
            self.nothing_left.set()
            return None
        self.due = lease_until
        attempts = self.composition.attempts + 1
        self.composition = Composition(MERCHANT, self.composition.case_id, self.composition.call_id, attempts)
        return self.composition

    async def composition_progress(self, composition: Composition, progress: float, lease_until: datetime) -> None:
        assert composition == self.composition
        self.progress.append(progress)
        self.due = lease_until
        self.told.set()

    async def composition_failed(self, composition: Composition, failure: str, again_at: datetime) -> None:
        assert composition == self.composition
        self.failures.append(failure)
        self.due = again_at

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None:
        raise NotImplementedError(merchant_id, case_id)


@dataclass
class Shop:
    """A decided case, its spool, and who makes the film."""

    house: House
    case: VideoKyc
    spool: Spool
    folder: Path

    def __post_init__(self) -> None:
        self.call_id = self.case.calls[-1].id
        self.room = self.seat(self.call_id).room
        self.waiting = Waiting(Composition(MERCHANT, self.case.id, self.call_id, 0), self.house.clock())
        self.library = folder_library(self.folder / "library", self.spool.sealer)
        self.composer = Composer(
            self.waiting,
            self.house.cases.case_by_id,
            self.house.evidence,
            self.library,
            self.spool,
            clock=self.house.clock,
            settings=QUICK,
        )

    def seat(self, call_id: str) -> Seat:
        return Seat(MERCHANT, self.case.id, call_id, Party.CUSTOMER)

    async def recording(self) -> str:
        case = await self.house.stored(self.case)
        assert case.recording is not None
        return case.recording.reference


@pytest.fixture
async def shop(tmp_path: Path) -> Shop:
    house = House()
    case = await house.decided()
    return Shop(house, case, Spool(tmp_path / "spool", Vault([bytes(32)])), tmp_path)


async def test_a_decided_call_becomes_a_film_in_the_storage_and_its_spool_goes(shop: Shop, tmp_path: Path) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 6)
    assert await shop.composer.run_once()
    assert shop.waiting.failures == []
    assert shop.waiting.progress == sorted(shop.waiting.progress)
    reference = await shop.recording()
    assert reference == f"{MERCHANT}/{shop.case.id}/{shop.call_id}.mp4"
    path = tmp_path / "film.mp4"
    path.write_bytes(b"".join([piece async for piece in shop.library.read(reference)]))
    film = watch(path)
    assert abs(film.seconds - 6) < 0.5
    assert len(film.flashes["customer"]) >= 5
    assert len(film.beeps) >= 10
    with pytest.raises(NotKept):
        shop.spool.size(shop.room)


async def test_what_fails_is_tried_again_later_and_later(shop: Shop) -> None:
    for expected in (10, 20, 40):
        assert await shop.composer.run_once()
        assert shop.waiting.due - shop.house.clock() == timedelta(seconds=expected)
        assert not await shop.composer.run_once()
        shop.house.clock.advance(timedelta(seconds=expected))
    assert shop.waiting.failures == ["NotKept: nothing was recorded of this call"] * 3
    assert await shop.recording() == ""
    write_call(shop.spool, shop.seat(shop.call_id), 2)
    await shop.composer.run_once()
    assert await shop.recording()


async def test_a_room_that_is_still_open_is_waited_for(shop: Shop) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 2)
    (shop.spool.folder / shop.room / "closed").unlink()
    await shop.composer.run_once()
    assert shop.waiting.failures == ["the call's room is still open"]
    shop.spool.close(shop.room)
    shop.house.clock.advance(timedelta(seconds=10))
    await shop.composer.run_once()
    assert await shop.recording()


async def test_a_room_whose_process_died_is_not_waited_for_for_ever(shop: Shop) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 2)
    (shop.spool.folder / shop.room / "closed").unlink()
    for path in (shop.spool.folder / shop.room).glob("*.seg"):
        os.utime(path, (1, 1))
    await shop.composer.run_once()
    assert await shop.recording()


async def test_a_process_that_a_codec_kills_costs_one_try(shop: Shop) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 20)
    making = asyncio.create_task(shop.composer.run_once())
    await shop.waiting.told.wait()
    [child] = running("dastak.video.compose")
    os.kill(child, signal.SIGSEGV)
    assert await making
    assert shop.waiting.failures == ["FilmFailed: the process that makes films ended with -11"]
    assert shop.spool.size(shop.room) > 0


async def test_stopping_breaks_off_and_the_next_begins_anew(shop: Shop) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 20)
    composing = asyncio.create_task(shop.composer.run())
    await shop.waiting.told.wait()
    await shop.composer.stop()
    await asyncio.wait_for(composing, 5)
    assert running("dastak.video.compose") == []
    assert shop.waiting.failures == ["the server was stopped"]
    assert await shop.recording() == ""
    assert shop.spool.size(shop.room) > 0


async def test_a_store_that_cannot_be_reached_is_asked_again(shop: Shop) -> None:
    write_call(shop.spool, shop.seat(shop.call_id), 2)
    shop.waiting.unreachable = 2
    composing = asyncio.create_task(shop.composer.run())
    await asyncio.wait_for(shop.waiting.nothing_left.wait(), 30)
    assert await shop.recording()
    await shop.composer.stop()
    await asyncio.wait_for(composing, 5)


async def test_spools_that_nobody_needs_are_removed_and_no_others(shop: Shop) -> None:
    broom = Broom(shop.spool, shop.house.cases.case_by_id)
    for call_id in (shop.call_id, "call_that_was_dropped"):
        write_call(shop.spool, shop.seat(call_id), 1)
    assert await broom.sweep() == 0, "the film is not made, and the case is not over"
    await shop.composer.run_once()
    assert await broom.sweep() == 0
    await shop.house.auditors.approve(MERCHANT, "opr_auditor", shop.case.id, None)
    assert await broom.sweep() == 1
    assert shop.spool.closed() == []
