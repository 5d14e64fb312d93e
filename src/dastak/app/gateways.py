"""Which way out each channel has.

In: the settings. Out: a gateway per channel: the configured one, else the console of the sandbox.
"""

import sys
from collections.abc import Iterable
from email.utils import parseaddr

from dastak.app.settings import Settings
from dastak.messaging.console import ConsoleGateway
from dastak.messaging.http_gateway import HttpGateway, HttpGatewaySettings
from dastak.messaging.smtp import SmtpGateway, SmtpSettings, SmtpTls
from dastak.notices.notice import Channel, Gateway


def gateways(settings: Settings) -> dict[Channel, Gateway]:
    """One gateway per channel that can be used; production has none where nothing is configured."""
    found: dict[Channel, Gateway] = {}
    if settings.sandbox:
        console = ConsoleGateway(sys.stdout)
        found = dict.fromkeys(Channel, console)
    if settings.smtp_host:
        found[Channel.EMAIL] = SmtpGateway(_smtp(settings))
    http = {
        Channel.SMS: (settings.sms_gateway_url, settings.sms_gateway_authorization),
        Channel.WHATSAPP: (settings.whatsapp_gateway_url, settings.whatsapp_gateway_authorization),
    }
    for channel, (url, authorization) in http.items():
        if url:
            found[channel] = HttpGateway(HttpGatewaySettings(url=url, authorization=authorization))
    return found


def close_gateways(found: Iterable[Gateway]) -> None:
    """Let go of their threads; at shutdown."""
    for gateway in found:
        if isinstance(gateway, SmtpGateway | HttpGateway):
            gateway.close()


def _smtp(settings: Settings) -> SmtpSettings:
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
