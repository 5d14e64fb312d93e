"""Values of the rooms as JSON, and back, by the annotations of their dataclasses: the same for every database.

In: frozen dataclasses of plain values, times, enums, tuples, mappings and other such dataclasses. Out: JSON bytes, and
the value again. Unknown keys are ignored on reading and missing ones take the field's default, so that processes of two
releases can share a database during an upgrade.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dastak.store.records import dump

T = TypeVar("T")


def written(value: Any) -> bytes:
    """Compact JSON of a dataclass."""
    return dump(value, _plain)


def read(shape: type[T], opened: bytes) -> T:
    """The value again. Raises `TypeError` or `ValueError` for what no release has written."""
    of: Any = shape
    value: T = _reader(of)(json.loads(opened))
    return value


def _plain(value: Any) -> Any:
    """What JSON has no word for; enums of text and of numbers are those already."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


@cache
def _reader(shape: Any) -> Callable[[Any], Any]:
    origin, inner = get_origin(shape), get_args(shape)
    if origin is UnionType:
        return _maybe(inner)
    if origin is tuple:
        each = _reader(inner[0])
        return tuple if each is _as_it_is else lambda value: tuple([each(one) for one in value])
    if origin is Mapping:
        of = _reader(inner[1])
        return of if of is _as_it_is else lambda value: {key: of(one) for key, one in value.items()}
    if shape in (datetime, date):
        at: Callable[[Any], Any] = shape.fromisoformat
        return at
    if is_dataclass(shape):
        return _whole(shape)
    return shape if isinstance(shape, type) and issubclass(shape, Enum) else _as_it_is


def _maybe(inner: tuple[Any, ...]) -> Callable[[Any], Any]:
    (some,) = (_reader(one) for one in inner if one is not NoneType)
    return some if some is _as_it_is else lambda value: None if value is None else some(value)


def _whole(shape: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(shape)
    readers = {field.name: _reader(hints[field.name]) for field in fields(shape)}
    known = readers.keys()
    made = [(name, reader) for name, reader in readers.items() if reader is not _as_it_is]

    def whole(value: dict[str, Any]) -> Any:
        if not value.keys() <= known:
            value = {name: one for name, one in value.items() if name in known}
        for name, reader in made:
            if name in value:
                value[name] = reader(value[name])
        return shape(**value)

    return whole


def _as_it_is(value: Any) -> Any:
    return value
