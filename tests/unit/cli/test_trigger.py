"""`dastak trigger`: what a handler gets is signed, in the contract's form, and the same for the same seed."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dastak.cli.desk.made_up import BadOverrideError, journey, overridden, read_override
from dastak.cli.desk.scenarios import SCENARIOS, events_of
from dastak.cli.main import app
from dastak_sdk import EVENT_TYPES, Event, Receiver, parse_event, verify_body_signature
from unit.cli import handlers as h
from unit.docs.pages import DOCS, blocks


@contextmanager
def receiving(*secrets: str) -> Iterator[tuple[str, list[Event]]]:
    got: list[Event] = []
    receiver = Receiver(secrets)

    def handle(headers: h.Headers, body: bytes) -> h.Reply:
        got.append(receiver.verify(headers, body))
        return 200, b""

    with h.serving(handle) as url:
        yield url, got


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["trigger", *arguments], env={"COLUMNS": "100"})
    return done.exit_code, done.output


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_each_event_is_received_verified_and_typed(name: str) -> None:
    with receiving(h.SECRET) as (url, got):
        assert run(name, url, "--secret", h.SECRET)[0] == 0
    (event,) = got
    assert (event.type, isinstance(event.data, dict)) == (name, False)
    if EVENT_TYPES[name].signs_body:
        verify_body_signature(h.SECRET, event.raw)


def test_a_whsec_secret_signs_the_standard_way() -> None:
    with receiving(h.WHSEC) as (url, got):
        assert run("KYC_LINK_SUCCESS", url, "--secret", h.WHSEC)[0] == 0
    assert got[0].id_signed
    assert got[0].signature is None


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_one_customer_in_the_order_of_the_contract(name: str) -> None:
    with receiving(h.SECRET) as (url, got):
        assert run(name, url, "--secret", h.SECRET, "--seed", "7", "--at", "2026-01-31T10:00:00Z")[0] == 0
    assert [event.type for event in got] == [event for event, _ in SCENARIOS[name]]
    assert len({event.to_json()["data"]["verification_id"] for event in got}) == 1
    assert [event.time for event in got] == sorted({event.time for event in got})
    assert len({event.raw for event in got}) == len(got)


def test_the_last_word_of_each_scenario() -> None:
    last = {name: json.loads(events_of(name, journey(1, None, None))[-1].body)["data"] for name in SCENARIOS}
    assert last["kyc-link-happy"]["form_status"] == "SUCCESS"
    assert last["kyc-link-expired"]["form_status"] == "EXPIRED"
    assert last["video-dropoff-then-approve"]["sub_status"] == "AUDITOR_APPROVED"
    assert last["auditor-rejects"]["sub_status"] == "AUDITOR_REJECTED"


@given(st.sampled_from([*EVENT_TYPES, *SCENARIOS]), st.integers())
def test_the_same_seed_gives_the_same_bytes(name: str, seed: int) -> None:
    time = journey(0, None, None).time
    first, again = (events_of(name, journey(seed, time, "cfsk_x")) for _ in range(2))
    assert first == again
    for event in first:
        assert parse_event(event.body).to_bytes() == event.body


def test_any_field_can_be_set_and_the_legacy_signature_follows() -> None:
    changes = [
        "verification_id=order-1",
        "data.verification_details.0.status=FAILED",
        "email=null",
        "event_time=2024-02-15 16:53:15",
        "later.x=1",
    ]
    flags = [part for change in changes[:4] for part in ("--set", change)]
    with receiving(h.SECRET) as (url, got):
        assert run("KYC_LINK_ACTION_PERFORMED", url, "--secret", h.SECRET, *flags)[0] == 0
        assert run("KYC_LINK_ACTION_PERFORMED", url, "--secret", h.SECRET, "--set", changes[4])[0] == 2
    data: Any = got[0].to_json()["data"]
    assert (data["verification_id"], data["email"], data["verification_details"][0]["status"]) == (
        "order-1",
        None,
        "FAILED",
    )
    assert got[0].time_text == "2024-02-15 16:53:15"
    verify_body_signature(h.SECRET, got[0].raw)


def test_a_signature_that_was_set_stays() -> None:
    body = journey(1, None, "cfsk_x").event("KYC_LINK_ACTION_PERFORMED").body
    assert json.loads(overridden(body, [read_override("signature=odd")], "cfsk_x"))["signature"] == "odd"


@pytest.mark.parametrize("wrong", ["x=NaN", "x=1e999", 'x="\\ud800"', "x=\udcff"])
def test_what_json_cannot_hold_is_not_set(wrong: str) -> None:
    code, shown = run("KYC_LINK_SUCCESS", "http://localhost:1/", "--secret", h.SECRET, "--set", wrong)
    assert (code, "JSON cannot hold what was set" in " ".join(shown.split())) == (2, True)


@pytest.mark.parametrize("secret", ["\udcff", "cfsk_\u00e9", "cfsk\x00"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    code, shown = run("KYC_LINK_SUCCESS", "http://localhost:1/", "--secret", secret)
    assert (code, "copy it again" in " ".join(shown.split())) == (2, True)


@pytest.mark.parametrize(
    ("scenario", "field"),
    [("kyc-link-happy", "form_status"), ("kyc-link-happy", "user_id"), ("video-approved", "template_name")],
)
def test_on_a_server_only_what_a_journey_is_made_with_can_be_set(scenario: str, field: str) -> None:
    """A server ignores what it does not know, so that such a wish would be lost without a word."""
    key = ("--client-id", "c", "--client-secret", "s")
    code, shown = run(scenario, "--server", "http://localhost:1/", *key, "--set", f"{field}=x")
    told = " ".join(shown.split())
    assert (code, "can be set: " in told, "verification_id" in told) == (2, True, True)


@pytest.mark.parametrize("more", [["http://localhost:1/"], ["--at", "2026-01-31T10:00:00Z"]])
def test_what_a_server_does_not_heed_is_refused(more: list[str]) -> None:
    code, shown = run("kyc-link-happy", *more, "--server", "http://localhost:1/")
    assert (code, "leave out URL and --at" in " ".join(shown.replace("│", "").split())) == (2, True)


@pytest.mark.parametrize("wrong", ["x", "=1", "a..b=1"])
def test_an_override_that_cannot_be_read_says_so(wrong: str) -> None:
    with pytest.raises(BadOverrideError, match="FIELD=VALUE"):
        read_override(wrong)


def test_it_stops_at_the_first_refusal() -> None:
    with receiving("cfsk_another") as (url, _):
        code, shown = run("kyc-link-happy", url, "--secret", h.SECRET)
    assert (code, len(shown.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        ["NOT_AN_EVENT", "http://localhost:1/"],
        ["KYC_LINK_SUCCESS"],
        ["KYC_LINK_SUCCESS", "http://example.com/"],
        ["KYC_LINK_SUCCESS", "https://exa..mple/"],
    ],
)
def test_what_cannot_begin_exits_with_two(wrong: list[str]) -> None:
    assert run(*wrong, "--secret", h.SECRET)[0] == 2


def test_no_secret_exits_with_two() -> None:
    assert run("KYC_LINK_SUCCESS", "http://localhost:1/")[0] == 2


def test_the_list_names_everything() -> None:
    assert run("list") == (0, "\n".join([*SCENARIOS, *EVENT_TYPES]) + "\n")


def test_the_page_shows_what_is_printed() -> None:
    with receiving(h.SECRET) as (url, _):
        code, printed = run("auditor-rejects", url, "--secret", h.SECRET, "--seed", "7")
    (shown,) = (block.code for block in blocks(DOCS / "desk.md", "console") if "dastak trigger auditor" in block.code)
    assert code == 0
    assert timeless(printed) == timeless(shown.split("\n", 1)[1])


def timeless(text: str) -> list[str]:
    return re.sub(r"\d+ ms", "n ms", text).split()
