"""The Aadhaar sandbox, scenario by scenario."""

from datetime import UTC, datetime, timedelta

import pytest

from dastak.journeys.facts import AadhaarOtpSent, AadhaarSource, Fact, SourceUnavailable, SyntaxRefused
from dastak.verification.aadhaar.otp_session import OtpSession, seal, unseal
from dastak.verification.aadhaar.sandbox import SandboxAadhaar, known_values

KEY = b"0123456789abcdef"
CONFIRMED, NOT_FOUND, NO_PHONE = "655675523712", "200000000107", "200000000202"
DOWN_AT_SEND, DOWN_AT_VERIFY, EXPIRED = "200000000304", "200000000406", "200000000508"
MISMATCH, PAUSED, UNKNOWN = "200000000605", "200000000701", "999941057058"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> AadhaarSource:
    return SandboxAadhaar(key=KEY, clock=clock)


async def open_session(source: AadhaarSource, number: str) -> AadhaarOtpSent:
    sent = await source.send_otp(number)
    assert isinstance(sent, AadhaarOtpSent)
    return sent


async def test_the_public_number_and_the_fixed_otp_confirm(source: AadhaarSource) -> None:
    sent = await open_session(source, "6556 7552 3712")
    assert sent.last4 == "3712"
    fact = await source.verify_otp(sent.source_ref, "111000")
    assert fact == Fact(confirmed=True, kept={"aadhaar_number": "XXXX XXXX 3712", "name": "JOHN DOE"})


@pytest.mark.parametrize("number", [CONFIRMED, DOWN_AT_VERIFY, EXPIRED, MISMATCH, PAUSED])
async def test_a_session_reference_never_holds_the_number(source: AadhaarSource, number: str) -> None:
    sent = await open_session(source, number)
    assert number not in sent.source_ref
    assert number[:8] not in sent.source_ref


async def test_a_session_survives_a_restart(source: AadhaarSource, clock: Clock) -> None:
    sent = await open_session(source, CONFIRMED)
    after_restart = SandboxAadhaar(key=KEY, clock=clock)
    assert (await after_restart.verify_otp(sent.source_ref, "111000")).confirmed


@pytest.mark.parametrize("number", [NOT_FOUND, NO_PHONE, UNKNOWN])
async def test_a_number_outside_the_table_fails_at_once(source: AadhaarSource, number: str) -> None:
    fact = await source.send_otp(number)
    assert isinstance(fact, Fact)
    assert not fact.confirmed
    assert fact.reason
    assert not fact.kept


async def test_the_source_can_be_down_when_the_otp_is_asked_for(source: AadhaarSource) -> None:
    with pytest.raises(SourceUnavailable):
        await source.send_otp(DOWN_AT_SEND)


async def test_the_source_can_be_down_when_the_otp_is_verified(source: AadhaarSource) -> None:
    sent = await open_session(source, DOWN_AT_VERIFY)
    with pytest.raises(SourceUnavailable):
        await source.verify_otp(sent.source_ref, "111000")


async def test_a_wrong_otp_fails_and_the_right_one_still_confirms(source: AadhaarSource) -> None:
    sent = await open_session(source, CONFIRMED)
    wrong = await source.verify_otp(sent.source_ref, "111001")
    assert not wrong.confirmed
    assert "not right" in wrong.reason
    assert (await source.verify_otp(sent.source_ref, "111000")).confirmed


async def test_a_session_ends_after_ten_minutes(source: AadhaarSource, clock: Clock) -> None:
    sent = await open_session(source, CONFIRMED)
    clock.now += timedelta(minutes=10) - timedelta(microseconds=1)
    assert (await source.verify_otp(sent.source_ref, "111000")).confirmed
    clock.now += timedelta(microseconds=1)
    late = await source.verify_otp(sent.source_ref, "111000")
    assert not late.confirmed
    assert "expired" in late.reason


async def test_a_session_can_be_born_expired(source: AadhaarSource) -> None:
    sent = await open_session(source, EXPIRED)
    assert "expired" in (await source.verify_otp(sent.source_ref, "111000")).reason


async def test_the_right_otp_can_still_not_confirm(source: AadhaarSource) -> None:
    sent = await open_session(source, MISMATCH)
    assert "could not be confirmed" in (await source.verify_otp(sent.source_ref, "111000")).reason


async def test_the_pausing_number_gets_its_next_otp_after_thirty_seconds(source: AadhaarSource, clock: Clock) -> None:
    await open_session(source, PAUSED)
    clock.now += timedelta(seconds=30) - timedelta(microseconds=1)
    with pytest.raises(SourceUnavailable, match="just now"):
        await source.send_otp(PAUSED)
    await open_session(source, CONFIRMED)
    clock.now += timedelta(microseconds=1)
    await open_session(source, PAUSED)


async def test_the_pause_can_be_asked_of_every_number(clock: Clock) -> None:
    strict = SandboxAadhaar(key=KEY, clock=clock, resend_pause=timedelta(seconds=30))
    await open_session(strict, CONFIRMED)
    with pytest.raises(SourceUnavailable):
        await strict.send_otp(CONFIRMED)


@pytest.mark.parametrize(
    "reference",
    ["", "x", "sandbox1.confirmed.3712.1", "sandbox1.confirmed.3712.1.AAAA", "\u00e9.\u00e9", "\ud800.\ud800"],
)
async def test_a_reference_we_did_not_make_is_not_known(source: AadhaarSource, reference: str) -> None:
    fact = await source.verify_otp(reference, "111000")
    assert not fact.confirmed
    assert "not known" in fact.reason


async def test_a_reference_sealed_with_another_key_is_not_known(source: AadhaarSource, clock: Clock) -> None:
    foreign = await open_session(SandboxAadhaar(key=b"another key, 16+", clock=clock), CONFIRMED)
    assert "not known" in (await source.verify_otp(foreign.source_ref, "111000")).reason


async def test_an_otp_that_is_not_six_digits_is_refused_before_the_session_is_read(source: AadhaarSource) -> None:
    with pytest.raises(SyntaxRefused):
        await source.verify_otp("whatever", "11100")


def test_a_sealed_session_reads_back_whole(clock: Clock) -> None:
    session = OtpSession("confirmed", "3712", clock.now)
    assert unseal(seal(session, KEY), KEY) == session


def test_a_short_key_is_refused(clock: Clock) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        SandboxAadhaar(key=b"short", clock=clock)


def test_every_scenario_is_documented() -> None:
    assert {v.typed for v in known_values()} >= {
        CONFIRMED, NOT_FOUND, NO_PHONE, DOWN_AT_SEND, DOWN_AT_VERIFY, EXPIRED, MISMATCH, PAUSED,
    }  # fmt: skip
