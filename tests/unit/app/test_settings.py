"""Settings: the table of defaults, every fault at once, secrets from files, and what production refuses."""

import dataclasses
import ipaddress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.app.settings import SETTINGS, Settings, SettingsError, read_settings, trouble_rules
from dastak.journeys.video_kyc.rooms import IceServer
from dastak.webhooks.trouble import TroubleRules
from unit.app.deployment import KEY, OTHER_KEY, PRODUCTION, UNRELEASED

NAMES = [setting.name for setting in SETTINGS]

HOUR = timedelta(hours=1)


def faults(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    return caught.value.faults


def outcome(environment: dict[str, str]) -> list[str] | Settings:
    """The settings, or their faults."""
    try:
        return read_settings(environment)
    except SettingsError as error:
        return error.faults


def production_faults(**changed: str) -> list[str]:
    environment = {**PRODUCTION, **{f"DASTAK_{name}": value for name, value in changed.items()}}
    return [fault for fault in faults({k: v for k, v in environment.items() if v}) if not fault.startswith(UNRELEASED)]


def test_the_defaults_are_these() -> None:
    assert dataclasses.asdict(read_settings({})) == {
        "mode": "sandbox",
        "host": "127.0.0.1",
        "port": 8800,
        "public_url": "http://127.0.0.1:8800",
        "data_dir": Path(".dastak"),
        "database_url": "",
        "database_direct_url": "",
        "database_pool": 8,
        "database_pooler": "none",
        "secret_key": (),
        "log_level": "info",
        "log_format": "console",
        "trusted_proxies": (),
        "api_rate_per_minute": 100,
        "api_rate_per_ip_per_minute": 600,
        "max_tries": 5,
        "metrics_token": "",
        "kyc_link_event_time": "iso",
        "webhook_allow_http": True,
        "webhook_allow_loopback": True,
        "webhook_allowed_networks": (),
        "webhook_allowed_ports": (),
        "webhook_ca_file": None,
        "webhook_connect_timeout_seconds": 5.0,
        "webhook_first_byte_timeout_seconds": 10.0,
        "webhook_total_timeout_seconds": 15.0,
        "webhook_in_flight": 256,
        "webhook_warn_after_hours": (24, 72),
        "webhook_disable_after_hours": 120,
        "webhook_client": "own",
        "keep_exchanges_days": 30,
        "keep_deliveries_days": 90,
        "keep_bodies_days": 0,
        "keep_events_days": 0,
        "keep_notices_days": 30,
        "smtp_host": "",
        "smtp_port": 587,
        "smtp_tls": "starttls",
        "smtp_user": "",
        "smtp_password": "",
        "smtp_sender": "",
        "sms_gateway_url": "",
        "sms_gateway_authorization": "",
        "whatsapp_gateway_url": "",
        "whatsapp_gateway_authorization": "",
        "otlp_endpoint": "",
        "otlp_headers": (),
        "trace_sample": 1.0,
        "ip_database": None,
        "ip_anonymous_database": None,
        "recording_link_days": 7,
        "video_kyc_templates": None,
        "recordings": "",
        "recordings_endpoint": "",
        "recordings_region": "",
        "recordings_access_key_id": "",
        "recordings_secret_access_key": "",
        "video_addresses": (),
        "video_public_address": "",
        "video_ports": None,
        "ice_servers": (),
        "turn_secret": "",
        "video_nodes": (),
        "video_drain_seconds": 600,
        "video_gateways": (),
        "video_gateway_secret": "",
        "video_gateway_media": ("127.0.0.1", 0),
    }


def test_table_and_settings_have_the_same_names_in_the_same_order() -> None:
    fields = [f"DASTAK_{field.name.upper()}" for field in dataclasses.fields(Settings)]
    assert fields == NAMES


def test_every_setting_says_what_it_is_for() -> None:
    assert all(setting.help.endswith((".", "`")) and setting.help[0].isprintable() for setting in SETTINGS)


def test_everything_that_is_a_secret_is_marked_as_one() -> None:
    marked = {setting.name for setting in SETTINGS if setting.secret}
    assert marked == {
        name
        for name in NAMES
        if name.endswith(
            (
                "_KEY",
                "_PASSWORD",
                "_AUTHORIZATION",
                "_TOKEN",
                "_HEADERS",
                "_DATABASE_URL",
                "_DIRECT_URL",
                "_ICE_SERVERS",
                "_GATEWAY_SECRET",
                "_TURN_SECRET",
            )
        )
    }


def test_every_fault_is_told_at_once_each_with_its_variable() -> None:
    found = faults(
        {
            "DASTAK_MODE": "test",
            "DASTAK_PORT": "http",
            "DASTAK_SECRET_KEY": "short",
            "DASTAK_WEBHOOK_CA_FILE": "/does/not/exist",
            "DASTAK_COLOUR": "blue",
        }
    )
    assert sorted(fault.split(":")[0] for fault in found) == [
        "DASTAK_COLOUR",
        "DASTAK_MODE",
        "DASTAK_PORT",
        "DASTAK_SECRET_KEY",
        "DASTAK_WEBHOOK_CA_FILE",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.0"),
        ("PORT", "٣"),
        ("MAX_TRIES", "0"),
        ("MAX_TRIES", "101"),
        ("WEBHOOK_IN_FLIGHT", "0"),
        ("WEBHOOK_CLIENT", "wget"),
        ("WEBHOOK_TOTAL_TIMEOUT_SECONDS", "nan"),
        ("WEBHOOK_TOTAL_TIMEOUT_SECONDS", "121"),
        ("WEBHOOK_CONNECT_TIMEOUT_SECONDS", "0"),
        ("WEBHOOK_CONNECT_TIMEOUT_SECONDS", "soon"),
        ("WEBHOOK_ALLOW_HTTP", "perhaps"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("WEBHOOK_ALLOWED_NETWORKS", "everything"),
        ("WEBHOOK_ALLOWED_PORTS", "443,0"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("PUBLIC_URL", "kyc.example.com"),
        ("PUBLIC_URL", "ftp://kyc.example.com"),
        ("PUBLIC_URL", "https://kyc.example.com/?a=1"),
        ("PUBLIC_URL", "https://kyc.example.com/#a"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "http://[::1"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("KYC_LINK_EVENT_TIME", "unix"),
        ("SMTP_TLS", "yes"),
        ("OTLP_ENDPOINT", "collector:4318"),
        ("TRACE_SAMPLE", "1.1"),
        ("TRACE_SAMPLE", "-0.1"),
        ("TRACE_SAMPLE", "nan"),
        ("TRACE_SAMPLE", "half"),
        ("VIDEO_GATEWAYS", "http://127.0.0.1:8188"),
        ("VIDEO_GATEWAYS", "ws://gateway.example.com"),
        ("VIDEO_GATEWAYS", "wss://gateway.example.com:99999"),
        ("VIDEO_GATEWAYS", "wss://kyc@gateway.example.com"),
        ("VIDEO_GATEWAYS", "wss://gateway.example.com,here"),
        ("VIDEO_GATEWAY_MEDIA", "10.0.0.5"),
        ("VIDEO_GATEWAY_MEDIA", "10.0.0.5:5005"),
        ("VIDEO_GATEWAY_MEDIA", "media.example.com:5004"),
        ("SECRET_KEY", f"{KEY},short"),
        ("SECRET_KEY", f"{KEY}!"),
    ],
)
def test_a_value_that_cannot_be_meant_is_one_fault_that_names_its_variable(name: str, value: str) -> None:
    (fault,) = faults({f"DASTAK_{name}": value})
    assert fault.startswith(f"DASTAK_{name}: ")


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.secret])
def test_a_fault_never_repeats_a_secret(name: str) -> None:
    found = outcome({name: "hunter2-hunter2"})
    assert isinstance(found, Settings) or "hunter2" not in str(found)


def test_lists_are_read_item_by_item() -> None:
    settings = read_settings(
        {
            "DASTAK_TRUSTED_PROXIES": "10.0.0.1, ::1",
            "DASTAK_WEBHOOK_ALLOWED_NETWORKS": "10.20.0.0/16,fd00::/8,",
            "DASTAK_WEBHOOK_ALLOWED_PORTS": "443, 8443",
            "DASTAK_SECRET_KEY": f"{OTHER_KEY}, {KEY}",
        }
    )
    assert settings.trusted_proxies == ("10.0.0.1", "::1")
    assert settings.webhook_allowed_networks == (
        ipaddress.ip_network("10.20.0.0/16"),
        ipaddress.ip_network("fd00::/8"),
    )
    assert settings.webhook_allowed_ports == (443, 8443)
    assert settings.secret_key == (bytes(32), bytes(range(32)))


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("1", True), ("YES", True), ("no", False), ("0", False)]
)
def test_a_switch_can_be_written_in_several_ways(written: str, meant: bool) -> None:
    assert read_settings({"DASTAK_WEBHOOK_ALLOW_HTTP": written}).webhook_allow_http is meant


