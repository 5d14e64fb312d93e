"""A real mail server on loopback that keeps what it is sent, and the gateway's settings for it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from dastak.messaging.smtp import SmtpSettings, SmtpTls


class Mailbox:
    """Keeps what it is sent; answers as told."""

    def __init__(self, *, mail: str = "", rcpt: str = "", data: str = "") -> None:
        self._mail, self._rcpt, self._data = mail, rcpt, data
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []

    async def handle_MAIL(self, *args: Any) -> str:  # noqa: N802 - the server's name for it
        _server, _session, envelope, address, _options = args
        envelope.mail_from = address
        return self._mail or "250 OK"

    async def handle_RCPT(self, *args: Any) -> str:  # noqa: N802
        _server, _session, envelope, address, _options = args
        if self._rcpt:
            return self._rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *args: Any) -> str:  # noqa: N802
        _server, _session, envelope = args
        if self._data:
            return self._data
        self.messages.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return "250 OK"


@contextlib.asynccontextmanager
async def mail_server(mailbox: Mailbox, tls: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[int]:
    """Serve on a loopback port of its own; yields the port. `settings` are the mail server's."""
    connections: list[SMTP] = []

    def serve() -> SMTP:
        connections.append(SMTP(mailbox, hostname="localhost", **settings))
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in connections:
            if connection.transport is not None:
                connection.transport.close()
        await server.wait_closed()


def settings_for(port: int, tls: SmtpTls = SmtpTls.NONE, user: str = "", password: str = "") -> SmtpSettings:
    return SmtpSettings(
        "localhost" if tls is not SmtpTls.NONE else "127.0.0.1",
        port,
        "kyc@example.com",
        "Dastak KYC",
        tls,
        user,
        password,
        helo_name="localhost",
        deadline=timedelta(seconds=5),
    )
