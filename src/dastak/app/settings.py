"""Settings, read once at the start from `DASTAK_*` variables, or from the file that `DASTAK_*_FILE` names.

In: an environment. Out: a `Settings` value, or `SettingsError` with every fault at once. `SETTINGS` below is the
reference: the documentation's table is checked against it.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dastak.app.video_kyc_templates import read_templates
from dastak.journeys.video_kyc.rooms import IceServer
from dastak.messaging.http_gateway import HttpGatewaySettings
from dastak.messaging.smtp import SmtpSettings, SmtpTls
from dastak.transport.guard import GuardPolicy
from dastak.video.turn import needs_name
from dastak.webhooks.trouble import TroubleRules

MASTER_KEY_BYTES = 32
TOKEN_LENGTH = 16
LONGEST_HOURS = 8760
LONGEST_KEPT = 36_500
"""Days: a hundred years."""
_ICE_SERVER = re.compile(
    r"(?P<kind>stuns?|turns?):((?P<user>[^:@|,\s]+):(?P<password>[^:@|,\s]+)@)?"
    r"(?P<where>([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?)"
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """The settings cannot be used.

    Attributes:
        faults: one line per fault, each naming the variable and saying what to do.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable."""

    name: str
    parse: Callable[[str], Any]
    default: str
    """As it would be written in the environment; empty: not set."""
    help: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was told; see `SETTINGS` for the meaning of each."""

    mode: str
    host: str
    port: int
    public_url: str
    data_dir: Path
    database_url: str
    database_direct_url: str
    database_pool: int
    database_pooler: str
    secret_key: tuple[bytes, ...]
    log_level: str
    log_format: str
    trusted_proxies: tuple[str, ...]
    api_rate_per_minute: int
    api_rate_per_ip_per_minute: int
    max_tries: int
    metrics_token: str
    kyc_link_event_time: str
    webhook_allow_http: bool
    webhook_allow_loopback: bool
    webhook_allowed_networks: tuple[Network, ...]
    webhook_allowed_ports: tuple[int, ...]
    webhook_ca_file: Path | None
    webhook_connect_timeout_seconds: float
    webhook_first_byte_timeout_seconds: float
    webhook_total_timeout_seconds: float
    webhook_in_flight: int
    webhook_warn_after_hours: tuple[int, ...]
    webhook_disable_after_hours: int
    webhook_client: str
    smtp_host: str
    smtp_port: int
    smtp_tls: str
    smtp_user: str
    smtp_password: str
    smtp_sender: str
    sms_gateway_url: str
    sms_gateway_authorization: str
    whatsapp_gateway_url: str
    whatsapp_gateway_authorization: str
    otlp_endpoint: str
    otlp_headers: tuple[tuple[str, str], ...]
    trace_sample: float
    ip_database: Path | None
    ip_anonymous_database: Path | None
    video_kyc_templates: Path | None
    recordings: str
    recordings_endpoint: str
    recordings_region: str
    recordings_access_key_id: str
    recordings_secret_access_key: str
    recording_link_days: int
    video_addresses: tuple[str, ...]
    video_public_address: str
    video_ports: tuple[int, int] | None
    ice_servers: tuple[IceServer, ...]
    turn_secret: str
    video_nodes: tuple[str, ...]
    video_drain_seconds: int
    video_gateways: tuple[str, ...]
    video_gateway_secret: str
    video_gateway_media: tuple[str, int]
    keep_exchanges_days: int
    keep_deliveries_days: int
    keep_bodies_days: int
    keep_events_days: int
    keep_notices_days: int

    @property
    def sandbox(self) -> bool:
        """Whether fixed OTPs, fake sources and the console exist."""
        return self.mode == "sandbox"

    @property
    def database(self) -> Path:
        """The embedded store's file."""
        return self.data_dir / "dastak.db"


def _text(value: str) -> str:
    return value


def _token(value: str) -> str:
    if value and not (len(value) >= TOKEN_LENGTH and value.isascii() and value.isprintable() and " " not in value):
        raise ValueError(f"must have at least {TOKEN_LENGTH} plain characters; make one with: openssl rand -hex 32")
    return value


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return parse


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= 12 and least <= int(value) <= most):  # noqa: PLR2004
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0.01 <= seconds <= 120:  # noqa: PLR2004
        raise ValueError("must be a number of seconds from 0.01 to 120")
    return seconds