@pytest.mark.parametrize(
    ("host", "url"), [("10.0.0.1", "http://10.0.0.1:8800"), ("::1", "http://[::1]:8800"), ("kyc", "http://kyc:8800")]
)
def test_the_public_url_follows_host_and_port_until_it_is_set(host: str, url: str) -> None:
    assert read_settings({"DASTAK_HOST": host}).public_url == url
    own = read_settings({"DASTAK_HOST": host, "DASTAK_PUBLIC_URL": "https://kyc.example.com/base/"})
    assert own.public_url == "https://kyc.example.com/base"


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_come_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text("not-a-value-for-anything\n")
    assert outcome({f"{name}_FILE": str(file)}) == outcome({name: "not-a-value-for-anything"})


def test_a_secret_from_a_file_is_read_without_the_newline_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert read_settings({"DASTAK_SECRET_KEY_FILE": str(file)}).secret_key == (bytes(range(32)),)


def test_a_variable_and_its_file_together_are_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    (fault,) = faults({"DASTAK_SECRET_KEY_FILE": str(file), "DASTAK_SECRET_KEY": KEY})
    assert fault.startswith("DASTAK_SECRET_KEY: ")
    assert "not both" in fault


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_a_fault(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    (fault,) = faults({"DASTAK_SECRET_KEY_FILE": str(file)})
    assert fault.startswith("DASTAK_SECRET_KEY_FILE: ")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read_settings(dict.fromkeys(NAMES, "")) == read_settings({})


@given(st.dictionaries(st.text("ABCDEFGH_", min_size=1), st.text(max_size=5), max_size=3))
def test_variables_of_others_are_nobody_s_business_and_unknown_ones_of_ours_are_faults(others: dict[str, str]) -> None:
    assert read_settings(others) == read_settings({})
    strangers = {f"DASTAK_X{name}": value for name, value in others.items()}
    if strangers:
        assert [fault.split(":")[0] for fault in faults(strangers)] == sorted(strangers)


@given(st.sampled_from(NAMES), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_whatever_is_written_there_is_a_setting_or_a_fault(name: str, value: str) -> None:
    found = outcome({name: value})
    if isinstance(found, Settings):
        assert 0 <= found.port <= 65535
        assert 0 < found.webhook_total_timeout_seconds <= 120
    else:
        assert found
        assert all(fault.startswith("DASTAK_") for fault in found)


def test_zeros_in_front_do_not_smuggle_in_a_larger_number() -> None:
    assert faults({"DASTAK_PORT": "000000000000" + "70000"})


def test_the_total_deadline_is_not_shorter_than_the_first_byte_s() -> None:
    (fault,) = faults({"DASTAK_WEBHOOK_TOTAL_TIMEOUT_SECONDS": "9"})
    assert "first-byte" in fault


def test_mail_needs_a_sender() -> None:
    (fault,) = faults({"DASTAK_SMTP_HOST": "mail.example.com"})
    assert fault.startswith("DASTAK_SMTP_SENDER: ")


@pytest.mark.parametrize("written", ["token", "=token", "a b=token", "x-key=a%0Ab", "x-key=ä", "x-key=%C3%A4"])
def test_headers_of_the_collector_are_names_with_values(written: str) -> None:
    (fault,) = faults({"DASTAK_OTLP_ENDPOINT": "http://127.0.0.1:4318", "DASTAK_OTLP_HEADERS": written})
    assert fault.startswith("DASTAK_OTLP_HEADERS: ")


def test_headers_of_the_collector_may_hold_what_must_be_written_otherwise() -> None:
    written = {
        "DASTAK_OTLP_ENDPOINT": "http://127.0.0.1:4318/",
        "DASTAK_OTLP_HEADERS": "Authorization=Basic%20a%2Cb=, x_k=1",
    }
    settings = read_settings(written)
    assert settings.otlp_headers == (("Authorization", "Basic a,b="), ("x_k", "1"))
    assert settings.otlp_endpoint == "http://127.0.0.1:4318"


def test_headers_without_a_collector_are_of_no_use() -> None:
    (fault,) = faults({"DASTAK_OTLP_HEADERS": "x-key=1"})
    assert fault.startswith("DASTAK_OTLP_ENDPOINT: ")


def test_production_with_everything_it_needs_has_only_the_fault_of_this_release() -> None:
    assert production_faults() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"PUBLIC_URL": ""}, "DASTAK_PUBLIC_URL"),
        ({"PUBLIC_URL": "http://kyc.example.com"}, "DASTAK_PUBLIC_URL"),
        ({"SECRET_KEY": ""}, "DASTAK_SECRET_KEY"),
        ({"WEBHOOK_ALLOW_HTTP": "true"}, "DASTAK_WEBHOOK_ALLOW_HTTP"),
        ({"WEBHOOK_ALLOW_LOOPBACK": "true"}, "DASTAK_WEBHOOK_ALLOW_LOOPBACK"),
        ({"SMS_GATEWAY_URL": ""}, "DASTAK_SMS_GATEWAY_URL"),
        (
            {"SMTP_HOST": "mail.example.com", "SMTP_SENDER": "a@example.com", "SMTP_TLS": "none"},
            "DASTAK_SMTP_TLS",
        ),
        ({"OTLP_ENDPOINT": "http://collector:4318", "OTLP_HEADERS": "x-key=1"}, "DASTAK_OTLP_ENDPOINT"),
    ],
)
def test_production_refuses_each_unsafe_setting(changed: dict[str, str], fault: str) -> None:
    assert [found.split(":")[0] for found in production_faults(**changed)] == [fault]


