"""Who is trusted when https is spoken.

In: the sender's settings. Out: an SSL context for all connections. Called by `Traffic`, once per start.
"""

import ssl

from dastak.transport.settings import SenderSettings, trusted_authorities


def tls_context(settings: SenderSettings) -> ssl.SSLContext:
    """Make a context that checks chain and host name, and speaks TLS 1.2 or newer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    authorities = trusted_authorities(settings)
    if authorities is not None:
        context.load_verify_locations(authorities)
    return context
