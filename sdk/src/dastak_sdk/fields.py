"""Read the fields of a JSON object as the types the contract promises.

In: the decoded object and a `Shape`, the literal table of its fields. Out: the values by name, and what the table does
not know; or `PayloadError` with reason `bad_envelope` naming the field. Called by `kyc_link`,
`video_kyc` and `envelope`; not part of the public API.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from types import NoneType
from typing import Any, TypeVar

from dastak_sdk.errors import PayloadError, Reason
from dastak_sdk.frozen import maker
from dastak_sdk.json_text import require_flat

T = TypeVar("T")
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

    __slots__ = ("_accepted", "_fields", "_name", "_names")

    def __init__(self, name: str, /, **fields: Types) -> None:
        self._name = name
        self._fields = fields
        self._names = tuple(fields)
        self._accepted = frozenset(product(*fields.values()))

    def fits(self, source: Any) -> bool:
        """Whether it is the usual case: exactly these fields in this order, of right types. Two look-ups say so."""
        # As many names as types, these types, so these names. `type` and not isinstance: true and false are no
        # integers.
        return (
            type(source) is dict
            and tuple(map(type, source.values())) in self._accepted
            and tuple(source) == self._names
        )

    def read(self, source: Any) -> dict[str, Any]:
        """The value of each field, and as `extra` a dict of the unknown ones. Raises `PayloadError`."""
        return {**source, "extra": {}} if self.fits(source) else self._read_field_by_field(source)

    def reader(self, frozen: type[T]) -> Callable[[Any], T]:
        """What reads an object as an instance of a frozen dataclass with these fields, and `extra`.

        It keeps the dict that it is given: give it one that nobody else has.
        """
        accepted, names = self._accepted, self._names
        make = maker(frozen)

        def read(source: Any) -> T:
            # `fits`, without the call: this is the hot path of every receiver.
            if type(source) is dict and tuple(map(type, source.values())) in accepted and tuple(source) == names:
                source["extra"] = {}
                return make(source)
            return make(self._read_field_by_field(source))

        return read

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
