"""Read the fields of a JSON object as the types the contract promises.

In: the decoded object and a `Shape`, the literal table of its fields. Out: the values in the table's order, and what
the table does not know; or `PayloadError` with reason `bad_envelope` naming the field. Called by `kyc_link`,
`video_kyc` and `envelope`; not part of the public API.
"""

from __future__ import annotations

from itertools import product
from operator import itemgetter
from types import NoneType
from typing import Any

from dastak_sdk.errors import PayloadError, Reason

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

    __slots__ = ("_accepted", "_fields", "_name", "_pick")

    def __init__(self, name: str, /, **fields: Types) -> None:
        self._name = name
        self._fields = fields
        self._pick = itemgetter(*fields)
        self._accepted = frozenset(product(*fields.values()))

    def read(self, source: Any) -> tuple[Any, ...]:
        """The values of all fields in order, then a dict of the unknown ones. Raises `PayloadError`."""
        # The usual case, by two look-ups. `type` and not isinstance: true and false are not integers.
        if type(source) is dict and source.keys() == self._fields.keys():
            values = self._pick(source)
            if tuple(map(type, values)) in self._accepted:
                return (*values, {})
        return self._read_field_by_field(source)

    def _read_field_by_field(self, source: Any) -> tuple[Any, ...]:
        require(self._name, source, (dict,))
        for field, types in self._fields.items():
            require(field, source.get(field), types)
        unknown = {name: value for name, value in source.items() if name not in self._fields}
        return (*map(source.get, self._fields), unknown)


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
