"""What journeys of every kind may know of merchants. `accounts` fulfils it; `app` plugs it in."""

from typing import Protocol


class MerchantBook(Protocol):
    """The merchants of a deployment."""

    async def merchant_name(self, merchant_id: str) -> str: ...

    async def own_words(self, merchant_id: str, kind: str) -> tuple[str, str] | None:
        """Subject and text that the merchant gave a message, places unfilled; `kind` is a `MessageKind`."""

    async def signing_secret(self, merchant_id: str) -> str:
        """The client secret that signs now (contract.md §7 ruling 6)."""