def _switch(value: str) -> bool:
    if value.lower() not in {"true", "false", "1", "0", "yes", "no"}:
        raise ValueError("must be true or false")
    return value.lower() in {"true", "1", "yes"}


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_address(item)) for item in _listed(value))


def _maybe_address(value: str) -> str:
    return str(ipaddress.ip_address(value)) if value else ""


def _port_range(value: str) -> tuple[int, int] | None:
    if not value:
        return None
    first, dash, last = value.partition("-")
    found = tuple(int(port) for port in (first, last) if port.isascii() and port.isdigit() and len(port) <= 5)  # noqa: PLR2004
    if not (dash and len(found) == 2 and 1024 <= found[0] < found[1] <= 65535):  # noqa: PLR2004
        raise ValueError("must be a range of ports from 1024 to 65535, such as 40000-40999")
    return found


def _ice_servers(value: str) -> tuple[IceServer, ...]:
    return tuple(_ice_server(item) for item in _listed(value))


def _ice_server(item: str) -> IceServer:
    found = _ICE_SERVER.fullmatch(item)
    if found is None or (found["user"] and found["kind"].startswith("stun")):
        raise ValueError("must look like stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT, separated by commas")
    url = f"{found['kind']}:{found['where']}"
    return IceServer((url,), unquote(found["user"] or ""), unquote(found["password"] or ""))


def _gateways(value: str) -> tuple[str, ...]:
    found = _listed(value)
    for url in found:
        parts = urlsplit(url)
        odd = parts.username or parts.query or parts.fragment or parts.port == 0
        if parts.scheme not in {"ws", "wss"} or not parts.hostname or odd:
            raise ValueError("must be URLs such as ws://127.0.0.1:8188 or wss://gateway.example.com")
        if parts.scheme == "ws" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("must begin with wss:// where the gateway is on another machine: keys pass there")
    return found


def _media_address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    number = _whole(0, 65_534)(port)
    if number % 2:
        raise ValueError("must have an even port: the next one is used, too")
    return str(ipaddress.ip_address(host.strip("[]"))), number


def _storage(value: str) -> str:
    if value.startswith("s3://") and re.fullmatch(r"s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9_./-]*)?", value) is None:
        raise ValueError("must be a folder, or s3://bucket or s3://bucket/prefix")
    return value


def _urls(value: str) -> tuple[str, ...]:
    urls = tuple(item.rstrip("/") for item in _listed(value))
    if not all(map(_is_url, urls)) or len(set(urls)) != len(urls):
        raise ValueError("must be different URLs such as http://10.0.0.21:8831, separated by commas")
    return urls


def _networks(value: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(item) for item in _listed(value))


def _ports(value: str) -> tuple[int, ...]:
    return tuple(_whole(1, 65535)(item) for item in _listed(value))


def _hours(value: str) -> tuple[int, ...]:
    hours = tuple(_whole(0, LONGEST_HOURS)(item) for item in _listed(value))
    if hours == (0,):
        return ()
    if 0 in hours or list(hours) != sorted(set(hours)):
        raise ValueError("must be growing numbers of hours, separated by commas; or 0: never")
    return hours


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _maybe_file(value: str) -> Path | None:
    if not value:
        return None
    if not Path(value).is_file():
        raise ValueError("must name a file that exists")
    return Path(value)


def _database_url(value: str) -> str:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a URL such as postgresql://dastak@db.example.com/dastak")
    return value


def _url(value: str) -> str:
    if value and not _is_url(value):
        raise ValueError("must be a URL such as https://kyc.example.com")
    return value.rstrip("/")


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # the port is out of range
        return False
    known_scheme = parts.scheme in {"http", "https"} and parts.username is None
    return known_scheme and bool(parts.hostname) and port != 0 and not parts.query and not parts.fragment


def _http_headers(value: str) -> tuple[tuple[str, str], ...]:
    pairs = [item.partition("=") for item in _listed(value)]
    for name, equals, text in pairs:
        plain = unquote(text).isascii() and unquote(text).isprintable()
        if not (equals and plain and re.fullmatch(r"[A-Za-z0-9_-]+", name.strip())):
            raise ValueError("must look like name=value, separated by commas; write a comma in a value as %2C")
    return tuple((name.strip(), unquote(text).strip()) for name, _, text in pairs)


