"""Turn bytes into JSON values and back, so that nothing surprising gets in.

In: a body. Out: the decoded object, or `PayloadError` with reason `bad_json`; the other way round, one line of compact
UTF-8. Called by `envelope` and `fields`; not part of the public API.

Refused, beyond what is not JSON at all: bytes that are not UTF-8, NaN and numbers that overflow, integers beyond
Python's digit limit, halves of surrogate pairs (they cannot be stored or sent on), nesting deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from typing import Any, NoReturn

from dastak_sdk.errors import PayloadError, Reason

MAX_DEPTH = 64
"""Objects and arrays inside each other; the contract's events need four."""


def decode(body: bytes) -> Any:
    """Read one JSON text. Raises `PayloadError`."""
    try:
        text = body.decode()
        try:
            value, end = _SCAN(text, 0)  # the usual case: nothing before the value, and nothing after it
        except StopIteration:  # how the scanner says that a value is missing; the long way says it in words
            value, end = None, -1
        if end != len(text):
            value = _DECODER.decode(text)
        if "\\" in text and "\\u" in text:  # the first costs nothing, and is seldom true
            encode(value)
    except RecursionError:
        raise _bad_json("it is nested too deeply") from None
    except UnicodeError:
        raise _bad_json("it is not valid UTF-8 text") from None
    except ValueError as problem:
        raise _bad_json(str(problem)) from None
    return value


def require_flat(value: Any) -> None:
    """Raise `PayloadError` for a value that is nested deeper than `MAX_DEPTH`. What a `Shape` knows is flat anyway."""
    if _is_deeper_than(MAX_DEPTH, value):
        raise _bad_json("it is nested too deeply")


def encode(value: Any) -> bytes:
    """Write one line of compact UTF-8 JSON, keys in the order given. Raises `ValueError` for what JSON cannot hold."""
    return _ENCODER.encode(value).encode()


def _bad_json(why: str) -> PayloadError:
    return PayloadError(
        Reason.BAD_JSON,
        f"The body cannot be read as JSON: {why}. Keep the raw body and report it to the sender.",
    )


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError("a number is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]  # not in its stubs
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _is_deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
