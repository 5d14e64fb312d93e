"""The fixtures for pytest against real applications: right ones pass, and those that are wrong in known ways are caught."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, Receiver, parse_event, verify_body_signature
from dastak_sdk.deliveries import Deliveries
from dastak_sdk.in_process import Send, opened
from dastak_sdk.recorded import FIRST_LINE, Recorded
from dastak_sdk.sample import sample_event
from integration.kit.merchant import MERCHANT, SECRET
from integration.kit.sites import HANDLERS, SITES

WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
TESTS = """
import pytest
from application import app

@pytest.fixture
def webhook_app():
    return app

def test_events_are_accepted(webhooks):
    for event_type in ("KYC_LINK_SUCCESS", "VKYC_USER_CALL_COMPLETED"):
        assert webhooks.deliver(event_type).status == 200

def test_forgeries_are_refused(webhooks):
    assert [name for name, answer in webhooks.forged("KYC_LINK_SUCCESS").items() if answer.is_accepted] == []
    assert webhooks.stale("KYC_LINK_SUCCESS").status == 401
    assert webhooks.future("KYC_LINK_SUCCESS").status == 401

def test_the_rest_is_acknowledged(webhooks):
    assert webhooks.unknown(anything=None).is_accepted
    assert webhooks.test().is_accepted
"""
RIGHT = """
import os
from {module} import webhook
from dastak_sdk import Receiver

@webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
def app(event):
    pass
"""
BELIEVES_ALL = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]
"""
SIGNS_WHAT_IT_PARSED = """
import json, os
from dastak_sdk import Receiver, WebhookError

receiver = Receiver(os.environ["WEBHOOK_SECRET"])

def app(environ, start_response):
    body = json.dumps(json.load(environ["wsgi.input"])).encode()
    headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    try:
        receiver.verify(headers, body)
        start_response("200 OK", [])
    except WebhookError as problem:
        start_response(f"{problem.status} no", [])
    return [b""]
"""


@pytest.fixture(params=[f"{site} {handler}" for site in SITES for handler in HANDLERS])
def deliveries(request: pytest.FixtureRequest) -> object:
    site, handler = request.param.split()
    MERCHANT.reset()
    with opened(SITES[site][0](HANDLERS[handler])) as send:
        path = f"/{handler}" if site.startswith("django") else "/webhooks"
        yield Deliveries(_as_own_host(send) if site.startswith("django") else send, path, SECRET)


def _as_own_host(send: Send) -> Send:
    """Django answers to the hosts of its settings only."""
    return lambda path, headers, body: send(path, {**headers, "host": "127.0.0.1"}, body)


def test_what_is_right_arrives_and_what_is_not_does_not(deliveries: Deliveries) -> None:
    assert deliveries.deliver("KYC_LINK_SUCCESS", verification_id="order-7").status == 200
    assert {answer.status for answer in deliveries.forged("KYC_LINK_SUCCESS").values()} == {400, 401}
    assert deliveries.stale("KYC_LINK_SUCCESS").text == "stale_timestamp"
    assert deliveries.future("KYC_LINK_SUCCESS").text == "future_timestamp"
    assert deliveries.test().is_accepted
    assert deliveries.unknown(new=True).is_accepted
    assert [event.data.verification_id for event in MERCHANT.events] == ["order-7"]  # type: ignore[union-attr]
    assert [event.data for event in MERCHANT.unknown] == [{"new": True}]


def test_duplicates_carry_the_same_bytes_and_count_their_attempts(deliveries: Deliveries) -> None:
    event = deliveries.event("VKYC_USER_CALL_STARTED")
    assert [answer.status for answer in deliveries.duplicate(event, 3)] == [200] * 3
    assert [answer.status for answer in deliveries.at_once(event, 3)] == [200] * 3
    assert {each.raw for each in MERCHANT.events} == {event}
    assert [each.attempt for each in MERCHANT.events[:3]] == [1, 2, 3]


def test_reordered_events_come_backwards_or_in_the_order_asked_for(deliveries: Deliveries) -> None:
    names = ["VKYC_USER_LINK_GENERATED", "VKYC_USER_CALL_STARTED", "VKYC_USER_CALL_COMPLETED"]
    deliveries.reordered(names)
    deliveries.reordered(names, [1, 1, 0])
    assert [each.type for each in MERCHANT.events] == [*names[::-1], names[1], names[1], names[0]]
    assert MERCHANT.events[0].time > MERCHANT.events[2].time