def _share(value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise ValueError("must be a number from 0 to 1")
    return share


def _keys(value: str) -> tuple[bytes, ...]:
    keys = []
    for item in _listed(value):
        try:
            key = base64.b64decode(item, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != MASTER_KEY_BYTES:
            raise ValueError("each key must be the base64 of 32 random bytes; make one with: openssl rand -base64 32")
        keys.append(key)
    return tuple(keys)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DASTAK_MODE",
        _one_of("sandbox", "production"),
        "sandbox",
        "`sandbox`: fixed OTPs, test verification, messages on the console. `production`: none of that.",
    ),
    Setting("DASTAK_HOST", _text, "127.0.0.1", "The address to listen on."),
    Setting("DASTAK_PORT", _whole(0, 65535), "8800", "The port to listen on."),
    Setting(
        "DASTAK_PUBLIC_URL",
        _url,
        "",
        "Where customers reach this server; links begin with it. Default: http://HOST:PORT. Production: https.",
    ),
    Setting("DASTAK_DATA_DIR", _path, ".dastak", "The folder of the embedded database."),
    Setting(
        "DASTAK_DATABASE_URL",
        _database_url,
        "",
        "PostgreSQL, such as postgresql://dastak:password@db.example.com/dastak; several hosts are tried in turn. "
        "Default: one SQLite file in the data folder, for one process.",
        secret=True,
    ),
    Setting(
        "DASTAK_DATABASE_DIRECT_URL",
        _database_url,
        "",
        "The same database with no pooler in between, for migrations and notifications. Default: DASTAK_DATABASE_URL.",
        secret=True,
    ),
    Setting("DASTAK_DATABASE_POOL", _whole(2, 200), "8", "Connections to PostgreSQL that one process may have."),
    Setting(
        "DASTAK_DATABASE_POOLER",
        _one_of("none", "transaction"),
        "none",
        "`transaction`: a pooler such as PgBouncer in transaction mode is in between.",
    ),
    Setting(
        "DASTAK_SECRET_KEY",
        _keys,
        "",
        "Seals secrets and personal data: base64 of 32 random bytes. Several, separated by commas: the first seals, "
        "all open. In the sandbox one is made in the data folder.",
        secret=True,
    ),
    Setting("DASTAK_LOG_LEVEL", _one_of("debug", "info", "warning", "error"), "info", "The least level logged."),
    Setting("DASTAK_LOG_FORMAT", _one_of("console", "json"), "console", "How log lines look."),
    Setting(
        "DASTAK_TRUSTED_PROXIES",
        _addresses,
        "",
        "Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas.",
    ),
    Setting(
        "DASTAK_API_RATE_PER_MINUTE",
        _whole(0, 1_000_000),
        "100",
        "Calls of one operation by one merchant in a minute (the contract's standard class). 0: no limit.",
    ),
    Setting(
        "DASTAK_API_RATE_PER_IP_PER_MINUTE",
        _whole(0, 1_000_000),
        "600",
        "API calls from one address in a minute, failed sign-ins included. 0: no limit.",
    ),
    Setting("DASTAK_MAX_TRIES", _whole(1, 100), "5", "How often one check of a KYC Link can be performed."),
    Setting(
        "DASTAK_METRICS_TOKEN",
        _token,
        "",
        "Whoever sends it as a bearer token may read `/metrics`. Without one, only callers on this machine may, and "
        "only where DASTAK_PUBLIC_URL is on this machine too and DASTAK_TRUSTED_PROXIES is not set.",
        secret=True,
    ),
    Setting(
        "DASTAK_KYC_LINK_EVENT_TIME",
        _one_of("iso", "space"),
        "iso",
        "`event_time` of KYC_LINK_* events: `iso` is 2024-02-15T16:53:15Z, `space` is 2024-02-15 16:53:15 (both UTC).",
    ),
    Setting(
        "DASTAK_WEBHOOK_ALLOW_HTTP",
        _switch,
        "",
        "Allow plain-http webhook URLs. Default: true in the sandbox. Production refuses true.",
    ),
    Setting(
        "DASTAK_WEBHOOK_ALLOW_LOOPBACK",
        _switch,
        "",
        "Allow webhook URLs on this machine. Default: true in the sandbox. Production refuses true.",
    ),
    Setting(
        "DASTAK_WEBHOOK_ALLOWED_NETWORKS",
        _networks,
        "",
        "Private networks that webhooks may reach, separated by commas, such as 10.20.0.0/16.",
    ),
    Setting(
        "DASTAK_WEBHOOK_ALLOWED_PORTS",
        _ports,
        "",
        "Ports that webhook URLs may name, separated by commas. Default: 443; in the sandbox any.",
    ),
    Setting("DASTAK_WEBHOOK_CA_FILE", _maybe_file, "", "PEM file of the authorities to trust instead of the usual."),
    Setting("DASTAK_WEBHOOK_CONNECT_TIMEOUT_SECONDS", _seconds, "5", "For TCP and TLS of one attempt."),
    Setting("DASTAK_WEBHOOK_FIRST_BYTE_TIMEOUT_SECONDS", _seconds, "10", "For the answer of one attempt to begin."),
    Setting("DASTAK_WEBHOOK_TOTAL_TIMEOUT_SECONDS", _seconds, "15", "For one attempt as a whole."),
    Setting("DASTAK_WEBHOOK_IN_FLIGHT", _whole(1, 10_000), "256", "Attempts in flight together, all endpoints."),
    Setting(
        "DASTAK_WEBHOOK_WARN_AFTER_HOURS",
        _hours,
        "24,72",
        "Hours for which a webhook endpoint fails before its owner is warned, separated by commas. 0: never.",
    ),
    Setting(
        "DASTAK_WEBHOOK_DISABLE_AFTER_HOURS",
        _whole(0, LONGEST_HOURS),
        "120",
        "Hours for which a webhook endpoint fails before it is disabled; what it is owed is kept. 0: never.",
    ),
    Setting(
        "DASTAK_WEBHOOK_CLIENT",
        _one_of("own", "curl"),
        "own",
        "What sends webhooks: our own HTTP client, or libcurl, at more CPU. Both keep the same promises.",
    ),
    Setting("DASTAK_SMTP_HOST", _text, "", "Mail server. Without one, the sandbox prints mail on the console."),
    Setting("DASTAK_SMTP_PORT", _whole(1, 65535), "587", "Port of the mail server."),
    Setting("DASTAK_SMTP_TLS", _one_of("none", "starttls", "tls"), "starttls", "How mail is encrypted on the way."),
    Setting("DASTAK_SMTP_USER", _text, "", "Sign-in at the mail server, if it wants one."),
    Setting("DASTAK_SMTP_PASSWORD", _text, "", "Password at the mail server.", secret=True),
    Setting("DASTAK_SMTP_SENDER", _text, "", "The From address of mail, such as KYC <kyc@example.com>."),
    Setting(
        "DASTAK_SMS_GATEWAY_URL",
        _url,
        "",
        "HTTP gateway for SMS. Without one, the sandbox prints SMS on the console.",
    ),
    Setting("DASTAK_SMS_GATEWAY_AUTHORIZATION", _text, "", "Value of its Authorization header.", secret=True),
    Setting(
        "DASTAK_WHATSAPP_GATEWAY_URL",
        _url,
        "",
        "HTTP gateway for WhatsApp. Without one, the sandbox prints it on the console.",
    ),
    Setting("DASTAK_WHATSAPP_GATEWAY_AUTHORIZATION", _text, "", "Value of its Authorization header.", secret=True),
    Setting(
        "DASTAK_OTLP_ENDPOINT",
        _url,
        "",
        "Collector of OpenTelemetry traces, such as http://127.0.0.1:4318. Without one, nothing is recorded.",
    ),
    Setting(
        "DASTAK_OTLP_HEADERS",
        _http_headers,
        "",
        "Headers for the collector, such as a token: name=value, separated by commas.",
        secret=True,
    ),
    Setting(
        "DASTAK_TRACE_SAMPLE",
        _share,
        "1",
        "Of the traces that begin here, how much is recorded, 0 to 1; at most 50 a second. Callers decide for theirs.",
    ),
    Setting(
        "DASTAK_IP_DATABASE",
        _maybe_file,
        "",
        "Video KYC: MMDB file that says in which country an address is. Default: the sandbox's own table; in "
        "production nobody passes that check then.",
    ),
    Setting(
        "DASTAK_IP_ANONYMOUS_DATABASE",
        _maybe_file,
        "",
        "Video KYC: MMDB file that says which addresses are VPNs, proxies or data centres.",
    ),
    Setting(
        "DASTAK_VIDEO_KYC_TEMPLATES",
        _maybe_file,
        "",
        "Video KYC: TOML file with [templates](video-kyc-templates.md) of your own: what customers are asked, what "
        "agents must do, reasons of rejections.",
    ),
    Setting(
        "DASTAK_RECORDINGS",
        _storage,
        "",
        "Video KYC: where [recordings](recordings.md) and pictures are kept, sealed: a folder, or s3://bucket/prefix. "
        "Default: `recordings` in the data folder.",
    ),
    Setting(
        "DASTAK_RECORDINGS_ENDPOINT", _url, "", "Video KYC: the S3 server of DASTAK_RECORDINGS, if it is not Amazon's."
    ),
    Setting("DASTAK_RECORDINGS_REGION", _text, "", "Video KYC: its region."),
    Setting(
        "DASTAK_RECORDINGS_ACCESS_KEY_ID", _text, "", "Video KYC: who signs in there. Default: as AWS's tools find it."
    ),
    Setting("DASTAK_RECORDINGS_SECRET_ACCESS_KEY", _text, "", "Video KYC: the secret of that key.", secret=True),
    Setting(
        "DASTAK_RECORDING_LINK_DAYS",
        _whole(1, 365),
        "7",
        "Video KYC: how long the link to a recording, as webhooks carry it, can be opened.",
    ),
    Setting(
        "DASTAK_VIDEO_ADDRESSES",
        _addresses,
        "",
        "Video KYC: addresses of this machine that take the media of [calls](video.md), separated by commas. Default: "
        "all but loopback; in the sandbox loopback, too.",
    ),
    Setting(
        "DASTAK_VIDEO_PUBLIC_ADDRESS",
        _maybe_address,
        "",
        "Video KYC: the address under which browsers reach it, where a router translates addresses one to one.",
    ),
    Setting(
        "DASTAK_VIDEO_PORTS",
        _port_range,
        "",
        "Video KYC: UDP ports for media, such as 40000-40999; two for each call. Default: any.",
    ),
    Setting(
        "DASTAK_ICE_SERVERS",
        _ice_servers,
        "",
        "Video KYC: STUN and TURN servers for browsers, separated by commas: stun:HOST:PORT, or "
        "turn:USER:PASSWORD@HOST:PORT?transport=tcp, with %40 for an @ in a password. Default: none.",
        secret=True,
    ),
    Setting(
        "DASTAK_TURN_SECRET",
        _text,
        "",
        "Video KYC: the secret that TURN servers without USER and PASSWORD share with us (coturn: static-auth-secret); "
        "browsers get names that end after two hours.",
        secret=True,
    ),
    Setting(
        "DASTAK_VIDEO_NODES",
        _urls,
        "",
        "Video KYC: where web processes reach those of [`dastak video`](scale-out.md), separated by commas, the same "
        "everywhere, such as http://10.0.0.21:8831,http://10.0.0.22:8831. Default: whoever serves the pages holds the "
        "calls, too.",
    ),
    Setting(
        "DASTAK_VIDEO_DRAIN_SECONDS",
        _whole(0, 7200),
        "600",
        "Video KYC: how long `dastak video` waits for calls under way when it is told to stop.",
    ),
    Setting(
        "DASTAK_VIDEO_GATEWAYS",
        _gateways,
        "",
        "Video KYC: Janus [gateways](janus.md) that take the media of calls, separated by commas, such as "
        "ws://127.0.0.1:8188. Default: none, this process takes them.",
    ),
    Setting("DASTAK_VIDEO_GATEWAY_SECRET", _text, "", "Video KYC: the `api_secret` of the gateways.", secret=True),
    Setting(
        "DASTAK_VIDEO_GATEWAY_MEDIA",
        _media_address,
        "127.0.0.1:0",
        "Video KYC: where gateways send media to this process: an address of this machine and an even UDP port, of "
        "which the next one is used, too. Port 0: any two.",
    ),
    Setting(
        "DASTAK_KEEP_EXCHANGES_DAYS",
        _whole(0, LONGEST_KEPT),
        "30",
        "How long headers and answers of webhook attempts are [kept](retention.md). 0: as long as the attempts.",
    ),
    Setting(
        "DASTAK_KEEP_DELIVERIES_DAYS",
        _whole(0, LONGEST_KEPT),
        "90",
        "How long finished deliveries are kept, with their attempts. 0: for ever.",
    ),
    Setting(
        "DASTAK_KEEP_BODIES_DAYS",
        _whole(0, LONGEST_KEPT),
        "0",
        "How long bodies of events, which hold personal data, are kept for resending. 0: as long as the events.",
    ),
    Setting(
        "DASTAK_KEEP_EVENTS_DAYS",
        _whole(0, LONGEST_KEPT),
        "0",
        "How long events are kept, once their deliveries are gone. 0: for ever.",
    ),
    Setting(
        "DASTAK_KEEP_NOTICES_DAYS", _whole(0, LONGEST_KEPT), "30", "How long finished notices are kept. 0: for ever."
    ),
)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """All settings, checked alone and together. Raises `SettingsError` with every fault."""
    faults: list[str] = []
    texts = {setting.name: _value_of(setting, environment, faults) for setting in SETTINGS}
    faults += _unknown(environment)
    values: dict[str, Any] = {}
    _fill_defaults(texts)
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.parse(texts[setting.name])
        except ValueError as error:
            faults.append(f"{setting.name}: {error}")
    if faults:
        raise SettingsError(faults)
    settings = Settings(**{name.removeprefix("DASTAK_").lower(): value for name, value in values.items()})
    faults += _faults_together(settings)
    if faults:
        raise SettingsError(faults)
    return settings


