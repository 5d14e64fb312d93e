"""What browsers are told of STUN and TURN servers: where a secret is shared with the TURN server, a name that ends.

In: servers, the secret, the time. Out: servers with credentials. The way is coturn's `use-auth-secret`
(draft-uberti-behave-turn-rest-00): the name is the second at which it ends, the password an HMAC of it, so the TURN
server keeps no list, and who once had a call cannot relay through it for ever. Pure.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dastak.journeys.video_kyc.rooms import IceServer

LIFE = timedelta(hours=2)
"""Longer than any call."""


def with_names(servers: Sequence[IceServer], secret: str, now: float) -> tuple[IceServer, ...]:
    """The same servers; TURN servers without a name get one, if there is a secret. `now`: seconds since 1970."""
    if not secret:
        return tuple(servers)
    name = str(int(now + LIFE.total_seconds()))
    # SHA-1 is what the protocol of TURN's long-term credentials is written for
    password = base64.b64encode(hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()).decode()
    return tuple(
        replace(server, username=name, credential=password) if needs_name(server) else server for server in servers
    )


def needs_name(server: IceServer) -> bool:
    """Whether browsers cannot use it without one."""
    return not server.username and any(url.startswith("turn") for url in server.urls)
