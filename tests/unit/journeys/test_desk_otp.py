"""The phone OTP, from the queue of messages to the refusal."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.journeys.errors import OtpRefused, TooSoon
from dastak.journeys.phone_otp import LIFE, RESEND_AFTER, WRONG_GUESSES
from dastak.notices.notice import Notice
from unit.journeys.stage import PHONE_OTP, Stage, make_stage


@pytest.fixture
async def code(stage: Stage) -> str:
    return (await stage.new_link()).code


async def queued(stage: Stage) -> list[Notice]:
    now = stage.clock()
    return [one.notice for one in await stage.ports.notices.claim_notices(now, now + timedelta(hours=1), 99)]


async def refusal(stage: Stage, code: str, otp: str) -> tuple[str, int]:
    with pytest.raises(OtpRefused) as caught:
        await stage.desk.confirm_otp(code, otp)
    return caught.value.reason, caught.value.tries_left


async def test_a_code_is_queued_for_the_customer_s_phone_and_shown_to_nobody(stage: Stage, code: str) -> None:
    sent = await stage.desk.send_otp(code)
    assert (sent.masked_phone, sent.resend_after, sent.sandbox_otp) == ("•••••••210", RESEND_AFTER, None)
    (notice,) = await queued(stage)
    assert (notice.recipient, notice.channel, notice.purpose) == ("9876543210", "sms", "otp")
    assert PHONE_OTP in notice.text
    assert notice.expires_at == stage.clock() + LIFE


async def test_the_code_is_right_once(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    await stage.desk.confirm_otp(code, PHONE_OTP)
    assert await refusal(stage, code, PHONE_OTP) == ("none", 0)


async def test_a_code_for_one_link_opens_no_other(stage: Stage, code: str) -> None:
    other = (await stage.new_link("v-2")).code
    await stage.desk.send_otp(code)
    assert await refusal(stage, other, PHONE_OTP) == ("none", 0)


async def test_wrong_guesses_are_counted_and_lock(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    told = [await refusal(stage, code, "000000") for _ in range(WRONG_GUESSES + 1)]
    assert told == [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("locked", 0), ("locked", 0)]
    assert await refusal(stage, code, PHONE_OTP) == ("locked", 0)


async def test_guesses_made_at_the_same_moment_are_counted_one_by_one(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    guesses = (stage.desk.confirm_otp(code, "000000") for _ in range(4))
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sorted(a.tries_left for a in answers if isinstance(a, OtpRefused)) == [1, 2, 3, 4]


async def test_a_code_is_worth_nothing_after_ten_minutes(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    stage.clock.advance(LIFE)
    assert await refusal(stage, code, PHONE_OTP) == ("expired", 0)


async def test_asking_again_too_soon_queues_nothing(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    with pytest.raises(TooSoon) as caught:
        await stage.desk.send_otp(code)
    assert caught.value.retry_after == RESEND_AFTER
    assert len(await queued(stage)) == 1


async def test_impatient_clicks_send_one_message(stage: Stage, code: str) -> None:
    answers = await asyncio.gather(*(stage.desk.send_otp(code) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(answer, TooSoon) for answer in answers) == 4
    assert len(await queued(stage)) == 1


async def test_an_otp_is_no_event(stage: Stage, code: str) -> None:
    await stage.desk.send_otp(code)
    await stage.desk.confirm_otp(code, PHONE_OTP)
    assert await stage.types() == []


async def test_the_sandbox_shows_its_fixed_code(tmp_path: Path) -> None:
    stage = await make_stage(tmp_path, shown_otp="111000")
    try:
        code = (await stage.new_link()).code
        assert (await stage.desk.send_otp(code)).sandbox_otp == "111000"
        assert await refusal(stage, code, PHONE_OTP) == ("wrong", 4)
        await stage.desk.confirm_otp(code, "111000")
    finally:
        await stage.house.close()
