"""The signatures of one attempt, step by step: what was signed, with which key, and whether that gives what was sent.

In: the headers that were sent, the event's exact bytes, the keys that there are now. Out: plain values for the page; of
a secret only its last characters. The arithmetic is the SDK's, the same that receivers run. Pure.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dastak.accounts.merchant import ApiKey
from dastak_sdk import sign, sign_standard
from dastak_sdk.headers import (
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)

SHOWN = 4
"""Characters of a secret's end."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what was signed."""

    name: str
    text: str
    """Empty for the body, which the page shows by itself."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that may have signed."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return f"Key({self.name!r})"  # no secret in a log


@dataclass(frozen=True, slots=True)
class Tried:
    """One key, and what it gives for these bytes."""

    name: str
    masked: str
    result: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of signing, explained for one attempt."""

    title: str
    header: str
    sent: tuple[str, ...]
    """The signatures that the header carried."""
    parts: tuple[Part, ...]
    """Joined without anything between them, they were signed."""
    secret: str
    """Which secret is the key, in words."""
    as_key: str
    """How the secret becomes the key, in words."""
    tried: tuple[Tried, ...]
    """Every key that there is now; empty when the body is gone, so that nothing can be computed."""

    @property
    def is_proved(self) -> bool:
        """Whether a key that is there now gives a signature that was sent."""
        return any(one.fits for one in self.tried)


def masked(secret: str) -> str:
    """The end of a secret, enough to tell it from others."""
    return f"••••{secret[-SHOWN:]}"


def explained(
    headers: Headers, body: bytes | None, keys: Sequence[ApiKey], endpoint_secrets: Sequence[str]
) -> list[Scheme]:
    """Both schemes, as far as the attempt carried them."""
    said = {name.lower(): value for name, value in headers}
    found = []
    if HEADER_SIGNATURE in said and HEADER_TIMESTAMP in said:
        found.append(_contract(said, body, keys))
    if all(name in said for name in (STANDARD_SIGNATURE, STANDARD_TIMESTAMP, STANDARD_ID)):
        found.append(_standard(said, body, endpoint_secrets))
    return found


def _contract(said: dict[str, str], body: bytes | None, keys: Sequence[ApiKey]) -> Scheme:
    timestamp = said[HEADER_TIMESTAMP]
    sent = (said[HEADER_SIGNATURE],)
    known = [Key(f"client secret of {key.client_id}", key.client_secret) for key in keys]
    return Scheme(
        "The contract's signature",
        HEADER_SIGNATURE,
        sent,
        (Part(HEADER_TIMESTAMP, timestamp), Part("body", "")),
        "the merchant's client secret",
        "its text as it is, in UTF-8",
        _tried(known, sent, body, lambda secret, signed: sign(secret, timestamp, signed)),
    )


def _standard(said: dict[str, str], body: bytes | None, endpoint_secrets: Sequence[str]) -> Scheme:
    event_id, timestamp = said[STANDARD_ID], said[STANDARD_TIMESTAMP]
    sent = tuple(said[STANDARD_SIGNATURE].split())
    known = [Key(f"secret {at} of the endpoint", secret) for at, secret in enumerate(endpoint_secrets, 1)]
    return Scheme(
        "The Standard Webhooks signature",
        STANDARD_SIGNATURE,
        sent,
        (Part(STANDARD_ID, f"{event_id}."), Part(STANDARD_TIMESTAMP, f"{timestamp}."), Part("body", "")),
        "the endpoint's own secret",
        "what follows whsec_, decoded from base64",
        _tried(known, sent, body, lambda secret, signed: sign_standard(secret, event_id, timestamp, signed)),
    )


def _tried(
    keys: Sequence[Key], sent: Sequence[str], body: bytes | None, signed: Callable[[str, bytes], str]
) -> tuple[Tried, ...]:
    """Each key with its result; those that fit first."""
    if body is None:
        return ()
    results = [(key, signed(key.secret, body)) for key in keys]
    found = [Tried(key.name, masked(key.secret), result, _is_among(result, sent)) for key, result in results]
    return tuple(sorted(found, key=lambda one: not one.fits))


def _is_among(result: str, sent: Sequence[str]) -> bool:
    return any(hmac.compare_digest(result.encode(), one.encode("utf-8", "replace")) for one in sent)
