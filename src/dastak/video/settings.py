"""What the video edge must be told.

In: `app` fills this from the environment. Out: rooms, recordings and the storage read it.
"""

from dataclasses import dataclass
from datetime import timedelta

from dastak.journeys.video_kyc.rooms import IceServer


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How browsers reach the rooms, and when somebody counts as lost."""

    host_addresses: tuple[str, ...] = ()
    """The addresses of this machine on which media is taken, as IP literals. Empty: all but loopback."""
    public_address: str = ""
    """What browsers are told instead of the host address, where the two differ (1:1 NAT). Empty: the host address."""
    udp_ports: tuple[int, int] | None = None
    """First and last UDP port for media, both included; None: any that the system gives."""
    ice_servers: tuple[IceServer, ...] = ()
    """STUN and TURN servers that browsers are told to use; there are no others."""
    turn_secret: str = ""
    """Shared with TURN servers that are given without a name: browsers get one that ends."""
    silence: timedelta = timedelta(seconds=4)
    """No media for so long: lost."""
    beat_silence: timedelta = timedelta(seconds=5)
    """No beat for so long: lost."""
    key_picture_every: timedelta = timedelta(seconds=5)
    """How often a whole picture is asked for, so that stills are quick and a loss is soon over."""
    flush_every: timedelta = timedelta(seconds=0.5)
    """How much of a recording a killed process may lose."""
    idle: timedelta = timedelta(minutes=10)
    """A room in which nobody is for so long is put away; whoever comes again opens it anew."""
    abandoned: timedelta = timedelta(seconds=30)
    """A page that was silent for so long has its connection closed, though media may still come: its call is over."""
    most_bits: int = 8_000_000
    """Per second and party; what is more is neither written down nor handed on."""
    come_up_within: timedelta = timedelta(seconds=30)
    """A connection that has brought no media by then is closed."""
