"""A merchant's API keys, changed: made, rotated, revoked, chosen to sign, named.

In: what the dashboard or the CLI asks for, its form checked. Out: the keys as they are kept then; a secret is in the
answer that made it and nowhere else. `key_ring` says what may be.

A `version` is that of the keys as whoever asks has seen them: with another one nothing is changed, so that a form sent
twice makes one key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from dastak.accounts.credentials import MerchantNotFound
from dastak.accounts.key_ring import KeyChange, KeysChanged, Pair, labelled, revoked, rotated, signing_with, with_key
from dastak.accounts.merchant import ApiKey, Merchant, MerchantStore
from dastak.accounts.noting import say


class KeyDesk:
    """Changes keys."""

    def __init__(self, store: MerchantStore, *, now: Callable[[], datetime], new_pair: Callable[[], Pair]) -> None:
        self._store = store
        self._now = now
        self._new_pair = new_pair

    async def keys(self, merchant_id: str) -> Merchant:
        """The merchant with its keys as they are at this moment. Raises `MerchantNotFound`."""
        merchant = await self._store.merchant_now(merchant_id)
        if merchant is None:
            raise MerchantNotFound(merchant_id)
        return merchant

    async def create(self, merchant_id: str, label: str, version: int | None = None) -> ApiKey:
        """A new key, with its secret. Raises `MerchantNotFound`, `TooManyKeys`, `KeysChanged`."""
        pair = self._new_pair()
        say(pair.client_id)
        return await self._made(merchant_id, pair, lambda before, now: with_key(before, pair, label, now), version)

    async def rotate(self, merchant_id: str, client_id: str, overlap: timedelta, version: int | None = None) -> ApiKey:
        """A new key in the place of that one, with its secret. Raises what `key_ring.rotated` does, `KeysChanged`."""
        pair = self._new_pair()
        say(new=pair.client_id)
        return await self._made(
            merchant_id, pair, lambda before, now: rotated(before, client_id, pair, overlap, now), version
        )

    async def revoke(self, merchant_id: str, client_id: str) -> Merchant:
        """Take a key out of use at once. Raises what `key_ring.revoked` does."""
        return await self._change(merchant_id, lambda before, now: revoked(before, client_id, now))

    async def sign_with(self, merchant_id: str, client_id: str) -> Merchant:
        """Choose the key that signs webhooks. Raises `KeyNotFound`, `KeyEnded`."""
        return await self._change(merchant_id, lambda before, now: signing_with(before, client_id, now))

    async def label(self, merchant_id: str, client_id: str, label: str) -> Merchant:
        """Call a key something. Raises `KeyNotFound`."""
        return await self._change(merchant_id, lambda before, _: labelled(before, client_id, label))

    async def _made(self, merchant_id: str, pair: Pair, change: KeyChange, version: int | None) -> ApiKey:
        key = (await self._change(merchant_id, change, version)).key(pair.client_id)
        assert key is not None  # noqa: S101 - the change put it there
        return key

    async def _change(self, merchant_id: str, change: KeyChange, version: int | None = None) -> Merchant:
        """Apply it to whatever is kept by then."""
        while True:
            before = await self.keys(merchant_id)
            if version is not None and before.version != version:
                raise KeysChanged
            after = change(before, self._now())
            if await self._store.save_keys(after):
                return after
