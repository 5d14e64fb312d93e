"""The reference is complete: what the code can do, raise or be told is on its page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer.main

from dastak.app.build import SANDBOX_OTP, build
from dastak.app.build import _rates as build_rates
from dastak.app.doctor import examine
from dastak.app.settings import SETTINGS, read_settings
from dastak.cli.main import app
from dastak.journeys import phone_otp
from dastak.journeys.kyc_link.desk import AADHAAR_STARTS
from dastak.journeys.kyc_link.template import BUILT_IN
from dastak.verification.sandbox import known_values
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import DEFAULT_WINDOW, MOST_ENDPOINTS, LanePolicy
from dastak.webhooks.post import Stage
from dastak.webhooks.retry import MOST_RETRIES, PRESETS
from dastak.webhooks.signing import attempt_headers
from dastak_sdk import EVENT_TYPES, Product, Reason
from unit.docs.pages import ROOT, generator, text_of


def test_every_setting_with_its_default_and_meaning() -> None:
    page = text_of("settings.md")
    for setting in SETTINGS:
        assert f"`{setting.name}`" in page
        assert setting.help in page


def test_every_setting_that_a_page_names_exists() -> None:
    known = {setting.name for setting in SETTINGS} | {"DASTAK_TEST_CHROMIUM", "DASTAK_TEST_POSTGRES_BIN"}
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for name in re.findall(r"DASTAK_[A-Z_]*[A-Z]", page.read_text("utf-8")):
            assert name.removesuffix("_FILE") in known or name in known, (page.name, name)


def test_every_code_that_the_api_can_answer() -> None:
    page = text_of("errors.md")
    found = generator().api_codes()
    assert {"Resource not found", "authentication_failed", "request_failed", "webhook_test_failed"} <= found.keys()
    for code, entry in found.items():
        assert f"`{code}`" in page
        assert all(str(status) in page for status in entry.statuses)
        assert all(f"`{field}`" in page for field in entry.fields), code


def test_every_code_that_the_published_contract_names() -> None:
    page, source = text_of("errors.md"), (ROOT / "spec" / "openapi.json").read_text("utf-8")
    for code in set(re.findall(r'"code": "([^"]+)"', source)):
        family = re.sub(r"^.+_(missing|value_invalid|length_exceeded)$", r"<field>_\1", code)
        assert f"`{family}`" in page, code


def test_every_reason_of_a_refused_url() -> None:
    reasons = generator().url_reasons()
    assert {"scheme", "address", "userinfo"} <= reasons
    assert all(f"`{reason}`" in text_of("errors.md") for reason in reasons)


def test_every_stage_and_every_reason_of_the_sdk() -> None:
    page = text_of("errors.md")
    assert all(f"| `{stage}` |" in page for stage in Stage)
    assert all(f"| `{reason.value}` | {reason.status} |" in page for reason in Reason)


def test_every_check_of_the_doctor(tmp_path: Path) -> None:
    page = text_of("errors.md")
    findings = examine({"DASTAK_DATA_DIR": str(tmp_path)})
    assert len(findings) > 5
    assert all(f"| {finding.number} | {finding.what} |" in page for finding in findings)


def test_every_route_of_the_running_application(tmp_path: Path) -> None:
    page = text_of("api.md")
    web = build(read_settings({"DASTAK_DATA_DIR": str(tmp_path)})).web
    seen = 0
    for route in web.routes:
        path = getattr(route, "path", "")
        if path in {"/healthz", "/readyz", "/metrics"} or path.startswith(("/api/", "/verification/form")):
            seen += 1
            for method in sorted((getattr(route, "methods", None) or set()) - {"HEAD"}):
                assert f"`{method} {path}`" in page
    assert seen > 10


def test_every_filter_state_and_event() -> None:
    page = text_of("api.md")
    assert all(f"`{state}`" in page for state in DeliveryState)
    for name, spec in EVENT_TYPES.items():
        assert spec.product is not Product.KYC_LINK or f"`{name}`" in text_of("kyc-link.md")


def test_every_command_and_option() -> None:
    page = text_of("cli.md")
    root = typer.main.get_command(app)
    waiting = [("dastak", root)]
    while waiting:
        path, command = waiting.pop()
        assert f"## `{path}`" in page
        for parameter in command.params:
            assert all(f"`{name}`" in page for name in parameter.opts if name.startswith("-"))
        waiting += [(f"{path} {name}", inner) for name, inner in getattr(command, "commands", {}).items()]


def test_every_value_of_the_sandbox() -> None:
    page = text_of("sandbox.md")
    assert f"`{SANDBOX_OTP}`" in page
    for value in known_values():
        assert value.typed in page
        assert value.outcome in page


def test_every_built_in_template_and_lane_policy() -> None:
    assert all(f"`{name}`" in text_of("templates.md") for name in BUILT_IN)
    assert all(f"`{policy}`" in text_of("delivery-guarantees.md") for policy in LanePolicy)


def test_every_header_of_an_attempt() -> None:
    page = text_of("delivery-guarantees.md")
    sent = attempt_headers(
        event_id="evt_1",
        body=b"{}",
        client_secret="secret",
        endpoint_secrets=("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",),
        attempt=1,
        now=datetime(2026, 1, 31, tzinfo=UTC),
        sequence=1,
        journey_id="jrn_1",
        trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    assert all(f"`{name}`" in page for name, _ in sent)


def test_the_numbers_that_the_pages_state() -> None:
    delivery, journey, adding = (
        text_of(name) for name in ("delivery-guarantees.md", "kyc-link.md", "add-an-endpoint.md")
    )
    assert f"| endpoints of a merchant | {MOST_ENDPOINTS} |" in delivery
    assert f"| window of an endpoint | 1 to 256, default {DEFAULT_WINDOW} |" in delivery
    assert f"| own retry intervals | {MOST_RETRIES}, each 1 s to 7 days |" in delivery
    assert f"You can have {MOST_ENDPOINTS}." in adding
    assert all(f"`{name}`" in delivery for name in PRESETS)
    assert f"{AADHAAR_STARTS} Aadhaar OTP sessions" in journey
    assert timedelta(minutes=10) == phone_otp.LIFE
    assert timedelta(seconds=30) == phone_otp.RESEND_AFTER
    assert (phone_otp.WRONG_GUESSES, phone_otp.SENDS_PER_WINDOW, phone_otp.SENDS_PER_LINK) == (5, 5, 30)
    assert (
        "works for 10 minutes; 5 wrong guesses end it. A new one can be sent after 30 seconds, 5 times in\n" in journey
    )
    assert "half an hour, 30 times in a link's life." in journey


def test_every_rate_limit(tmp_path: Path) -> None:
    page = text_of("security.md")
    gateway = {"DASTAK_SMS_GATEWAY_URL": "https://sms.example/send"}
    settings = read_settings({"DASTAK_DATA_DIR": str(tmp_path), **gateway})
    for name, rate in build_rates(settings).items():
        minutes = int(rate.per.total_seconds()) // 60
        shown = f"{rate.count} a minute" if minutes == 1 else f"{rate.count} in {minutes} minutes"
        assert shown in page, name