def _value_of(setting: Setting, environment: Mapping[str, str], faults: list[str]) -> str:
    file = environment.get(f"{setting.name}_FILE", "")
    if file and setting.name in environment:
        faults.append(f"{setting.name}: set it or {setting.name}_FILE, not both")
    if not file:
        return environment.get(setting.name, "").strip() or setting.default
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError):
        faults.append(f"{setting.name}_FILE: cannot read the file it names")
        return setting.default


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = {setting.name for setting in SETTINGS} | {f"{setting.name}_FILE" for setting in SETTINGS}
    strangers = sorted(name for name in environment if name.startswith("DASTAK_") and name not in known)
    return [f"{name}: there is no such setting; see docs/settings.md" for name in strangers]


def _fill_defaults(texts: dict[str, str]) -> None:
    """Defaults that depend on other settings."""
    sandbox = texts["DASTAK_MODE"] != "production"
    for name in ("DASTAK_WEBHOOK_ALLOW_HTTP", "DASTAK_WEBHOOK_ALLOW_LOOPBACK"):
        texts[name] = texts[name] or ("true" if sandbox else "false")
    if not texts["DASTAK_WEBHOOK_ALLOWED_PORTS"] and not sandbox:
        texts["DASTAK_WEBHOOK_ALLOWED_PORTS"] = "443"
    if not texts["DASTAK_PUBLIC_URL"]:
        host = texts["DASTAK_HOST"]
        shown = f"[{host}]" if ":" in host else host
        port = texts["DASTAK_PORT"]
        usable = port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535  # noqa: PLR2004
        texts["DASTAK_PUBLIC_URL"] = (
            f"http://{shown}:{port}" if usable else f"http://{shown}"
        )  # the port has its own fault


