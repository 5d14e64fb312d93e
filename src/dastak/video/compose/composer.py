"""Makes films of decided calls, one after the other, until it is told to stop.

In: compositions that wait in the store. Out: each case knows where its film is; the spool it was made of is gone. A
process that dies half-way leaves a lease that ends; whoever comes next begins anew.
"""

import asyncio
import base64
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.rooms import Composition, Compositions, Library, Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.video.compose.captions import captions_of
from dastak.video.compose.job import Job
from dastak.video.compose.workshop import FilmFailed, made
from dastak.video.spool.spool import Spool

log = structlog.get_logger("dastak.composer")

FindCase = Callable[[str, str], Awaitable[VideoKyc | None]]
"""merchant id, case id → the case; `VideoKycStore.case_by_id`."""


@dataclass(frozen=True, slots=True)
class ComposerSettings:
    """When it looks, and how long it is patient."""

    look_again: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta(seconds=90)
    tell_every: timedelta = timedelta(seconds=2)
    """How often the progress is written down."""
    first_pause: timedelta = timedelta(seconds=10)
    """Before a failed one is tried again; doubled each time."""
    longest_pause: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(seconds=15)
    """How long it waits for a room to be closed, before it says so and comes back."""
    idle: timedelta = timedelta(minutes=2)
    """A spool that nobody wrote for so long is taken as closed: its process has died."""
    only_here: bool = False
    """Leave calls that were recorded on other machines to those. A call that nobody recorded is then never tried."""


class Composer:
    """A loop; as many processes may run it as have the spools' folder."""

    def __init__(
        self,
        compositions: Compositions,
        find_case: FindCase,
        evidence: Evidence,
        library: Library,
        spool: Spool,
        *,
        clock: Callable[[], datetime],
        settings: ComposerSettings | None = None,
    ) -> None:
        self._compositions = compositions
        self._find_case = find_case
        self._evidence = evidence
        self._library = library
        self._spool = spool
        self._clock = clock
        self._settings = settings or ComposerSettings()
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._doing: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Until `stop`."""
        while not self._is_stopping:
            self._woken.clear()
            try:
                found = await self.run_once()
            except ConnectionError as error:
                log.warning("composer_cannot_reach", error=str(error))
                found = False
            if not found and not self._is_stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._settings.look_again.total_seconds())

    async def run_once(self) -> bool:
        """Try one composition; False when none was waiting. Raises `ConnectionError`."""
        now = self._clock()
        rooms = await asyncio.to_thread(self._spool.rooms) if self._settings.only_here else None
        composition = await self._compositions.claim_composition(now, now + self._settings.lease, rooms)
        if composition is None:
            return False
        self._doing = asyncio.create_task(self._try(composition))
        try:
            await self._doing
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
            await self._compositions.composition_failed(composition, "the server was stopped", self._clock())
        finally:
            self._doing = None
        return True

    async def stop(self) -> None:
        """Break off what is being made; it begins anew elsewhere, or here at the next start."""
        self._is_stopping = True
        self._woken.set()
        if self._doing is not None:
            self._doing.cancel()

    async def _try(self, composition: Composition) -> None:
        failure, again_in = "", self._pause(composition.attempts)
        try:
            if await self._is_settled(composition):
                await self._make(composition)
                log.info("film_made", call_id=composition.call_id, attempts=composition.attempts)
                return
            failure, again_in = "the call's room is still open", self._settings.first_pause
        except (FilmFailed, JourneyError, ConnectionError, OSError) as error:
            failure = f"{type(error).__name__}: {error}"
        except Exception as error:
            log.exception("film_failed_unexpectedly", call_id=composition.call_id)
            failure = type(error).__name__
        log.warning("film_failed", call_id=composition.call_id, attempts=composition.attempts, failure=failure)
        await self._compositions.composition_failed(composition, failure, self._clock() + again_in)

    async def _make(self, composition: Composition) -> None:
        case = await self._find_case(composition.merchant_id, composition.case_id)
        room = _room(composition)
        keys = await asyncio.to_thread(self._spool.keys, room)
        job = Job(
            folder=str(self._spool.folder.resolve()),
            room=room,
            keys={name: base64.b64encode(key).decode() for name, key in keys.items()},
            captions=captions_of(case, composition.call_id),
            descriptor=-1,
        )
        reference = f"{composition.merchant_id}/{composition.case_id}/{composition.call_id}.mp4"
        async with made(job, self._progress(composition)) as film:
            kept = await self._library.keep(reference, film.pieces())
        await self._evidence.composed(composition.merchant_id, composition.case_id, reference, kept.sha256)
        await asyncio.to_thread(self._spool.forget, room)

    def _progress(self, composition: Composition) -> Callable[[float], Awaitable[None]]:
        told = float("-inf")

        async def tell(done: float) -> None:
            nonlocal told
            if time.monotonic() - told < self._settings.tell_every.total_seconds():
                return
            told = time.monotonic()
            lease_until = self._clock() + self._settings.lease
            with contextlib.suppress(ConnectionError):  # the lease has time for some more tries
                await self._compositions.composition_progress(composition, done, lease_until)

        return tell

    async def _is_settled(self, composition: Composition) -> bool:
        """Whether nothing more will be written of this call. Raises `NotKept`."""
        room = _room(composition)
        until = time.monotonic() + self._settings.settle.total_seconds()
        while not await asyncio.to_thread(self._spool.is_closed, room):
            idle = await asyncio.to_thread(self._spool.idle_seconds, room, time.time())
            if idle > self._settings.idle.total_seconds():
                return True
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.2)
        return True

    def _pause(self, attempts: int) -> timedelta:
        doubled = self._settings.first_pause * (1 << min(attempts - 1, 20))
        return min(doubled, self._settings.longest_pause)


def _room(composition: Composition) -> str:
    return Seat(composition.merchant_id, composition.case_id, composition.call_id, Party.CUSTOMER).room
