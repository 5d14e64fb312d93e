"""What the rooms must know of their gateways.

In: `app` fills this from the environment. Out: the back end reads it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JanusSettings:
    """Gateways, and where they send what browsers sent."""

    gateways: tuple[str, ...]
    """URLs of their WebSocket APIs: `ws://` on this machine, `wss://` elsewhere, for keys pass there."""
    api_secret: str = ""
    """As in their `janus.jcfg`."""
    host: str = "127.0.0.1"
    """The address of this machine that gateways send media to, an IP literal."""
    port: int = 0
    """Its UDP port, an even one; the next one is used, too. 0: any two that are free."""
