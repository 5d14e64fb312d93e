"""A notice as an e-mail; nothing is sent here.

In: a notice and the sender. Out: a message ready for SMTP, the same each time (Message-ID and Date come from the
notice), so that a repeat can be recognised. Called by `smtp.py`. No text of ours or of a stranger can add a header:
control characters become spaces, and a recipient that is not one plain address is refused.
"""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from dastak.notices.notice import GatewayRefused, Notice

_ADDRESS = re.compile(r"""([^\s@<>()\[\],;:"\\]{1,64})@([^\s@<>()\[\],;:"\\]{1,253})""")
_POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes 7 bit; not every one offers more."""

_ENCODED_WORD = "=?"
"""How RFC 2047 begins an encoded word. The standard library would decode one, line breaks and all, while it writes the
header: a text that brings its own could add headers of its own."""


def address(text: str, display_name: str = "") -> Address:
    """Read one plain e-mail address. Raises `ValueError`, without repeating the address."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not text.isprintable() or _ENCODED_WORD in text:
        raise ValueError("This is not a plain e-mail address such as name@example.com.")
    return Address(_one_line(display_name), username=match[1], domain=match[2])


def compose(notice: Notice, sender: Address) -> EmailMessage:
    """Build the e-mail. Raises `GatewayRefused` for a recipient that is not an address."""
    try:
        recipient = address(notice.recipient)
    except ValueError:
        raise GatewayRefused("The recipient is not an e-mail address.") from None
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = _one_line(notice.subject)
    message["Date"] = format_datetime(notice.created_at)
    message["Message-ID"] = f"<{quote(notice.id, safe='')}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(notice.text))
    return message


def _one_line(text: str) -> str:
    spaced = "".join(c if c.isprintable() else " " for c in text).replace(_ENCODED_WORD, "= ?")
    return " ".join(spaced.split())


def _encodable(text: str) -> str:
    """Replace lone surrogates, which no encoding has a place for."""
    return text.encode("utf-8", "replace").decode("utf-8")
