"""What never gets into a log line, whoever logs it and in whichever form."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from dastak.app.logs import HIDDEN, attempt_line, attempt_log, configure_logs
from dastak.webhooks.attempt_log import attempt_fields, log_attempts
from dastak.webhooks.delivery import Settled
from dastak.webhooks.verdict import Outcome, judge
from unit.webhooks.props import NOW, a_claim, an_answer


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Logging is one per process: put back what other tests rely on."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("key", sorted(HIDDEN))
def test_values_of_hidden_keys_are_never_written(log_format: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", log_format)
    structlog.get_logger("test").info("something", **{key: "9876543210", "shown": "yes"})
    written = capsys.readouterr().err
    assert "9876543210" not in written
    assert "[hidden]" in written
    assert "yes" in written


def test_the_keys_that_are_hidden_are_these() -> None:
    assert {"aadhaar_number", "authorization", "client_secret", "email", "name", "otp", "pan", "phone"} <= HIDDEN


def test_a_json_line_is_one_object_with_time_level_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    structlog.get_logger("test").warning("attempt", delivery_id="dlv_1", phone="9876543210")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["delivery_id"]) == ("attempt", "warning", "dlv_1")
    assert line["timestamp"].endswith("Z")
    assert line["phone"] == "[hidden]"


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_never_shows_local_variables(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", log_format)

    def fail(phone: str) -> None:
        raise ValueError(f"cannot use {len(phone)} digits")

    try:
        fail("98765" + "43210")
    except ValueError as error:
        structlog.get_logger("test").error("failed", exc_info=error)
    written = capsys.readouterr().err
    assert "cannot use 10 digits" in written
    assert "9876543210" not in written


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_lines_of_libraries_look_alike_and_their_noise_is_left_out(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("debug", log_format)
    logging.getLogger("a_library").info("from a library")
    logging.getLogger("uvicorn.access").info("GET /verification/secret-code")
    written = capsys.readouterr().err
    assert "from a library" in written
    assert "secret-code" not in written


def test_a_request_that_is_cut_off_at_the_end_has_no_traceback_and_a_defect_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "console")
    logging.getLogger("uvicorn.error").error("Exception in it", exc_info=asyncio.CancelledError("stopping"))
    assert capsys.readouterr().err == ""
    logging.getLogger("uvicorn.error").error("Exception in it", exc_info=ValueError("a defect"))
    assert "a defect" in capsys.readouterr().err


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "console")
    structlog.get_logger("test").info("quiet")
    logging.getLogger("library").info("quiet too")
    structlog.get_logger("test").warning("loud")
    written = capsys.readouterr().err
    assert "quiet" not in written
    assert "loud" in written


def an_attempt() -> Settled:
    claimed = replace(a_claim(), body=b'{"phone":"9876543210"}')
    answer = an_answer("dlv_1", 500)
    return Settled(claimed, (), answer, judge(answer, claimed.endpoint.retry, 1, NOW, 0.5), NOW, NOW)


def test_attempts_written_together_look_like_those_written_alone(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    log_attempts([an_attempt()])
    alone = json.loads(capsys.readouterr().err)
    attempt_log("info", "json")([an_attempt(), an_attempt()])
    written = capsys.readouterr().err
    assert "9876543210" not in written
    for line in map(json.loads, written.splitlines()):
        assert list(line) == list(alone)
        assert line | {"timestamp": ""} == alone | {"timestamp": ""}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    assert len(written.splitlines()) == 2
    assert not HIDDEN & set(alone)


@given(
    reason=st.text(max_size=40),
    status=st.none() | st.integers(100, 599),
    total_us=st.integers(0, 10**8),
    outcome=st.sampled_from(Outcome),
    retry=st.booleans(),
    traced=st.booleans(),
)
def test_a_line_is_the_json_of_its_fields(
    reason: str, status: int | None, total_us: int, outcome: Outcome, retry: bool, traced: bool
) -> None:
    one = an_attempt()
    claimed = replace(one.claimed, trace=f"00-{'a' * 32}-{'b' * 16}-01" if traced else "")
    answer = replace(one.answer, status=status, timings=replace(one.answer.timings, total_us=total_us))
    verdict = replace(one.verdict, outcome=outcome, reason=reason, retry_at=NOW if retry else None)
    one = replace(one, claimed=claimed, answer=answer, verdict=verdict)
    assert json.loads(attempt_line(one) + "}") == attempt_fields(one)
    assert list(json.loads(attempt_line(one) + "}")) == list(attempt_fields(one))


def test_on_a_console_attempts_are_written_as_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "console")
    attempt_log("info", "console")([an_attempt()])
    assert "delivery_id" in capsys.readouterr().err


def test_attempts_are_not_written_below_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")
    attempt_log("warning", "json")([an_attempt()])
    assert not capsys.readouterr().err
