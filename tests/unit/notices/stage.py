"""Props for notifier tests: a clock that only the test moves, gateways and a queue that do as they are told."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from dastak.notices.memory import MemoryNoticeQueue
from dastak.notices.notice import Channel, ClaimedNotice, Notice, NoticeOutcome, Purpose

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
RECIPIENT = "9876543210"
TEXT = "Your OTP is 443322"


def a_notice(number: int = 1, channel: Channel = Channel.SMS, life: timedelta = timedelta(days=1)) -> Notice:
    return Notice(
        id=f"ntc_{number}",
        merchant_id="mer_1",
        journey_id="jrn_1",
        channel=channel,
        purpose=Purpose.OTP,
        recipient=RECIPIENT,
        subject="Your OTP",
        text=TEXT,
        created_at=NOON,
        expires_at=NOON + life,
    )


class FakeTime:
    """Stands still until `advance`; tells how long it was asked to wait."""

    def __init__(self) -> None:
        self.now = NOON
        self.waits: asyncio.Queue[timedelta] = asyncio.Queue()
        self._alarms: list[tuple[datetime, asyncio.Event]] = []

    def clock(self) -> datetime:
        return self.now

    async def pause(self, event: asyncio.Event, at_most: timedelta) -> None:
        alarm = asyncio.Event()
        self._alarms.append((self.now + at_most, alarm))
        self.waits.put_nowait(at_most)
        waiters = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(alarm.wait())}
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
            await asyncio.gather(*waiters, return_exceptions=True)

    def advance(self, span: timedelta) -> None:
        self.now += span
        for at, alarm in self._alarms:
            if at <= self.now:
                alarm.set()

    async def asked_to_wait(self, span: timedelta) -> None:
        """Return when somebody has asked for exactly that wait."""
        while await self.waits.get() != span:
            pass


class ScriptedGateway:
    """Raises what it was given, one item per send, then accepts; None in the script accepts too."""

    def __init__(self, *script: Exception | None) -> None:
        self._script = list(script)
        self.sent: list[str] = []

    async def send(self, notice: Notice) -> None:
        error = self._script.pop(0) if self._script else None
        if error is not None:
            raise error
        self.sent.append(notice.id)


class BlockingGateway:
    """Accepts each notice only when the test opens its gate."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.accepted: asyncio.Queue[str] = asyncio.Queue()
        self.sent: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}

    def open(self, notice_id: str) -> None:
        self._gates.setdefault(notice_id, asyncio.Event()).set()

    async def send(self, notice: Notice) -> None:
        self.begun.put_nowait(notice.id)
        await self._gates.setdefault(notice.id, asyncio.Event()).wait()
        self.sent.append(notice.id)
        self.accepted.put_nowait(notice.id)


class WatchedQueue(MemoryNoticeQueue):
    """The memory queue, with a signal per settlement and failures on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: asyncio.Queue[NoticeOutcome] = asyncio.Queue()
        self.batches: list[int] = []
        self.claim_errors: list[Exception] = []
        self.settle_errors: list[Exception] = []
        self.before_settle: Callable[[], asyncio.Future[None] | None] = lambda: None

    async def claim_notices(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[ClaimedNotice]:
        if self.claim_errors:
            raise self.claim_errors.pop(0)
        return await super().claim_notices(now, lease_until, limit)

    async def settle_notices(self, outcomes: Sequence[NoticeOutcome], now: datetime) -> None:
        if (gate := self.before_settle()) is not None:
            await gate
        if self.settle_errors:
            raise self.settle_errors.pop(0)
        await super().settle_notices(outcomes, now)
        self.batches.append(len(outcomes))
        for outcome in outcomes:
            self.settled.put_nowait(outcome)
