"""A merchant: a tenant of this deployment, with the credentials of its API.

In: the CLI makes merchants. Out: the API asks who is calling; journeys and webhooks ask for the secret that signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One client id and secret. The secret also signs webhooks, so it is kept sealed, not hashed."""

    client_id: str
    """Public, `dk_…`."""
    client_secret: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merchant:
    """One tenant."""

    id: str
    """`mer_…`"""
    name: str
    """What customers see."""
    keys: tuple[ApiKey, ...]
    """Oldest first."""
    created_at: datetime
    contacts: tuple[str, ...] = ()
    """E-mail addresses of those who run its webhooks; kept sealed."""

    def signing_key(self) -> ApiKey:
        """The oldest active key: the one whose secret signs webhooks (contract.md §7 ruling 6).

        With every key revoked it is the newest: what is owed is still sent, and other merchants are not held up.
        """
        return next((key for key in self.keys if key.revoked_at is None), self.keys[-1])


class MerchantStore(Protocol):
    async def add_merchant(self, merchant: Merchant) -> None: ...

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        """Replace its contacts; False when there is no such merchant."""

    async def merchant(self, merchant_id: str) -> Merchant | None: ...

    async def merchant_by_client_id(self, client_id: str) -> Merchant | None: ...

    async def merchants(self) -> Sequence[Merchant]: ...
