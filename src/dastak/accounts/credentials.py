"""Who is calling? The pair of client id and secret, judged in constant time.

In: the two headers. Out: the merchant, or None. The web edge turns None into 401.
"""

import contextlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dastak.accounts.deed import Deed
from dastak.accounts.merchant import ApiKey, Merchant, MerchantStore
from dastak.accounts.noting import Note, noting

_NOBODY = "x" * 48

NOTE_AFTER = timedelta(hours=1)
"""The use of a key is noted at most so often, by each process."""


class MerchantNotFound(Exception):  # noqa: N818 - the name says what happened
    """There is no merchant of that id."""


class UnknownTimeZone(Exception):  # noqa: N818
    """The IANA database has no zone of that name."""


def is_time_zone(name: str) -> bool:
    """Whether times can be shown in it."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


class Accounts:
    """Makes merchants and knows them by their keys."""

    def __init__(
        self,
        store: MerchantStore,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
        new_client_id: Callable[[], str],
        new_client_secret: Callable[[], str],
    ) -> None:
        self._store = store
        self._now = now
        self._new_id = new_id
        self._new_client_id = new_client_id
        self._new_client_secret = new_client_secret
        self._noted: dict[str, datetime] = {}
        """When this process last noted a key's use."""

    async def create(self, name: str, contacts: tuple[str, ...] = (), actor: str = "") -> Merchant:
        """A merchant with one key. The secret is shown to whoever made it, and never again.

        With an `actor` (as `audit.Entry.actor`) this is the first entry of the merchant's audit log.
        """
        now = self._now()
        key = ApiKey(self._new_client_id(), self._new_client_secret(), now)
        merchant = Merchant(self._new_id("mer"), name, (key,), now, contacts)
        note = Note(merchant.id, now, actor, Deed.MERCHANT_MADE, merchant.id, key=key.client_id)
        with noting(note) if actor else contextlib.nullcontext():
            await self._store.add_merchant(merchant)
        return merchant

    async def authenticate(self, client_id: str, client_secret: str) -> Merchant | None:
        """The merchant, if the pair is right and in use."""
        merchant = await self._store.merchant_by_client_id(client_id)
        key = merchant.key(client_id) if merchant else None
        expected = key.client_secret if key else _NOBODY  # an unknown id costs the same comparison
        matches = hmac.compare_digest(expected.encode(), client_secret.encode())
        now = self._now()
        if merchant is None or key is None or not matches or not key.is_active(now):
            return None
        await self._note_use(merchant.id, key, now)
        return merchant

    async def merchant(self, merchant_id: str) -> Merchant:
        """The merchant as it is now. Raises `MerchantNotFound`."""
        merchant = await self._store.merchant(merchant_id)
        if merchant is None:
            raise MerchantNotFound(merchant_id)
        return merchant

    async def merchant_name(self, merchant_id: str) -> str:
        return (await self.merchant(merchant_id)).name

    async def set_time_zone(self, merchant_id: str, time_zone: str) -> None:
        """In which its dashboard shows times. Raises `UnknownTimeZone`, `MerchantNotFound`."""
        if not is_time_zone(time_zone):
            raise UnknownTimeZone(time_zone)
        if not await self._store.set_time_zone(merchant_id, time_zone):
            raise MerchantNotFound(f"there is no merchant {merchant_id}")

    async def own_words(self, merchant_id: str, kind: str) -> tuple[str, str] | None:
        """Subject and text of a message to customers that it says otherwise than Dastak."""
        own = (await self.merchant(merchant_id)).words.get(kind)
        return None if own is None else (own.subject, own.text)

    async def signing_secret(self, merchant_id: str) -> str:
        """The client secret that signs this merchant's webhooks."""
        return (await self.merchant(merchant_id)).signing_key(self._now()).client_secret

    async def contacts(self, merchant_id: str) -> tuple[str, ...]:
        """Whom mail about its webhooks goes to."""
        return (await self.merchant(merchant_id)).contacts

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> None:
        """Replace them. Raises `MerchantNotFound`."""
        if not await self._store.set_contacts(merchant_id, contacts):
            raise MerchantNotFound(f"there is no merchant {merchant_id}")

    async def _note_use(self, merchant_id: str, key: ApiKey, now: datetime) -> None:
        noted = self._noted.get(key.client_id, key.last_used_at)
        if noted is not None and now - noted < NOTE_AFTER:
            return
        self._noted[key.client_id] = now
        with contextlib.suppress(Exception):  # a store that cannot write now still lets callers read
            await self._store.note_use(merchant_id, key.client_id, now)
