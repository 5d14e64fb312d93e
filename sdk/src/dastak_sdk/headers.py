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
_MEANT: dict[str | bytes, str | None] = dict(_WANTED)
"""Names as they came → what they mean to us; None: nothing. The same ones come again and again, so few need `lower`."""
_MOST_MEANT = 512
_LONGEST_MEANT = 64
_MAX_COUNT_DIGITS = 9
_SINGLE = (str, bytes)


class HasItems(Protocol):
    """Headers of nearly every framework: a mapping, or an object that behaves as one here."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...


Headers = HasItems | Iterable[tuple[Any, Any]]


class Found(dict[str, object]):
    """The headers of one request that this SDK reads: name → value as it came; a list where there is not exactly one.

    What came is looked at when it is asked for.
    """

    __slots__ = ()

    def __init__(self, headers: Headers) -> None:
        try:
            meant = _MEANT.get  # looked up once: a request has many headers
            for name, value in headers.items() if hasattr(headers, "items") else headers:
                wanted = meant(name, "")
                if wanted is None:
                    continue
                if not wanted:
                    wanted = _meaning(name)
                    if wanted is None:
                        continue
                if wanted not in self and type(value) in _SINGLE:
                    self[wanted] = value
                else:
                    several = [*_listed(self.get(wanted, [])), *_listed(value)]
                    self[wanted] = several[0] if len(several) == 1 else several
        except Exception as problem:  # noqa: BLE001 - a foreign object may fail in any way, and we promise one family
            raise RequestError(
                Reason.BAD_HEADER,
                f"The headers cannot be read ({type(problem).__name__}). Pass the framework's headers object, a dict, "
                "or a list of (name, value) pairs.",
            ) from None

    def one(self, name: str) -> str:
        """The value of a header that must be there once, printable ASCII."""
        value = self.get(name)
        if type(value) is str:  # the usual case, without another call
            value = value.strip(" \t")
            if value.isascii() and value.isprintable() and value:
                return value
        return self._only_of_several(name)

    def text(self, name: str) -> str | None:
        """The value of a header that may be there; None when it is not usable."""
        value = self.get(name)
        return None if value is None else _ascii(value)

    def count(self, name: str) -> int | None:
        """The value of a header that may hold a small number; None when it is not usable."""
        value = self.get(name)
        if value is None:
            return None
        if type(value) is str and value.isascii() and value.isdigit() and len(value) <= _MAX_COUNT_DIGITS:
            return int(value)
        text = _ascii(value)
        return int(text) if text is not None and text.isdigit() and len(text) <= _MAX_COUNT_DIGITS else None

    def _only_of_several(self, name: str) -> str:
        texts = {_ascii(each) for each in _listed(self.get(name, []))}
        if not texts:
            raise RequestError(
                Reason.MISSING_HEADER,
                f"Header {name} is missing. Check that no proxy or middleware removes it before your handler runs.",
            )
        if len(texts) > 1:
            raise RequestError(Reason.BAD_HEADER, f"Header {name} came more than once, with different values.")
        text = texts.pop()
        if text is None:
            raise RequestError(Reason.BAD_HEADER, f"Header {name} holds something else than printable ASCII text.")
        return text


def _meaning(name: Any) -> str | None:
    """What a name means to us, kept in mind unless there are too many."""
    meaning = _WANTED.get(name.lower())
    if len(_MEANT) < _MOST_MEANT and len(name) <= _LONGEST_MEANT:
        _MEANT[name] = meaning
    return meaning


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _ascii(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    value = value.strip(" \t")
    return value if value.isascii() and value.isprintable() and value else None
