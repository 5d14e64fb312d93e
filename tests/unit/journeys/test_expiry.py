"""Links end with their last day: when a customer comes, and when nobody does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.journeys.kyc_link.errors import LinkClosed
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.moving import Mover
from dastak.journeys.kyc_link.sweeper import LONGEST_PAUSE, ExpirySweeper
from dastak.store.sqlite.links import SqliteLinks
from dastak_sdk import CheckStatus, FormStatus
from unit.journeys.stage import AADHAAR_OTP, BAD_PAN, GOOD_BANK, GOOD_PAN, GOOD_UPI, Stage

LATE = timedelta(days=40)


async def test_a_link_opened_after_its_last_day_comes_back_expired_and_the_merchant_is_told_once(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.desk.submit_bank(code, *GOOD_BANK)
    await stage.desk.submit_pan(code, BAD_PAN)
    stage.clock.advance(LATE)
    for _ in range(2):
        assert (await stage.desk.link(code)).form_status is FormStatus.EXPIRED
    assert await stage.types() == ["ACTION_PERFORMED", "ACTION_PERFORMED", "EXPIRED"]
    statuses = [status for status, _ in (await stage.heard())[-1][2]]
    assert statuses == ["EXPIRED", "FAILED", "SUCCESS", "EXPIRED"]


@pytest.mark.parametrize(
    "submit",
    [
        lambda stage, code: stage.desk.submit_pan(code, GOOD_PAN),
        lambda stage, code: stage.desk.submit_upi(code, GOOD_UPI),
        lambda stage, code: stage.start_aadhaar(code),
        lambda stage, code: stage.desk.finish_aadhaar(code, AADHAAR_OTP),
        lambda stage, code: stage.desk.cancel_aadhaar(code),
        lambda stage, code: stage.desk.send_otp(code),
        lambda stage, code: stage.desk.confirm_otp(code, "443322"),
    ],
    ids=["pan", "upi", "start", "finish", "cancel", "send otp", "confirm otp"],
)
async def test_whatever_a_customer_was_typing_when_the_day_ended_the_link_just_expires(
    stage: Stage, submit: Callable[[Stage, str], Awaitable[object]]
) -> None:
    code = (await stage.new_link()).code
    await stage.start_aadhaar(code)
    stage.clock.advance(LATE)
    with pytest.raises(LinkClosed):
        await submit(stage, code)
    assert await stage.types() == ["EXPIRED"]


async def test_a_link_works_until_the_last_instant_of_its_day(stage: Stage) -> None:
    link = await stage.new_link()
    stage.clock.now = link.expires_at - timedelta(microseconds=1)
    await stage.desk.submit_pan(link.code, GOOD_PAN)
    stage.clock.now = link.expires_at
    with pytest.raises(LinkClosed):
        await stage.desk.submit_upi(link.code, GOOD_UPI)


async def test_the_sweeper_expires_what_is_over_and_nothing_else_and_twice_changes_nothing(stage: Stage) -> None:
    over = await stage.new_link("over")
    done = await stage.new_link("done", "Upi_verification")
    await stage.desk.submit_upi(done.code, GOOD_UPI)
    stage.clock.advance(LATE)
    young = await stage.new_link("young")
    assert await stage.sweeper.sweep() == 1
    assert await stage.sweeper.sweep() == 0
    states = [(await stage.desk.link(link.code)).form_status.value for link in (over, done, young)]
    assert states == ["EXPIRED", "SUCCESS", "RECEIVED"]
    assert (await stage.types()).count("EXPIRED") == 1


async def test_the_sweeper_gets_through_more_links_than_one_batch(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dastak.journeys.kyc_link.sweeper.BATCH", 3)
    await asyncio.gather(*(stage.new_link(f"v-{n}") for n in range(10)))
    stage.clock.advance(LATE)
    assert await stage.sweeper.sweep() == 10


async def test_sweepers_and_customers_at_the_same_moment_expire_each_link_once(stage: Stage) -> None:
    codes = [(await stage.new_link(f"v-{n}")).code for n in range(5)]
    stage.clock.advance(LATE)
    swept = [stage.sweeper.sweep() for _ in range(3)]
    await asyncio.gather(*swept, *(stage.desk.link(code) for code in codes))
    assert await stage.types() == ["EXPIRED"] * 5


async def test_an_expired_check_event_names_each_check_s_end(stage: Stage) -> None:
    link = await stage.new_link()
    stage.clock.advance(LATE)
    await stage.sweeper.sweep()
    expired = await stage.desk.link(link.code)
    assert {check.status for check in expired.checks} == {CheckStatus.EXPIRED}
    assert {check.reference_id for check in expired.checks} == {0}


class SleepLog:
    """A `sleep` that reports each span and returns only when told to."""

    def __init__(self) -> None:
        self.spans: asyncio.Queue[timedelta] = asyncio.Queue()
        self._go_on: asyncio.Queue[None] = asyncio.Queue()

    async def __call__(self, span: timedelta) -> None:
        self.spans.put_nowait(span)
        await self._go_on.get()

    def end(self) -> None:
        self._go_on.put_nowait(None)


class MoodyLinks:
    """A link store that fails as often as it is told to."""

    def __init__(self, links: SqliteLinks) -> None:
        self._links = links
        self.failures = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._links, name)

    async def links_to_expire(self, now: datetime, limit: int) -> Sequence[KycLink]:
        if self.failures:
            self.failures -= 1
            raise OSError("disk I/O error")
        return await self._links.links_to_expire(now, limit)


async def test_the_sweeper_sleeps_until_the_next_link_ends_but_never_long(stage: Stage) -> None:
    sleep = SleepLog()
    mover = Mover(stage.ports.links, stage.accounts, stage.here)
    running = asyncio.ensure_future(ExpirySweeper(stage.ports.links, mover, stage.here, sleep=sleep).run())
    assert await sleep.spans.get() == LONGEST_PAUSE, "nothing to expire"
    link = await stage.new_link()
    stage.clock.now = link.expires_at - timedelta(seconds=4)
    sleep.end()
    assert await sleep.spans.get() == timedelta(seconds=4)
    stage.clock.now = link.expires_at
    sleep.end()
    await sleep.spans.get()
    assert await stage.types() == ["EXPIRED"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_store_that_fails_does_not_end_the_sweeper(stage: Stage) -> None:
    links = MoodyLinks(stage.house.store.links)
    sleep = SleepLog()
    mover = Mover(stage.ports.links, stage.accounts, stage.here)
    sweeper = ExpirySweeper(links, mover, stage.here, sleep=sleep)  # type: ignore[arg-type]
    await stage.new_link()
    stage.clock.advance(LATE)
    links.failures = 2
    running = asyncio.ensure_future(sweeper.run())
    for _ in range(2):
        assert await sleep.spans.get() == LONGEST_PAUSE
        assert await stage.types() == []
        sleep.end()
    await sleep.spans.get()
    assert await stage.types() == ["EXPIRED"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_event_of_an_expiry_is_dated_when_it_was_noticed(stage: Stage) -> None:
    link = await stage.new_link()
    stage.clock.now = link.expires_at + timedelta(hours=3)
    await stage.sweeper.sweep()
    event, data = (await stage.events())[0]
    assert event.time == stage.clock.now.replace(microsecond=0)
    assert data.link_expiry == link.link_expiry.isoformat()
    assert await stage.desk.link(link.code) == replace(
        link,
        checks=tuple(replace(check, status=CheckStatus.EXPIRED) for check in link.checks),
        form_status=FormStatus.EXPIRED,
        sequence=1,
        version=1,
    )
