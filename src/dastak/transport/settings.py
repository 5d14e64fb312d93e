"""What a deployment may set about sending. `app` fills it, the engine reads it. Defaults are pinned by a test."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # BSDs
)


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """How the sender sends."""

    user_agent: str = "Dastak"
    """Sent unless a post carries its own `user-agent`."""
    ca_file: Path | None = None
    """PEM file of trusted authorities, used *instead of* the machine's own; None takes the machine's."""
    max_connections: int = 1024
    """Posts under way at once, and sockets held, idle ones included. More posts wait inside."""
    max_idle: timedelta = timedelta(seconds=55)
    """An idle connection older than this is not used again: most servers close at 60 or 75 s."""
    max_lifetime: timedelta = timedelta(minutes=5)
    """A connection older than this is not used again."""
    names_kept: timedelta = timedelta(seconds=10)
    """How long the addresses of a name are used before it is looked up again."""
    resolver_threads: int = 16

    def __post_init__(self) -> None:
        if self.max_connections < 1 or self.resolver_threads < 1:
            raise ValueError("max_connections and resolver_threads must be at least 1.")
        if not self.user_agent.isascii() or not self.user_agent.isprintable():
            raise ValueError("user_agent must be printable ASCII.")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise ValueError(f"The CA file {self.ca_file} does not exist: name a PEM file of certificates.")


def trusted_authorities(settings: SenderSettings) -> str | None:
    """Return the CA bundle to use: the one set, else the machine's; None leaves it to libcurl (and TLS will fail)."""
    if settings.ca_file is not None:
        return str(settings.ca_file)
    candidates = (ssl.get_default_verify_paths().cafile, *_BUNDLES)
    return next((path for path in candidates if path and Path(path).is_file()), None)
