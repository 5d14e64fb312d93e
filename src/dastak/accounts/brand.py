"""What a merchant shows its customers besides its name, and how that is changed.

In: values that the dashboard has checked for form. Out: the merchant as it is kept then. Hosted pages read the brand,
journeys ask for the words of messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dastak.accounts.credentials import MerchantNotFound
from dastak.accounts.logo import Logo, LogoStore
from dastak.accounts.merchant import Brand, Merchant, MerchantStore, OwnWords

NAME_LIMIT = 100
SUPPORT_LIMIT = 120


@dataclass(frozen=True, slots=True)
class BrandChange:
    """New values; None leaves one as it is."""

    name: str | None = None
    brand: Brand | None = None
    words: Mapping[str, OwnWords | None] = field(default_factory=dict)
    """Of these messages; None: what Dastak says."""


class BrandDesk:
    """Changes what customers see of a merchant."""

    def __init__(self, store: MerchantStore, logos: LogoStore, *, new_id: Callable[[str], str]) -> None:
        self._store = store
        self._logos = logos
        self._new_id = new_id

    async def merchant(self, merchant_id: str) -> Merchant:
        """As it is kept at this moment. Raises `MerchantNotFound`."""
        merchant = await self._store.merchant_now(merchant_id)
        if merchant is None:
            raise MerchantNotFound(merchant_id)
        return merchant

    async def change(self, merchant_id: str, change: BrandChange) -> Merchant:
        """Apply it to whatever is kept by then. Raises `MerchantNotFound`."""
        while True:
            after = changed(await self.merchant(merchant_id), change)
            if await self._store.save_brand(after):
                return after

    async def keep_logo(self, merchant_id: str, body: bytes) -> str:
        """The id under which a picture is served from now on. Raises `TooManyLogos`."""
        logo = Logo(merchant_id, self._new_id("lgo"), body)
        await self._logos.add_logo(logo)
        return logo.id

    async def drop_logo(self, merchant_id: str, logo_id: str) -> None:
        """Nothing shows it any longer."""
        await self._logos.drop_logo(merchant_id, logo_id)


def changed(before: Merchant, change: BrandChange) -> Merchant:
    """The merchant with the change."""
    words = {**before.words, **change.words}
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        brand=before.brand if change.brand is None else change.brand,
        words={kind: own for kind, own in words.items() if own is not None},
    )