def _faults_together(settings: Settings) -> list[str]:
    faults = []
    if settings.webhook_total_timeout_seconds < settings.webhook_first_byte_timeout_seconds:
        faults.append("DASTAK_WEBHOOK_TOTAL_TIMEOUT_SECONDS: must not be shorter than the first-byte timeout")
    if 0 < settings.webhook_disable_after_hours <= max(settings.webhook_warn_after_hours, default=0):
        faults.append("DASTAK_WEBHOOK_DISABLE_AFTER_HOURS: must be more than every warning, or 0: never")
    if settings.smtp_host and not settings.smtp_sender:
        faults.append("DASTAK_SMTP_SENDER: is needed with DASTAK_SMTP_HOST")
    if settings.video_nodes and not settings.database_url:
        faults.append("DASTAK_VIDEO_NODES: needs DASTAK_DATABASE_URL, which the nodes share with this process")
    if settings.video_nodes and not settings.recordings:
        faults.append("DASTAK_VIDEO_NODES: needs DASTAK_RECORDINGS, a place that the nodes share with this process")
    if settings.otlp_headers and not settings.otlp_endpoint:
        faults.append("DASTAK_OTLP_ENDPOINT: is needed with DASTAK_OTLP_HEADERS")
    if not settings.turn_secret and any(needs_name(server) for server in settings.ice_servers):
        faults.append("DASTAK_TURN_SECRET: is needed with a TURN server that has no USER:PASSWORD@")
    if not settings.sandbox:
        faults += _faults_in_production(settings)
    return faults + _faults_of_edges(settings)