def test_production_refuses_everything_unsafe_at_once() -> None:
    assert len(faults({"DASTAK_MODE": "production", "DASTAK_WEBHOOK_ALLOW_HTTP": "true"})) == 5


@pytest.mark.parametrize(
    ("warn", "disable", "rules"),
    [
        ("", "", TroubleRules()),
        ("0", "0", TroubleRules((), None)),
        ("1, 2,100", "101", TroubleRules((HOUR, 2 * HOUR, 100 * HOUR), 101 * HOUR)),
        ("24", "0", TroubleRules((24 * HOUR,), None)),
    ],
)
def test_when_failing_endpoints_are_warned_of_and_disabled(warn: str, disable: str, rules: TroubleRules) -> None:
    given = {"DASTAK_WEBHOOK_WARN_AFTER_HOURS": warn, "DASTAK_WEBHOOK_DISABLE_AFTER_HOURS": disable}
    assert trouble_rules(read_settings(given)) == rules


@pytest.mark.parametrize(
    ("warn", "disable", "name"),
    [
        ("24,24", "120", "WARN"),
        ("72,24", "120", "WARN"),
        ("0,24", "120", "WARN"),
        ("soon", "120", "WARN"),
        ("8761", "0", "WARN"),
        ("24,72", "72", "DISABLE"),
        ("24,72", "-1", "DISABLE"),
        ("24,72", "8761", "DISABLE"),
    ],
)
def test_rules_for_failing_endpoints_that_make_no_sense_are_refused(warn: str, disable: str, name: str) -> None:
    given = {"DASTAK_WEBHOOK_WARN_AFTER_HOURS": warn, "DASTAK_WEBHOOK_DISABLE_AFTER_HOURS": disable}
    (fault,) = faults(given)
    assert fault.startswith(f"DASTAK_WEBHOOK_{name}_AFTER_HOURS: ")


def test_a_turn_server_needs_a_name_or_a_secret() -> None:
    (fault,) = faults({"DASTAK_ICE_SERVERS": "stun:a.example,turn:a.example"})
    assert fault.startswith("DASTAK_TURN_SECRET: ")
    assert faults({"DASTAK_ICE_SERVERS": "stun:me:secret@a.example"})[0].startswith("DASTAK_ICE_SERVERS: ")
    shared = read_settings({"DASTAK_ICE_SERVERS": "turn:a.example:443?transport=tcp", "DASTAK_TURN_SECRET": "north"})
    assert shared.ice_servers == (IceServer(("turn:a.example:443?transport=tcp",)),)
    named = read_settings({"DASTAK_ICE_SERVERS": "turns:me:a%40b@[2001:db8::1]:5349"})
    assert named.ice_servers == (IceServer(("turns:[2001:db8::1]:5349",), "me", "a@b"),)
