"""Read the fields of a JSON object as the types the contract promises.

In: the decoded object and a `Shape`, the literal table of its fields. Out: the values by name, and what the table does
not know; or `PayloadError` with reason `bad_envelope` naming the field. Called by `kyc_link`,
`video_kyc` and `envelope`; not part of the public API.
"""

from __future__ import annotations

from itertools import product
from types import NoneType
from typing import Any

from dastak_sdk.errors import PayloadError, Reason
from dastak_sdk.json_text import require_flat

Types = tuple[type, ...]

TEXT: Types = (str,)
OPTIONAL_TEXT: Types = (str, NoneType)
INTEGER: Types = (int,)
ARRAY: Types = (list,)

_NAMES = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    list: "an array",
    dict: "an object",
    NoneType: "null",
}


class Shape:
    """Which fields an object has, in the contract's order, and of which types; nullable ones may be missing."""

    __slots__ = ("_accepted", "_fields", "_joined", "_name")

    def __init__(self, name: str, /, **fields: Types) -> None:
        self._name = name
        self._fields = fields
        self._joined = "\n".join(fields)
        self._accepted = frozenset(product(*fields.values()))

    def read(self, source: Any) -> dict[str, Any]:
        """The value of each field, and as `extra` a dict of the unknown ones. Raises `PayloadError`."""
        # The usual case, by two look-ups: as many names as types, these types, so these names and no others.
        # `type` and not isinstance: true and false are not integers.
        if (
            type(source) is dict
            and tuple(map(type, source.values())) in self._accepted
            and "\n".join(source) == self._joined
        ):
            return {**source, "extra": {}}
        return self._read_field_by_field(source)

    def _read_field_by_field(self, source: Any) -> dict[str, Any]:
        require(self._name, source, (dict,))
        for field, types in self._fields.items():
            require(field, source.get(field), types)
        unknown = {name: value for name, value in source.items() if name not in self._fields}
        require_flat(unknown)
        return {**{name: source.get(name) for name in self._fields}, "extra": unknown}


def require(field: str, value: object, types: Types) -> None:
    """Raise `PayloadError` unless the value of `field` is of one of the types."""
    if type(value) in types:
        return
    expected = " or ".join(_NAMES[each] for each in types)
    got = "missing or null" if value is None else _NAMES.get(type(value), type(value).__name__)
    raise PayloadError(
        Reason.BAD_ENVELOPE,
        f"Field {field!r} should be {expected} but is {got}. Keep the raw body and report it to the sender.",
    )
