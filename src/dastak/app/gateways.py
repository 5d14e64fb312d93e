"""Which way out each channel has.

In: the settings. Out: a gateway per channel: the configured one, else the console of the sandbox.
"""

import sys
from collections.abc import Iterable

from dastak.app.settings import Settings, sms_gateway_settings, smtp_settings, whatsapp_gateway_settings
from dastak.messaging.console import ConsoleGateway
from dastak.messaging.http_gateway import HttpGateway
from dastak.messaging.smtp import SmtpGateway
from dastak.notices.notice import Channel, Gateway


def gateways(settings: Settings) -> dict[Channel, Gateway]:
    """One gateway per channel that can be used; production has none where nothing is configured."""
    found: dict[Channel, Gateway] = {}
    if settings.sandbox:
        console = ConsoleGateway(sys.stdout)
        found = dict.fromkeys(Channel, console)
    if settings.smtp_host:
        found[Channel.EMAIL] = SmtpGateway(smtp_settings(settings))
    http = {Channel.SMS: sms_gateway_settings(settings), Channel.WHATSAPP: whatsapp_gateway_settings(settings)}
    found.update({channel: HttpGateway(one) for channel, one in http.items() if one is not None})
    return found


def close_gateways(found: Iterable[Gateway]) -> None:
    """Let go of their threads; at shutdown."""
    for gateway in found:
        if isinstance(gateway, SmtpGateway | HttpGateway):
            gateway.close()
