"""What KYC Links tell whoever counts: once, after the commit, and without a name."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.journeys.errors import OtpRefused, TooSoon
from dastak.journeys.kyc_link.observing import OtpRefusal
from dastak_sdk import FormStatus
from unit.journeys.stage import GOOD_PAN, PHONE_OTP, Stage, make_stage

PAN_ONLY = "Pan_verification"


@dataclass
class Told:
    made: int = 0
    ended: list[FormStatus] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    refusals: list[OtpRefusal] = field(default_factory=list)
    sweeps: int = 0
    failed_sweeps: int = 0

    def link_made(self) -> None:
        self.made += 1

    def link_ended(self, status: FormStatus) -> None:
        self.ended.append(status)

    def event_committed(self, event_type: str) -> None:
        self.events.append(event_type)

    def otp_refused(self, reason: OtpRefusal) -> None:
        self.refusals.append(reason)

    def swept(self) -> None:
        self.sweeps += 1

    def sweep_failed(self) -> None:
        self.failed_sweeps += 1


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def watched(tmp_path: Path, told: Told) -> AsyncIterator[Stage]:
    stage = await make_stage(tmp_path, observer=told)
    yield stage
    await stage.house.close()


async def test_a_link_that_succeeds(watched: Stage, told: Told) -> None:
    link = await watched.new_link(template=PAN_ONLY)
    assert (told.made, told.ended, told.events) == (1, [], [])
    await watched.desk.submit_pan(link.code, GOOD_PAN)
    assert told.ended == [FormStatus.SUCCESS]
    assert told.events == ["KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS"]


async def test_links_that_expire(watched: Stage, told: Told) -> None:
    await watched.new_link("v-1")
    link = await watched.new_link("v-2")
    watched.clock.now = link.expires_at + timedelta(seconds=1)
    assert await watched.sweeper.sweep() == 2
    assert told.ended == [FormStatus.EXPIRED] * 2
    assert told.events == ["KYC_LINK_EXPIRED"] * 2
    assert told.sweeps == 2


async def test_codes_that_are_refused(watched: Stage, told: Told) -> None:
    code = (await watched.new_link()).code
    with pytest.raises(OtpRefused):
        await watched.desk.confirm_otp(code, PHONE_OTP)
    await watched.desk.send_otp(code)
    with pytest.raises(TooSoon):
        await watched.desk.send_otp(code)
    with pytest.raises(OtpRefused):
        await watched.desk.confirm_otp(code, "000000")
    await watched.desk.confirm_otp(code, PHONE_OTP)
    assert told.refusals == ["none", "too_soon", "wrong"]
