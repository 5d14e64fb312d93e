"""The SMTP gateway against a real mail server on loopback."""

import ssl
import time
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from dastak.messaging.smtp import SmtpGateway, SmtpSettings, SmtpTls
from dastak.notices.notice import GatewayRefused, GatewayUnavailable, Notice
from integration.messaging.post_office import Mailbox, mail_server, settings_for
from integration.messaging.stage import Talk, a_notice, say_nothing, tcp_server, tls_pair, trickle


def check_password(*args: object) -> AuthResult:
    return AuthResult(success=args[-1] == LoginPassword(b"kyc", b"s3cret"), handled=False)


async def deliver(settings: SmtpSettings, notice: Notice, context: ssl.SSLContext | None = None) -> None:
    gateway = SmtpGateway(settings, tls_context=context)
    try:
        await gateway.send(notice)
    finally:
        gateway.close()


async def test_a_notice_arrives_as_one_correct_message() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await deliver(settings_for(port), a_notice(subject="केवाईसी पूरा करें", text="Zeile 1: ä\n.\nline 3"))
    (message,) = mailbox.messages
    assert mailbox.envelopes == [("kyc@example.com", ["asha@example.com"])]
    assert message["From"] == "Dastak KYC <kyc@example.com>"
    assert message["To"] == "asha@example.com"
    assert message["Subject"] == "केवाईसी पूरा करें"
    assert message["Message-ID"] == "<ntc_1@example.com>"
    assert message["Date"] == "Fri, 02 Jan 2026 12:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Zeile 1: ä", ".", "line 3"]


async def test_neither_subject_nor_id_can_add_a_header() -> None:
    mailbox = Mailbox()
    evil = a_notice(subject="Hello\r\nBcc: eve@example.com\x85X-Evil: 1", id="ntc_1>\r\nX-Evil: 1")
    async with mail_server(mailbox) as port:
        await deliver(settings_for(port), evil)
    (message,) = mailbox.messages
    assert message["Subject"] == "Hello Bcc: eve@example.com X-Evil: 1"
    assert {"Bcc", "X-Evil"}.isdisjoint(message.keys())


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "asha",
        "asha@",
        "a@b@c",
        "asha@example.com\r\nBcc: eve@example.com",
        "asha@example.com,eve@example.com",
        "<a@b>",
        "a b@c",
    ],
)
async def test_a_recipient_that_is_no_address_is_refused_and_not_repeated(recipient: str) -> None:
    with pytest.raises(GatewayRefused, match="not an e-mail address") as refused:
        await deliver(settings_for(1), a_notice(recipient=recipient))
    assert not recipient or recipient not in str(refused.value)


@pytest.mark.parametrize(
    ("mailbox", "error", "says"),
    [
        (Mailbox(rcpt="550 no asha@example.com here"), GatewayRefused, "recipient (550)"),
        (Mailbox(rcpt="450 mailbox busy"), GatewayUnavailable, "recipient off (450)"),
        (Mailbox(rcpt="421 going down"), GatewayUnavailable, "recipient off (421)"),
        (Mailbox(data="554 spam"), GatewayRefused, "message (554)"),
        (Mailbox(data="451 try later"), GatewayUnavailable, "message off (451)"),
        (Mailbox(mail="553 not your domain"), GatewayUnavailable, "sender address (553)"),
    ],
)
async def test_the_servers_answer_decides_and_its_words_are_not_repeated(
    mailbox: Mailbox, error: type[Exception], says: str
) -> None:
    async with mail_server(mailbox) as port:
        with pytest.raises(error) as raised:
            await deliver(settings_for(port), a_notice())
    assert says in str(raised.value)
    assert "asha" not in str(raised.value)


async def test_starttls_and_login_work_with_the_right_password_only(tmp_path: Path) -> None:
    server_tls, trusting = tls_pair(tmp_path)
    mailbox = Mailbox()
    async with mail_server(
        mailbox, tls_context=server_tls, require_starttls=True, auth_required=True, authenticator=check_password
    ) as port:
        await deliver(settings_for(port, SmtpTls.STARTTLS, "kyc", "s3cret"), a_notice(), trusting)
        with pytest.raises(GatewayUnavailable, match="let us in \\(535\\)"):
            await deliver(settings_for(port, SmtpTls.STARTTLS, "kyc", "wrong"), a_notice(), trusting)
        with pytest.raises(GatewayUnavailable, match="SSLCertVerificationError"):
            await deliver(settings_for(port, SmtpTls.STARTTLS, "kyc", "s3cret"), a_notice())
    assert len(mailbox.messages) == 1


async def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        with pytest.raises(GatewayUnavailable, match="SMTPNotSupported"):
            await deliver(settings_for(port, SmtpTls.STARTTLS), a_notice())
    assert mailbox.messages == []


async def test_tls_from_the_first_byte_works(tmp_path: Path) -> None:
    server_tls, trusting = tls_pair(tmp_path)
    mailbox = Mailbox()
    async with mail_server(mailbox, server_tls) as port:
        await deliver(settings_for(port, SmtpTls.TLS), a_notice(), trusting)
        with pytest.raises(GatewayUnavailable, match="could not be reached"):
            await deliver(settings_for(port, SmtpTls.TLS), a_notice())
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("talk", [say_nothing, trickle(b"220-hello\r\n", b"220-x\r\n")], ids=["silent", "trickling"])
async def test_a_mail_server_that_hangs_is_cut_off_at_the_deadline(talk: Talk) -> None:
    started = time.monotonic()
    async with tcp_server(talk) as port:
        settings = SmtpSettings(
            "127.0.0.1",
            port,
            "kyc@example.com",
            tls=SmtpTls.NONE,
            helo_name="localhost",
            deadline=timedelta(seconds=0.3),
        )
        with pytest.raises(GatewayUnavailable):
            await deliver(settings, a_notice())
    assert time.monotonic() - started < 10


async def test_a_closed_port_is_worth_another_try() -> None:
    with pytest.raises(GatewayUnavailable, match="could not be reached"):
        await deliver(settings_for(1), a_notice())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sender": "not an address"}, "plain e-mail address"),
        ({"sender": "kyc@exämple.com"}, "in ASCII"),
        ({"user": "kyc", "tls": SmtpTls.NONE}, "in the clear"),
        ({"user": "kyc", "password": "pässword"}, "must be ASCII"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(change: dict[str, str], says: str) -> None:
    fields = {"host": "mail.example.com", "port": 587, "sender": "kyc@example.com"} | change
    with pytest.raises(ValueError, match=says):
        SmtpSettings(**fields)  # type: ignore[arg-type]


def test_settings_do_not_show_their_password() -> None:
    assert "s3cret" not in repr(settings_for(1, SmtpTls.TLS, "kyc", "s3cret"))
