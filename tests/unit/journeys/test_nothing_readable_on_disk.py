"""After a whole journey the disk holds nothing that a thief of the file could read."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.values import Space, an_endpoint, settle_all
from dastak.webhooks.verdict import Outcome
from unit.journeys.stage import (
    AADHAAR_OTP,
    BAD_PAN,
    CLIENT_SECRET,
    GOOD_AADHAAR,
    GOOD_BANK,
    GOOD_PAN,
    GOOD_UPI,
    PHONE_OTP,
    Stage,
    make_stage,
)

SECRETS = {
    "Aadhaar number": GOOD_AADHAAR,
    "Aadhaar number with spaces": "6556 7552 3712",
    "last four digits of the Aadhaar": "XXXX XXXX 3712",
    "name": "Asha Gupta",
    "phone": "9876543210",
    "e-mail": "asha@example.com",
    "phone OTP": PHONE_OTP,
    "client secret": CLIENT_SECRET,
    "endpoint secret": "whsec_bmV3",
    "PAN": GOOD_PAN,
    "failed PAN": BAD_PAN,
    "masked PAN": "XXXXXX234D",
    "registered name": "JOHN DOE",
    "bank account": GOOD_BANK[0],
    "UPI ID": GOOD_UPI,
    "address of the customer": "203.0.113.9",
    "webhook URL": "merchant.example.com",
}


async def whole_journey(stage: Stage) -> None:
    """Every kind of thing that the store keeps, deliveries and messages included."""
    await stage.ports.endpoints.add_endpoint(an_endpoint(merchant_id=stage.merchant.id))
    code = (await stage.new_link("v-1", "Full_kyc", "sms", "email")).code
    await stage.desk.send_otp(code)
    await stage.desk.confirm_otp(code, PHONE_OTP)
    await stage.start_aadhaar(code)
    await stage.desk.finish_aadhaar(code, AADHAAR_OTP)
    await stage.desk.submit_pan(code, BAD_PAN)
    await stage.desk.submit_pan(code, GOOD_PAN)
    await stage.desk.submit_bank(code, *GOOD_BANK)
    await stage.desk.submit_upi(code, GOOD_UPI)
    static = await stage.issuer.open_static_link(stage.merchant.id, "Full_kyc")
    await stage.desk.start_from_static(static.code, "9876543210", "Asha Gupta", "asha@example.com")
    now = stage.clock()
    for outcome in (Outcome.RETRY, Outcome.DELIVERED, Outcome.GONE):
        claimed = list(await stage.ports.deliveries.claim(now, now + timedelta(minutes=1), Space()))
        await settle_all(stage.ports, claimed, outcome, now)


async def what_is_left(folder: Path) -> bytes:
    stage = await make_stage(folder)
    try:
        await whole_journey(stage)
        while_open = await stage.house.on_disk()
    finally:
        await stage.house.close()
    return while_open + await stage.house.on_disk()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Database and log, as they were while the store was open and after it was closed."""
    return asyncio.run(what_is_left(tmp_path_factory.mktemp("disk")))


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_the_file_and_its_log_do_not_hold(disk: bytes, secret: str) -> None:
    value = SECRETS[secret]
    assert value.encode() not in disk
    assert value.encode("utf-16-le") not in disk


def test_the_file_does_hold_what_is_kept_in_the_open(disk: bytes) -> None:
    """Or the test above looks in the wrong place."""
    assert b"KYC_LINK_SUCCESS" in disk
    assert b"v-1" in disk


def test_a_link_s_code_cannot_be_read_from_the_disk(disk: bytes) -> None:
    assert b"code_000001" not in disk
