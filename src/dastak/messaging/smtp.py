"""Notices by e-mail, through a mail server of the operator's.

In: a notice. Out: the server's acceptance, or `GatewayRefused` / `GatewayUnavailable`. Built by `app` from settings.
A permanent 5xx about the recipient or the message is a refusal. Everything else is worth another try: no connection,
any 4xx, and also a server that does not want *us* (TLS, login, sender), which the operator can mend in the meantime.
Errors carry the server's number and never its words, which tend to quote the recipient.
"""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from dastak.messaging.cutoff import Cutoff
from dastak.messaging.loopback import is_loopback
from dastak.messaging.mail import address, compose
from dastak.notices.notice import GatewayRefused, GatewayUnavailable, Notice

_THREADS_MAX = 16
_PERMANENT = range(500, 600)


class SmtpTls(StrEnum):
    """How the connection is protected; with `STARTTLS` a server that does not offer it is not used."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the mail server is. Raises `ValueError` with what to change."""

    host: str
    port: int
    sender: str
    """The From address."""
    sender_name: str = ""
    tls: SmtpTls = SmtpTls.STARTTLS
    user: str = ""
    """Empty: no login."""
    password: str = field(default="", repr=False)
    helo_name: str = ""
    """What we call ourselves in EHLO; empty: this machine's full name, which may cost a DNS look-up."""
    deadline: timedelta = timedelta(seconds=20)
    """For the whole conversation; keep it under the notifier's send timeout."""

    def __post_init__(self) -> None:
        if not address(self.sender).domain.isascii():
            raise ValueError("Write the sender's domain in ASCII (xn--…).")
        if not (self.user.isascii() and self.password.isascii()):
            raise ValueError("The SMTP user and password must be ASCII.")
        if self.user and self.tls is SmtpTls.NONE and not is_loopback(self.host):
            raise ValueError("The SMTP password would travel in the clear: set TLS to starttls or tls.")


class SmtpGateway:
    """Fulfils `Gateway`; one connection per notice, in threads of its own so that a slow server slows only mail."""

    def __init__(self, settings: SmtpSettings, *, tls_context: ssl.SSLContext | None = None) -> None:
        """`tls_context`: for a private certificate authority; the system's authorities otherwise."""
        self._settings = settings
        encrypted = settings.tls is not SmtpTls.NONE
        self._tls = tls_context or (ssl.create_default_context() if encrypted else None)
        self._sender: Address = address(settings.sender, settings.sender_name)
        self._threads = ThreadPoolExecutor(_THREADS_MAX, thread_name_prefix="smtp")

    async def send(self, notice: Notice) -> None:
        """Hand the notice to the mail server. Raises `GatewayRefused`, `GatewayUnavailable`."""
        message = compose(notice, self._sender)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._converse, message, notice.recipient)

    def close(self) -> None:
        """Begin no more conversations; those under way end by their deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _converse(self, message: EmailMessage, recipient: str) -> None:
        with Cutoff(self._settings.deadline) as cutoff:
            connection = self._open(cutoff)
            try:
                self._log_in(connection, cutoff)
                _hand_over(connection, cutoff, message, self._settings.sender, recipient)
                with contextlib.suppress(OSError):  # smtplib's errors are OSErrors; the message is accepted
                    connection.quit()
            finally:
                connection.close()

    def _open(self, cutoff: Cutoff) -> smtplib.SMTP:
        where = (self._settings.host, self._settings.port, self._settings.helo_name or None)
        try:
            if self._settings.tls is SmtpTls.TLS:
                return _WatchedTls(cutoff, *where, timeout=cutoff.left(), context=self._tls)
            return _Watched(cutoff, *where, timeout=cutoff.left())
        except OSError as error:
            raise _unavailable("The mail server could not be reached", error) from None

    def _log_in(self, connection: smtplib.SMTP, cutoff: Cutoff) -> None:
        try:
            cutoff.left()
            if self._settings.tls is SmtpTls.STARTTLS:
                connection.starttls(context=self._tls)
            if self._settings.user:
                connection.login(self._settings.user, self._settings.password)
        except OSError as error:
            raise _unavailable("The mail server did not let us in", error) from None


class _WatchedSocket:
    """Shows its socket to the cut-off from the first moment, when the server has yet to greet us."""

    sock: socket.socket | None

    def __init__(self, cutoff: Cutoff, *args: Any, **kwargs: Any) -> None:
        cutoff.watch(lambda: self.sock)
        super().__init__(*args, **kwargs)


class _Watched(_WatchedSocket, smtplib.SMTP):
    pass


class _WatchedTls(_WatchedSocket, smtplib.SMTP_SSL):
    pass


def _hand_over(connection: smtplib.SMTP, cutoff: Cutoff, message: EmailMessage, sender: str, recipient: str) -> None:
    try:
        cutoff.left()
        connection.send_message(message, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = error.recipients[recipient]
        raise _verdict("the recipient", code) from None
    except smtplib.SMTPSenderRefused as error:
        raise GatewayUnavailable(f"The mail server refused our sender address ({error.smtp_code}).") from None
    except smtplib.SMTPDataError as error:
        raise _verdict("the message", error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise GatewayRefused("The mail server takes no addresses outside ASCII.") from None
    except OSError as error:
        raise _unavailable("The mail server broke off", error) from None


def _verdict(what: str, code: int) -> GatewayRefused | GatewayUnavailable:
    if code in _PERMANENT:
        return GatewayRefused(f"The mail server refused {what} ({code}).")
    return GatewayUnavailable(f"The mail server put {what} off ({code}).")


def _unavailable(what: str, error: OSError) -> GatewayUnavailable:
    detail = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__
    return GatewayUnavailable(f"{what} ({detail}).")