def _faults_of_edges(settings: Settings) -> list[str]:
    """What the parts that are set up from these settings would refuse; each says it in its own words."""
    faults = []
    for name, make in (
        ("DASTAK_WEBHOOK_ALLOWED_NETWORKS", lambda: guard_policy(settings)),
        (
            "DASTAK_VIDEO_KYC_TEMPLATES",
            lambda: settings.video_kyc_templates and read_templates(settings.video_kyc_templates),
        ),
        ("DASTAK_SMTP_*", lambda: settings.smtp_host and settings.smtp_sender and smtp_settings(settings)),
        ("DASTAK_SMS_GATEWAY_*", lambda: sms_gateway_settings(settings)),
        ("DASTAK_WHATSAPP_GATEWAY_*", lambda: whatsapp_gateway_settings(settings)),
    ):
        try:
            make()
        except ValueError as error:
            faults.append(f"{name}: {error}")
    return faults


def guard_policy(settings: Settings) -> GuardPolicy:
    """Which addresses webhooks may reach."""
    return GuardPolicy(
        https_only=not settings.webhook_allow_http,
        ports=frozenset(settings.webhook_allowed_ports) or None,
        allow_loopback=settings.webhook_allow_loopback,
        allowed_networks=settings.webhook_allowed_networks,
    )


