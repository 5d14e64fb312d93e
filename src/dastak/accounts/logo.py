"""Logos that a merchant has uploaded, each a small picture under an id of its own.

In: `brand` keeps and drops them; pages name them by id. Out: the store fulfils `LogoStore`, and serves them.
"""

from dataclasses import dataclass
from typing import Protocol

MEDIA_TYPE = "image/webp"
MOST_LOGOS = 50
"""Per merchant: its own, and one for each template that has another."""


class TooManyLogos(Exception):  # noqa: N818 - the name says what happened
    """The merchant has as many logos as it can have."""

    code = "too_many_logos"


@dataclass(frozen=True, slots=True)
class Logo:
    """One picture, as it is sent to browsers. Another picture gets another id, so browsers may keep it for ever."""

    merchant_id: str
    id: str
    """`lgo_…`"""
    body: bytes
    """WebP."""


class LogoStore(Protocol):
    """Where logos live. Each write is one durable transaction."""

    async def add_logo(self, logo: Logo) -> None:
        """Raises `TooManyLogos`."""

    async def logo(self, merchant_id: str, logo_id: str) -> bytes | None: ...

    async def drop_logo(self, merchant_id: str, logo_id: str) -> None:
        """Harmless when it is not there."""
