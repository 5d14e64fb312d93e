"""Where a page of Video KYCs ended, as one word that a URL can carry.

In: a `Cursor` of the store. Out: text that clients hand back as it is; read again, the cursor. It is no secret, and
whoever makes one up reads no more than the list has.
"""

import base64
import binascii
from datetime import datetime

from dastak.journeys.paging import Cursor

LONGEST = 200
"""Characters."""


def cursor_text(cursor: Cursor) -> str:
    """The cursor as a word."""
    said = f"{cursor.at.isoformat()} {cursor.id}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def cursor_of(text: str) -> Cursor | None:
    """The cursor, None if the text is none."""
    if len(text) > LONGEST:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        at, _, id_ = raw.decode("ascii").partition(" ")
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        return None
    return Cursor(moment, id_) if moment.tzinfo is not None and id_.isprintable() and id_ else None
