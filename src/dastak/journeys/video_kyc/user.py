"""A merchant's user: the person whom Video KYCs are made for (contract.md §2.3).

In: the merchant makes and changes one by API. Out: a Video KYC copies from it what it needs when it is made.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class VkycUser:
    """One person, as the merchant knows them."""

    merchant_id: str
    user_id: str
    """The merchant's own id, or one that we made; unique per merchant."""
    user_reference_id: int
    """Our number for the user, unique per deployment."""
    phone: str
    """Cannot change (contract.md §2.2)."""
    email: str | None
    name: str | None
    address: str | None
    created_at: datetime
    made_by: str = ""
    """A key's client id, or a member's id; empty: not known."""
    version: int = 0
    """Grows with every saved change; a save against an older version is refused."""
