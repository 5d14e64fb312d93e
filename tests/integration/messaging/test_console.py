"""The console gateway, as a developer reads it."""

import io

import pytest

from dastak.messaging.console import ConsoleGateway, mask_recipient
from dastak.notices.notice import GatewayUnavailable
from integration.messaging.stage import a_notice

LINK = "https://kyc.example.com/verification/" + "abc123" * 30


async def test_the_link_stands_whole_on_one_line_and_the_recipient_is_masked() -> None:
    stream = io.StringIO()
    await ConsoleGateway(stream).send(a_notice(text=f"Finish your KYC:\n{LINK}"))
    assert stream.getvalue().splitlines() == [
        "+-- email link to a****@example.com (ntc_1)",
        "|  Finish your KYC:",
        f"|  {LINK}",
        "+--",
    ]


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("9876543210", "****3210"),
        ("+919876543210", "****3210"),
        ("1234", "****"),
        ("", "****"),
        ("asha@example.com", "a****@example.com"),
        ("@example.com", "****@example.com"),
    ],
)
def test_a_recipient_is_recognised_but_not_revealed(recipient: str, shown: str) -> None:
    assert mask_recipient(recipient) == shown


async def test_a_strangers_name_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    await ConsoleGateway(stream).send(a_notice(text="Hello \x1b[2J\x07Eve\x9b1A"))
    assert stream.getvalue().isascii()
    assert not {"\x1b", "\x07", "\x9b"} & set(stream.getvalue())


async def test_a_terminal_that_knows_only_ascii_still_shows_the_notice() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    await ConsoleGateway(terminal).send(a_notice(text="OTP 443322 है"))
    assert b"OTP 443322 ??" in raw.getvalue()


async def test_a_closed_console_is_unavailable() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(GatewayUnavailable):
        await ConsoleGateway(stream).send(a_notice())
