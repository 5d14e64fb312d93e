"""Numbered checks of a deployment, each with a hint.

In: an environment. Out: findings in order. `dastak doctor` prints them; a check never changes anything but its own
temporary file.
"""

import asyncio
import resource
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from dastak.app.keys import KEY_FILE, KeyFileDamaged, master_keys
from dastak.app.postgres_findings import connections_finding, database_finding
from dastak.app.settings import Settings, SettingsError, read_settings
from dastak.store.sqlite.migration import available, version_of
from dastak.transport.settings import SenderSettings, trusted_authorities

OPEN_FILES = 1024
OLDEST_CLOCK = datetime(2025, 1, 1, tzinfo=UTC)
CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    number: str
    """`D01`…, stable: runbooks can name it."""
    what: str
    ok: bool
    hint: str = ""
    """What to do; on success, what was seen."""


def examine(environment: Mapping[str, str]) -> list[Finding]:
    """Run every check that makes sense; without usable settings only the first one does."""
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        return [Finding("D01", "settings", ok=False, hint=fault) for fault in error.faults]
    findings = [Finding("D01", "settings", ok=True, hint=f"mode {settings.mode}")]
    for number, (what, check) in enumerate(CHECKS, start=2):
        fault, seen = check(settings)
        findings.append(Finding(f"D{number:02}", what, ok=not fault, hint=fault or seen))
    return findings


Check = Callable[[Settings], tuple[str, str]]
"""settings → (fault, "") or ("", what was seen)."""


def _key(settings: Settings) -> tuple[str, str]:
    if settings.secret_key:
        return "", f"{len(settings.secret_key)} key(s) from the settings"
    if settings.database.exists() and not (settings.data_dir / KEY_FILE).exists():
        return f"{KEY_FILE} is missing beside the database: restore it, the data cannot be read without it", ""
    if (settings.data_dir / KEY_FILE).exists():
        try:
            master_keys(settings)
        except KeyFileDamaged as error:
            return str(error), ""
    others = "; processes on other machines need it as DASTAK_SECRET_KEY" if settings.database_url else ""
    return "", f"the sandbox's own key in the data folder{others}"


def _data_folder(settings: Settings) -> tuple[str, str]:
    folder = _nearest(settings.data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"cannot write in {folder}: {error.strerror}. Choose another DASTAK_DATA_DIR or mend its owner", ""
    if settings.data_dir.exists() and settings.data_dir.stat().st_mode & 0o077:
        return f"others can look into {settings.data_dir}; run: chmod 700 {settings.data_dir}", ""
    return "", str(settings.data_dir)


def _database(settings: Settings) -> tuple[str, str]:
    if settings.database_url:
        return asyncio.run(database_finding(settings))
    if not settings.database.exists():
        return "", "not made yet; the first start makes it"
    newest = available()[-1][0]
    try:
        connection = sqlite3.connect(f"file:{quote(str(settings.database))}?mode=ro", uri=True)
        try:
            version = version_of(connection)
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return f"cannot be read: {error}. Restore a backup of {settings.database}", ""
    if version > newest:
        return f"has schema {version}, this release knows {newest}: use a newer release", ""
    if sound != "ok":
        return f"is damaged ({sound}): restore a backup", ""
    return "", f"schema {version} of {newest}"


def _connections(settings: Settings) -> tuple[str, str]:
    if settings.database_url:
        return asyncio.run(connections_finding(settings))
    return "", "the embedded database, for one process"


def _public_url(settings: Settings) -> tuple[str, str]:
    host = urlsplit(settings.public_url).hostname or ""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - it is what we warn of
        return "customers cannot open that address: set DASTAK_PUBLIC_URL", ""
    return "", settings.public_url


def _authorities(settings: Settings) -> tuple[str, str]:
    found = trusted_authorities(SenderSettings(ca_file=settings.webhook_ca_file))
    if found is None:
        return "no CA bundle: https webhooks would fail. Install ca-certificates or set DASTAK_WEBHOOK_CA_FILE", ""
    return "", found


def _gateways(settings: Settings) -> tuple[str, str]:
    ways = {"SMTP": (settings.smtp_host, settings.smtp_port)} if settings.smtp_host else {}
    for name, url in (("SMS", settings.sms_gateway_url), ("WhatsApp", settings.whatsapp_gateway_url)):
        if url:
            parts = urlsplit(url)
            ways[name] = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    return _all_connect(ways) or ("", ", ".join(ways) or "the console prints every message")


def _media_gateways(settings: Settings) -> tuple[str, str]:
    ways = {}
    for url in settings.video_gateways:
        parts = urlsplit(url)
        ways[url] = (parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80))
    return _all_connect(ways) or ("", ", ".join(ways) or "this process takes the media of calls")


def _all_connect(ways: dict[str, tuple[str, int]]) -> tuple[str, str] | None:
    unreachable = [f"{name} at {host}:{port}" for name, (host, port) in ways.items() if not _connects(host, port)]
    if unreachable:
        return f"cannot connect to {', '.join(unreachable)}: check the setting and the firewall", ""
    return None


def _clock(_settings: Settings) -> tuple[str, str]:
    now = datetime.now(UTC)
    if now < OLDEST_CLOCK:
        return "the clock is years behind: signatures would be refused as stale. Turn on time synchronisation", ""
    return "", now.isoformat(timespec="seconds")


def _open_files(settings: Settings) -> tuple[str, str]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(OPEN_FILES, settings.webhook_in_flight * 2)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        return f"only {soft} files may be open, {wanted} are wanted: raise the limit (ulimit -n)", ""
    return "", f"{soft} may be open"


CHECKS: tuple[tuple[str, Check], ...] = (
    ("secret key", _key),
    ("data folder", _data_folder),
    ("database", _database),
    ("public URL", _public_url),
    ("certificate authorities", _authorities),
    ("message gateways", _gateways),
    ("clock", _clock),
    ("open files", _open_files),
    ("connections", _connections),
    ("media gateways", _media_gateways),
)


def _nearest(folder: Path) -> Path:
    return next(path for path in _upwards(folder.absolute()) if path.exists())


def _upwards(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents


def _connects(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            return True
    except OSError:
        return False
