"""A merchant: a tenant of this deployment, with the keys of its API.

In: the CLI makes merchants; `key_desk` changes their keys. Out: the API asks who is calling; journeys and webhooks ask
for the secret that signs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

DEFAULT_ZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One client id and secret. The secret may also sign webhooks, so it is kept sealed, not hashed."""

    client_id: str
    """Public, `dk_…`."""
    client_secret: str
    created_at: datetime
    revoked_at: datetime | None = None
    """When it was taken out of use by hand."""
    label: str = ""
    """What the merchant calls it."""
    ends_at: datetime | None = None
    """From then on it opens and signs nothing: it was rotated. None: nothing ends it by itself."""
    successor: str = ""
    """Client id of the key that took its place."""
    last_used_at: datetime | None = None
    """To about an hour; None: not yet."""

    def is_active(self, now: datetime) -> bool:
        """Whether it opens the API, and may sign."""
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)

    @property
    def lasts(self) -> bool:
        """Whether nothing has ended it, nor will by itself."""
        return self.revoked_at is None and self.ends_at is None


@dataclass(frozen=True, slots=True)
class Brand:
    """What customers see of a merchant besides its name; empty: the usual."""

    colour: str = ""
    """`#rrggbb`"""
    logo: str = ""
    """Id of an uploaded one."""
    support: str = ""
    """How customers reach the merchant, in its own words."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a message to customers says, with named places."""

    subject: str
    text: str


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
    signing_client_id: str = ""
    """Of the key that was chosen to sign webhooks; empty: none was, so the oldest does."""
    version: int = 1
    """Of keys, name, brand and words as they are stored; a save with an old one changes nothing."""
    time_zone: str = DEFAULT_ZONE
    """In which its dashboard shows times: a name of the IANA database."""
    brand: Brand = field(default_factory=Brand)
    words: Mapping[str, OwnWords] = field(default_factory=dict)
    """Of messages that speak differently than Dastak does, by `journeys.wording.MessageKind`."""

    def signing_key(self, now: datetime) -> ApiKey:
        """The one key whose secret signs webhooks at that time (contract.md §7 ruling 6).

        The chosen one; when that has ended, whichever took its place; else the oldest that is active. With none active
        it is the newest: what is owed is still sent, and other merchants are not held up.
        """
        chosen = self.key(self.signing_client_id)
        for _ in self.keys:
            if chosen is None or chosen.is_active(now):
                break
            chosen = self.key(chosen.successor)
        if chosen is not None and chosen.is_active(now):
            return chosen
        return next((key for key in self.keys if key.is_active(now)), self.keys[-1])

    def key(self, client_id: str) -> ApiKey | None:
        """Its key of that client id."""
        return next((key for key in self.keys if key.client_id == client_id), None)


class MerchantStore(Protocol):
    """Where merchants live. Each write is one durable transaction, but for `note_use`."""

    async def add_merchant(self, merchant: Merchant) -> None: ...

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        """Replace its contacts; False when there is no such merchant."""

    async def save_keys(self, merchant: Merchant) -> bool:
        """Make its keys those, and the chosen one that; keys that are left out go.

        False, having changed nothing, when somebody saved them meanwhile (`merchant.version` is stale).
        """

    async def save_brand(self, merchant: Merchant) -> bool:
        """Make its name, brand and words those; False as `save_keys`."""

    async def note_use(self, merchant_id: str, client_id: str, at: datetime) -> None:
        """The key was used. May be lost with the power."""

    async def merchant(self, merchant_id: str) -> Merchant | None:
        """Perhaps from memory: what another process changed shows within seconds."""

    async def merchant_now(self, merchant_id: str) -> Merchant | None:
        """As it is kept at this moment, for whoever wants to change it or has just done so."""

    async def set_time_zone(self, merchant_id: str, time_zone: str) -> bool:
        """False when there is no such merchant."""

    async def merchant_by_client_id(self, client_id: str) -> Merchant | None: ...

    async def merchants(self) -> Sequence[Merchant]: ...
