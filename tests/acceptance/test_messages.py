"""Messages to customers survive a kill: queued with the link, tried again, sent once each over real gateways."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from support.receiver import HookReceiver, Reply
from support.server import RunningServer, free_port


class Mailbox:
    """Keeps what an SMTP server accepted."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(envelope.content.decode())
        return "250 accepted"


@contextmanager
def smtp_server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


@pytest.mark.slow
def test_messages_queued_with_a_link_outlive_a_kill_and_are_sent_once(tmp_path: Path) -> None:
    with HookReceiver() as gateway, smtp_server() as (mailbox, smtp_port):
        gateway.play("/sms", Reply(503))
        settings: dict[str, Any] = {
            "sms_gateway_url": gateway.url("/sms"),
            "sms_gateway_authorization": "Bearer sms-key",
            "whatsapp_gateway_url": gateway.url("/whatsapp"),
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp_port,
            "smtp_tls": "none",
            "smtp_sender": "KYC <kyc@example.com>",
        }
        with RunningServer(tmp_path, **settings) as server:
            with server.api() as api:
                link = api.create_link(
                    phone="9876543210", email="asha@example.com", notification_types=["sms", "email", "whatsapp"]
                )
            gateway.wait_for(lambda hooks: {hook.path for hook in hooks} >= {"/sms", "/whatsapp"})
            server.kill()
            gateway.play("/sms", Reply(202))
            refused = len(gateway.hooks("/sms"))
            server.start()
            sms = gateway.wait_for(refused + 1, path="/sms")[-1]
            server.wait_for_log(1, event="notice.attempt", channel="sms", outcome="sent")
            server.stop()

    assert sms.json["to"] == "9876543210"
    assert link["form_link"] in sms.json["text"]
    assert sms.header("authorization") == "Bearer sms-key"
    assert len({hook.json["id"] for hook in gateway.hooks("/sms")}) == 1, "a retry is the same message"
    assert len(gateway.hooks("/sms")) == refused + 1
    assert link["form_link"] in gateway.hooks("/whatsapp")[0].json["text"]
    assert len({hook.json["id"] for hook in gateway.hooks("/whatsapp")}) == 1
    assert 1 <= len(mailbox.messages) <= 2, "at most the one in flight at the kill is repeated"
    assert "asha@example.com" in mailbox.messages[0]
