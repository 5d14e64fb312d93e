"""Notices on the console: what the sandbox does instead of sending SMS, e-mail or WhatsApp.

In: a notice. Out: a small panel on a stream, with the recipient masked and the link or OTP readable, each line of the
text on a line of its own. Plugged in by `app` when `DASTAK_MODE=sandbox`, never in production: an OTP in a log is a
leak.
"""

from typing import TextIO

from dastak.notices.notice import GatewayUnavailable, Notice

_SHOWN_DIGITS = 4
_HIDDEN = "****"


class ConsoleGateway:
    """Fulfils `Gateway` by writing to a text stream, one write per notice."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def send(self, notice: Notice) -> None:
        """Write the panel. Raises `GatewayUnavailable` when the stream is gone."""
        encoding = self._stream.encoding or "utf-8"
        panel = _panel(notice).encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(panel)
            self._stream.flush()
        except (OSError, ValueError):
            raise GatewayUnavailable("The console is closed.") from None


def mask_recipient(recipient: str) -> str:
    """Hide a phone number but for its last four digits, and the name in an e-mail address but for its first letter."""
    name, at, domain = _printable(recipient).rpartition("@")
    if at:
        return f"{name[:1]}{_HIDDEN}@{domain}"
    return _HIDDEN + domain[-_SHOWN_DIGITS:] if len(domain) > _SHOWN_DIGITS else _HIDDEN


def _panel(notice: Notice) -> str:
    title = f"{notice.channel} {notice.purpose} to {mask_recipient(notice.recipient)} ({_printable(notice.id)})"
    lines = [_printable(line) for line in notice.text.splitlines()]
    return "\n".join([f"+-- {title}", *(f"|  {line}" for line in lines), "+--", ""])


def _printable(text: str) -> str:
    """Keep control characters away from the terminal: names in the text come from strangers."""
    return "".join(c if c.isprintable() else " " for c in text)
