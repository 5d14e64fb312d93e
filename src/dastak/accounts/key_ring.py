"""How a merchant's API keys may change. Pure.

In: the merchant with its keys as they are kept, a fresh pair, the time. Out: the merchant with its keys as they are to
be kept. `key_desk` saves what comes out.

A key that was rotated opens and signs until its end, so that neither callers nor receivers are wrong for a moment; at
its end the key that took its place signs. Nobody can be left without a key that lasts.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dastak.accounts.merchant import ApiKey, Merchant

MOST_KEYS = 10
"""That a merchant has in use at a time."""
MOST_ENDED = 20
"""That are remembered: every key is opened whenever its merchant is."""
LABEL_LIMIT = 60
LONGEST_OVERLAP = timedelta(days=30)
DEFAULT_OVERLAP = timedelta(days=7)


class KeyRefused(Exception):  # noqa: N818 - the names say what happened
    """Root of what is refused about keys."""

    code = "key_error"


class KeyNotFound(KeyRefused):
    """The merchant has no key of that client id."""

    code = "key_not_found"


class KeyEnded(KeyRefused):
    """The key was revoked, or its end has come."""

    code = "key_ended"


class KeyRotated(KeyRefused):
    """The key has a successor already: rotate that one."""

    code = "key_rotated"


class LastKey(KeyRefused):
    """No other key would last: make or rotate one first."""

    code = "last_key"


class KeysChanged(KeyRefused):
    """They are not any more what whoever asked has seen; nothing was changed."""

    code = "keys_changed"


class TooManyKeys(KeyRefused):
    """The merchant has as many keys as it can have."""

    code = "too_many_keys"


@dataclass(frozen=True, slots=True)
class Pair:
    """A fresh client id and secret."""

    client_id: str
    client_secret: str


KeyChange = Callable[[Merchant, datetime], Merchant]
"""Whatever is kept, and the time."""


def with_key(merchant: Merchant, pair: Pair, label: str, now: datetime) -> Merchant:
    """One key more. Whichever signed goes on signing. Raises `TooManyKeys`."""
    return _added(_settled(merchant, now), pair, label, now)


def rotated(merchant: Merchant, client_id: str, pair: Pair, overlap: timedelta, now: datetime) -> Merchant:
    """A new key in the place of that one, which ends after the overlap.

    Raises:
        KeyNotFound, KeyEnded: there is nothing to rotate.
        KeyRotated: it was rotated already.
        TooManyKeys: the overlap would make them too many.
    """
    old = active_key(merchant, client_id, now)
    if old.successor:
        raise KeyRotated
    ending = replace(old, ends_at=now + overlap, successor=pair.client_id)
    return _added(_settled(merchant, now, ending), pair, old.label, now)


def revoked(merchant: Merchant, client_id: str, now: datetime) -> Merchant:
    """Without that key, at once. Raises `KeyNotFound`, `KeyEnded`, `LastKey`."""
    key = active_key(merchant, client_id, now)
    if not any(other.lasts for other in merchant.keys if other is not key):
        raise LastKey
    return _settled(merchant, now, replace(key, revoked_at=now))


def signing_with(merchant: Merchant, client_id: str, now: datetime) -> Merchant:
    """That key signs from now on. Raises `KeyNotFound`, `KeyEnded`."""
    return replace(merchant, signing_client_id=active_key(merchant, client_id, now).client_id)


def labelled(merchant: Merchant, client_id: str, label: str) -> Merchant:
    """That key is called so. Raises `KeyNotFound`."""
    key = merchant.key(client_id)
    if key is None:
        raise KeyNotFound(client_id)
    return _with(merchant, replace(key, label=label))


def active_key(merchant: Merchant, client_id: str, now: datetime) -> ApiKey:
    """That key. Raises `KeyNotFound`, `KeyEnded`."""
    key = merchant.key(client_id)
    if key is None:
        raise KeyNotFound(client_id)
    if not key.is_active(now):
        raise KeyEnded(client_id)
    return key


def _settled(merchant: Merchant, now: datetime, changed: ApiKey | None = None) -> Merchant:
    """With the key that signs named, so that no later change of another key moves the signature."""
    signs = merchant.signing_key(now).client_id
    after = merchant if changed is None else _with(merchant, changed)
    return replace(after, signing_client_id=signs)


def _with(merchant: Merchant, changed: ApiKey) -> Merchant:
    keys = tuple(changed if key.client_id == changed.client_id else key for key in merchant.keys)
    return replace(merchant, keys=keys)


def _added(merchant: Merchant, pair: Pair, label: str, now: datetime) -> Merchant:
    """With a new key last, and without those that ended longest ago."""
    ended = [key.client_id for key in merchant.keys if not key.is_active(now)]
    if len(merchant.keys) - len(ended) >= MOST_KEYS:
        raise TooManyKeys
    forgotten = set(ended[: max(0, len(ended) - MOST_ENDED)]) - {merchant.signing_client_id}
    kept = tuple(key for key in merchant.keys if key.client_id not in forgotten)
    return replace(merchant, keys=(*kept, ApiKey(pair.client_id, pair.client_secret, now, label=label)))