def trouble_rules(settings: Settings) -> TroubleRules:
    """When owners of failing endpoints are warned, and when the endpoints are disabled."""
    disable_after = settings.webhook_disable_after_hours
    return TroubleRules(
        warn_after=tuple(timedelta(hours=hours) for hours in settings.webhook_warn_after_hours),
        disable_after=timedelta(hours=disable_after) if disable_after else None,
    )


def smtp_settings(settings: Settings) -> SmtpSettings:
    """How mail goes out."""
    name, address = parseaddr(settings.smtp_sender)
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=address,
        sender_name=name,
        tls=SmtpTls(settings.smtp_tls),
        user=settings.smtp_user,
        password=settings.smtp_password,
    )


def sms_gateway_settings(settings: Settings) -> HttpGatewaySettings | None:
    """How SMS go out, if by a gateway."""
    return _gateway(settings.sms_gateway_url, settings.sms_gateway_authorization)


def whatsapp_gateway_settings(settings: Settings) -> HttpGatewaySettings | None:
    """How WhatsApp messages go out, if by a gateway."""
    return _gateway(settings.whatsapp_gateway_url, settings.whatsapp_gateway_authorization)


def _gateway(url: str, authorization: str) -> HttpGatewaySettings | None:
    return HttpGatewaySettings(url=url, authorization=authorization) if url else None


def _faults_in_production(settings: Settings) -> list[str]:
    unsafe = {
        "DASTAK_PUBLIC_URL: must begin with https:// in production": not settings.public_url.startswith("https://"),
        "DASTAK_SECRET_KEY: is needed in production": not settings.secret_key,
        "DASTAK_WEBHOOK_ALLOW_HTTP: plain http is for the sandbox only": settings.webhook_allow_http,
        "DASTAK_WEBHOOK_ALLOW_LOOPBACK: loopback is for the sandbox only": settings.webhook_allow_loopback,
        "DASTAK_SMS_GATEWAY_URL: is needed in production, customers sign in by SMS code": not settings.sms_gateway_url,
        "DASTAK_SMTP_TLS: mail must be encrypted in production": bool(settings.smtp_host)
        and settings.smtp_tls == "none",
        "DASTAK_OTLP_ENDPOINT: must begin with https:// in production when DASTAK_OTLP_HEADERS is set": bool(
            settings.otlp_headers
        )
        and settings.otlp_endpoint.startswith("http://"),
        "DASTAK_MODE: this release verifies documents in the sandbox only; production sources are not in it yet": True,
    }
    return [fault for fault, found in unsafe.items() if found]