def test_a_recording_is_played_back_as_it_came(deliveries: Deliveries, tmp_path: Path) -> None:
    bodies = [deliveries.event(name) for name in ("KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS")]
    kept = [Recorded("2026-01-31T10:00:00+00:00", (("x-webhook-attempt", "4"),), body, 200) for body in bodies]
    file = tmp_path / "deliveries.jsonl"
    file.write_text("\n".join([FIRST_LINE, *(one.line() for one in kept)]), "utf-8")
    assert [answer.status for answer in deliveries.playback(file)] == [200, 200]
    assert [(event.raw, event.attempt) for event in MERCHANT.events] == [(body, 4) for body in bodies]


def test_a_handler_that_fails_shows_as_500(deliveries: Deliveries) -> None:
    MERCHANT.is_failing = True
    assert deliveries.deliver("KYC_LINK_SUCCESS").status == 500
    MERCHANT.is_failing = False


def test_an_application_that_never_answers_shows_as_500() -> None:
    async def silent(_scope: object, _receive: object, _send: object) -> None: ...

    applications: list[Any] = [silent, lambda _environ, _start_response: []]
    for application in applications:
        with opened(application) as send:
            answer = send("/", {}, b"")
        assert (answer.status, "without an answer" in str(answer.error)) == (500, True)


@given(st.sampled_from([*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES]), st.dictionaries(st.text("abc"), st.none()))
def test_every_sample_can_be_read_and_keeps_fields_of_a_later_version(name: str, more: dict[str, None]) -> None:
    event = parse_event(sample_event(name, more, client_secret=SECRET))
    assert event.type == name
    assert event.data.extra == more  # type: ignore[union-attr]
    if event.signature is not None:
        verify_body_signature(SECRET, event.raw)


def test_a_standard_secret_signs_the_standard_scheme() -> None:
    from dastak_sdk.asgi import webhook

    app = webhook(Receiver(WHSEC))(MERCHANT.receive)
    MERCHANT.reset()
    with opened(app) as send:
        deliveries = Deliveries(send, "/", WHSEC)
        assert deliveries.deliver("KYC_LINK_SUCCESS").status == 200
        assert {answer.status for answer in deliveries.forged("KYC_LINK_SUCCESS").values()} == {400, 401}
    assert MERCHANT.events[0].id_signed


def test_the_lifespan_of_an_application_is_run_and_its_failure_told() -> None:
    steps: list[str] = []

    async def app(scope: dict[str, str], receive: Callable[..., object], send: Callable[..., object]) -> None:
        for _ in range(2):
            message = await receive()  # type: ignore[misc]
            steps.append(message["type"])
            await send({"type": f"{message['type']}.complete"})  # type: ignore[misc]

    with opened(app):
        assert steps == ["lifespan.startup"]
    assert steps == ["lifespan.startup", "lifespan.shutdown"]

    async def broken(scope: dict[str, str], receive: Callable[..., object], send: Callable[..., object]) -> None:
        await receive()  # type: ignore[misc]
        await send({"type": "lifespan.startup.failed", "message": "no database"})  # type: ignore[misc]

    with pytest.raises(RuntimeError, match="startup: no database"), opened(broken):
        pass


@pytest.mark.parametrize(
    ("application", "failing"),
    [
        (RIGHT.format(module="dastak_sdk.asgi"), []),
        (RIGHT.format(module="dastak_sdk.wsgi"), []),
        (BELIEVES_ALL, ["test_forgeries_are_refused"]),
        (SIGNS_WHAT_IT_PARSED, ["test_events_are_accepted"]),
    ],
)
def test_pytest_finds_the_fixtures_and_they_catch_wrong_receivers(
    tmp_path: Path, application: str, failing: list[str]
) -> None:
    import os
    import subprocess

    (tmp_path / "application.py").write_text(application)
    (tmp_path / "test_webhooks.py").write_text(TESTS)
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rf",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=tmp_path,
        env={**os.environ, "WEBHOOK_SECRET": SECRET, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == bool(failing), run.stdout + run.stderr
    for name in failing:
        assert f"FAILED test_webhooks.py::{name}" in run.stdout
