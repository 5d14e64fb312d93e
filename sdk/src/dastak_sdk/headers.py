"""Find the few headers that matter in whatever a web framework calls headers.

In: a mapping, an object with `items()`, or pairs; names and values as text or bytes; values possibly in lists.
Out: `Found`, keyed by lower-case name. Raises `RequestError` with reason `bad_header` or `missing_header`. Called by
`receiver`; not part of the public API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from dastak_sdk.errors import Reason, RequestError
from dastak_sdk.traceparent import TRACEPARENT

HEADER_SIGNATURE = "x-webhook-signature"
HEADER_TIMESTAMP = "x-webhook-timestamp"
STANDARD_ID = "webhook-id"
STANDARD_TIMESTAMP = "webhook-timestamp"
STANDARD_SIGNATURE = "webhook-signature"
ATTEMPT = "x-webhook-attempt"
SEQUENCE = "x-dastak-sequence"

_NAMES = (
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_TIMESTAMP,
    STANDARD_SIGNATURE,
    ATTEMPT,
    SEQUENCE,
    TRACEPARENT,
)
_WANTED: dict[str | bytes, str] = {name: name for name in _NAMES} | {name.encode(): name for name in _NAMES}
_MAX_COUNT_DIGITS = 9


class HasItems(Protocol):
    """Headers of nearly every framework: a mapping, or an object that behaves as one here."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...


Headers = HasItems | Iterable[tuple[Any, Any]]


class Found:
    """The headers of one request that this SDK reads."""

    __slots__ = ("_values",)

    def __init__(self, headers: Headers) -> None:
        try:
            self._values = _collect(headers)
        except Exception as problem:  # noqa: BLE001 - a foreign object may fail in any way, and we promise one family
            raise RequestError(
                Reason.BAD_HEADER,
                f"The headers cannot be read ({type(problem).__name__}). Pass the framework's headers object, a dict, "
                "or a list of (name, value) pairs.",
            ) from None

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def one(self, name: str) -> str:
        """The value of a header that must be there once, printable ASCII."""
        values = self._values.get(name)
        if not values:
            raise RequestError(
                Reason.MISSING_HEADER,
                f"Header {name} is missing. Check that no proxy or middleware removes it before your handler runs.",
            )
        value = values[0]
        if len(values) > 1 and len(set(values)) > 1:
            raise RequestError(Reason.BAD_HEADER, f"Header {name} came {len(values)} times with different values.")
        if value is None:
            raise RequestError(Reason.BAD_HEADER, f"Header {name} holds something else than printable ASCII text.")
        return value

    def text(self, name: str) -> str | None:
        """The value of a header that may be there; None when it is not usable."""
        values = self._values.get(name)
        return values[0] if values is not None and len(values) == 1 else None

    def count(self, name: str) -> int | None:
        """The value of a header that may hold a small number; None when it is not usable."""
        value = self.text(name)
        return int(value) if value is not None and value.isdigit() and len(value) <= _MAX_COUNT_DIGITS else None


def _collect(headers: Any) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for name, value in headers.items() if hasattr(headers, "items") else headers:
        wanted = _WANTED.get(name.lower())
        if wanted is not None:
            texts = list(map(_ascii, value)) if isinstance(value, (list, tuple)) else [_ascii(value)]
            if wanted in found:
                found[wanted] += texts
            else:
                found[wanted] = texts
    return found


def _ascii(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    stripped = value.strip(" \t")
    return stripped if stripped and stripped.isascii() and stripped.isprintable() else None
