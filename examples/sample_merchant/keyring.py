"""The merchant's secrets: from the environment, or from a JSON file that may change while we run.

In: environment and file. Out: `Keys`, and what verifies with all of them (so a secret can be rotated).
"""

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from dastak_sdk import DEFAULT_MAX_BODY_BYTES, Event, Reason, Receiver, SignatureError
from dastak_sdk.headers import Headers


@dataclass(frozen=True, slots=True)
class Keys:
    """What Dastak gave us."""

    client_id: str = ""
    client_secret: str = ""
    webhook_secrets: tuple[str, ...] = ()
    """`whsec_…`, one per endpoint; known only once the endpoint was added."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every secret that can have signed a webhook."""
        return tuple(secret for secret in (self.client_secret, *self.webhook_secrets) if secret)


class Keyring:
    """The secrets as they are now. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._keys = _from_environment()
        self._receiver = _receiver(self._keys)

    def keys(self) -> Keys:
        """The secrets, read again if the file has changed."""
        with self._lock:
            self._refresh()
            return self._keys

    @property
    def max_body_bytes(self) -> int:
        """How much of a body is worth reading."""
        return DEFAULT_MAX_BODY_BYTES

    def receive(self, headers: Headers, body: bytes) -> Event:
        """Verify with the secrets of the moment, as a `Receiver` does."""
        with self._lock:
            self._refresh()
            receiver = self._receiver
        if receiver is None:
            raise SignatureError(Reason.NO_MATCHING_SECRET, "There is no secret yet: set MERCHANT_CLIENT_SECRET.")
        return receiver.receive(headers, body)

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            state = self._path.stat()
            mark = (state.st_mtime_ns, state.st_size)
            if mark == self._seen:
                return
            keys = _from_file(self._path, _from_environment())
            receiver = _receiver(keys)
        except (OSError, ValueError, TypeError, AttributeError):
            return  # not there yet, or half written: the secrets that we have stay good
        self._seen, self._keys, self._receiver = mark, keys, receiver


def _from_environment() -> Keys:
    webhook = os.environ.get("MERCHANT_WEBHOOK_SECRET", "")
    return Keys(
        client_id=os.environ.get("MERCHANT_CLIENT_ID", ""),
        client_secret=os.environ.get("MERCHANT_CLIENT_SECRET", ""),
        webhook_secrets=(webhook,) if webhook else (),
    )


def _from_file(path: Path, otherwise: Keys) -> Keys:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Keys(
        client_id=found.get("client_id") or otherwise.client_id,
        client_secret=found.get("client_secret") or otherwise.client_secret,
        webhook_secrets=tuple(found.get("webhook_secrets") or otherwise.webhook_secrets),
    )


def _receiver(keys: Keys) -> Receiver | None:
    return Receiver(keys.all) if keys.all else None
