"""Why a captured request does not verify: every known way to break one is tried until the signature fits.

In: a `Captured`, the secrets and the time. Out: a `Diagnosis` that names the fewest causes that explain it. Nothing
is guessed where a signature can prove it: a cause is named because undoing it makes the signature fit, and where
nothing fits, other witnesses are heard (content-length, the signature inside the body). Called by `dastak verify`.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from dastak.cli.desk.captured import Captured
from dastak.cli.desk.causes import CAUSES, Cause
from dastak.cli.desk.variants import (
    HASHES,
    MILLISECONDS_DIGITS,
    SECONDS_DIGITS,
    WRITTEN,
    Candidate,
    bodies,
    client_keys,
    hashed_together,
    signatures,
    standard_keys,
    timestamps,
)
from dastak_sdk import body_signature
from dastak_sdk.headers import (
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)
from dastak_sdk.signature import STANDARD_SECRET_PREFIX

MOST_AT_ONCE = 2
"""So many of body, timestamp, secret, joining and hash may be wrong together; the writing of the signature, beside."""

Join = Callable[[bytes, bytes], bytes]
_JOINS: tuple[Candidate[Join], ...] = (
    ("", lambda time, body: time + body),
    ("dot_between", lambda time, body: time + b"." + body),
    ("newline_between", lambda time, body: time + b"\n" + body),
    ("wrong_order", lambda time, body: body + time),
    ("no_timestamp", lambda _, body: body),
)


@dataclass(frozen=True)
class Diagnosis:
    """What was found."""

    causes: tuple[Cause, ...]
    """None when the request is right."""
    header: str
    """Which signature was examined; empty when there was none."""
    secret: int
    """Which of the given secrets, from 0, the signature fits or is nearest to."""
    proven: bool
    """Whether a signature fits once the causes are undone; otherwise they are concluded from what does not."""
    age_seconds: float | None = None
    """How old the timestamp is; negative when it lies in the future."""

    @property
    def is_right(self) -> bool:
        return not self.causes

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(cause.code for cause in self.causes)


def explain(request: Captured, secrets: Sequence[str], now: float, tolerance_seconds: float = 300) -> Diagnosis:
    """Say why the request does not verify now, or that it does. `now` is Unix time in seconds."""
    renamed = ("header_renamed",) if request.renamed and _is_signed(request) else ()
    if not _is_signed(request):
        return _concluded(("missing_signature",))
    found = [
        diagnosis
        for place, secret in enumerate(secrets)
        for header in (HEADER_SIGNATURE, STANDARD_SIGNATURE)
        if request.header(header)
        for diagnosis in _examine(request, header, secret, place, renamed, now, tolerance_seconds)
    ]
    return min(found, key=_rank) if found else _unproven(request, secrets, renamed)


def _rank(diagnosis: Diagnosis) -> tuple[bool, int, bool]:
    return (not diagnosis.proven, len(diagnosis.causes), "other_scheme" in diagnosis.codes)


def _is_signed(request: Captured) -> bool:
    return any(request.header(name) for name in (HEADER_SIGNATURE, STANDARD_SIGNATURE))


def _examine(
    request: Captured,
    header: str,
    secret: str,
    place: int,
    renamed: tuple[str, ...],
    now: float,
    tolerance_seconds: float,
) -> Iterator[Diagnosis]:
    """The fewest causes by which this signature fits this secret, if there are any."""
    codes = _header_scheme(request, secret) if header == HEADER_SIGNATURE else _standard_scheme(request, secret)
    if codes is None:
        return
    age = _age(request, header, now)
    freshness: tuple[str, ...] = ()
    if age is None:
        freshness = () if set(codes) & _ABOUT_TIME else ("bad_timestamp",)
    elif abs(age) > tolerance_seconds:
        freshness = ("stale" if age > 0 else "future",)
    if _is_in_seconds(request, header) and "seconds" not in codes:
        freshness = ("seconds",)
    causes = tuple(CAUSES[code] for code in dict.fromkeys((*renamed, *codes, *freshness)))
    yield Diagnosis(causes, header, place, proven=True, age_seconds=age)


_ABOUT_TIME = frozenset(
    {"seconds", "milliseconds", "timestamp_text", "other_timestamp", "no_timestamp", "event_time_signed"}
)


def _header_scheme(request: Captured, secret: str) -> tuple[str, ...] | None:
    given = request.header(HEADER_SIGNATURE) or ""
    time = request.header(HEADER_TIMESTAMP)
    other = request.header(STANDARD_TIMESTAMP)
    if given == _inner_signature(request.body) and given == _legacy(request.body, secret):
        return ("body_signature",)
    times = timestamps(time, other, request.body) if time else [("missing_timestamp", "")]
    keys = client_keys(secret)
    if secret.startswith(STANDARD_SECRET_PREFIX):
        keys = [("other_scheme", key) for _, key in (*keys, *standard_keys(secret))]
    codes = _fewest(given, bodies(request.body), times, keys, _JOINS)
    return _by_milliseconds(request, given, time, secret) if codes is None else codes


def _standard_scheme(request: Captured, secret: str) -> tuple[str, ...] | None:
    message_id = request.header(STANDARD_ID)
    time = request.header(STANDARD_TIMESTAMP)
    dotted = f"{message_id or ''}.".encode()
    joins: tuple[Candidate[Join], ...] = (
        ("" if message_id else "missing_id", lambda time, body: dotted + time + b"." + body),
        ("missing_id", lambda time, body: time + b"." + body),
    )
    times = timestamps(time, request.header(HEADER_TIMESTAMP), request.body) if time else [("missing_timestamp", "")]
    text = bodies(request.body)
    keys = standard_keys(secret)
    tried = (_fewest(each, text, times, keys, joins) for each in (request.header(STANDARD_SIGNATURE) or "").split(" "))
    return min((codes for codes in tried if codes is not None), key=len, default=None)


def _fewest(
    given: str,
    texts: list[Candidate[bytes]],
    times: list[Candidate[str]],
    keys: list[Candidate[bytes]],
    joins: Sequence[Candidate[Join]],
) -> tuple[str, ...] | None:
    """The smallest set of causes that explains the signature; None when none does."""
    asked = {text: code for code, text in reversed(signatures(given))}
    asked |= {text: "" for text in asked if text.startswith("v1,") or asked[text] == ""}
    if given.startswith("v1,"):
        asked[given.removeprefix("v1,")] = ""
    for count in range(MOST_AT_ONCE + 1):
        found = [
            codes
            for body, time, key, join, algorithm in _chosen(count, texts, times, keys, joins, HASHES)
            for codes in _fits(asked, body, time, key, join, algorithm)
        ]
        if found:
            return min(found, key=len)
    return None


def _chosen(count: int, *lists: Sequence[Candidate[Any]]) -> Iterator[tuple[Candidate[Any], ...]]:
    """Every choice of one of each list in which exactly `count` are not the first."""
    for places in combinations(range(len(lists)), count):
        yield from product(*(each[1:] if place in places else each[:1] for place, each in enumerate(lists)))


def _fits(
    asked: dict[str, str],
    body: Candidate[bytes],
    time: Candidate[str],
    key: Candidate[bytes],
    join: Candidate[Join],
    algorithm: Candidate[str],
) -> Iterator[tuple[str, ...]]:
    signed = join[1](time[1].encode("utf-8", "replace"), body[1])
    digests = [(algorithm[0], hmac.digest(key[1], signed, algorithm[1]))]
    wrong = sum(bool(code) for code in (algorithm[0], body[0], time[0], key[0], join[0]))
    if not algorithm[0] and wrong < MOST_AT_ONCE:
        digests.append(("no_hmac", hashed_together(key[1], signed)))
    for hashed, digest in digests:
        for written, form in WRITTEN:
            wrapped = asked.get(form(digest))
            if wrapped is not None:
                codes = (body[0], time[0], key[0], join[0], hashed, written, wrapped)
                yield tuple(dict.fromkeys(code for code in codes if code))
                return


def _by_milliseconds(request: Captured, given: str, time: str | None, secret: str) -> tuple[str, ...] | None:
    """The header was cut to seconds after it was signed: which thousandth was it?"""
    if (
        time is None
        or not (time.isdigit() and len(time) == SECONDS_DIGITS)
        or secret.startswith(STANDARD_SECRET_PREFIX)
    ):
        return None
    begun = hmac.new(secret.encode(), time.encode(), hashlib.sha256)
    for thousandth in range(1000):
        one = begun.copy()
        one.update(f"{thousandth:03d}".encode() + request.body)
        if WRITTEN[0][1](one.digest()) == given:
            return ("seconds",)
    return None


def _age(request: Captured, header: str, now: float) -> float | None:
    in_milliseconds = header == HEADER_SIGNATURE
    text = request.header(HEADER_TIMESTAMP if in_milliseconds else STANDARD_TIMESTAMP)
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= MILLISECONDS_DIGITS + 3):
        return None
    seconds = int(text) / 1000 if len(text) >= MILLISECONDS_DIGITS else float(text)
    return now - seconds


def _is_in_seconds(request: Captured, header: str) -> bool:
    text = request.header(HEADER_TIMESTAMP) or ""
    return header == HEADER_SIGNATURE and text.isdigit() and len(text) == SECONDS_DIGITS


def _unproven(request: Captured, secrets: Sequence[str], renamed: tuple[str, ...]) -> Diagnosis:
    """Nothing fits: what do other witnesses say?"""
    inner = _inner_signature(request.body)
    witnesses = [place for place, secret in enumerate(secrets) if inner and inner == _legacy(request.body, secret)]
    told = {
        "empty_body": not request.body,
        "body_length": _is_of_another_length(request),
        "other_scheme": _is_of_another_scheme(request, secrets),
        "altered": bool(witnesses),
        "body_signature": inner is not None and request.header(HEADER_SIGNATURE) == inner,
    }
    code = next((code for code, holds in told.items() if holds), "wrong_secret")
    lacking = _lacking(request) if code == "wrong_secret" else ()
    # What is missing explains enough; a secret is suspected only where the request is whole.
    return _concluded((*renamed, *(lacking or (code,))), witnesses[0] if witnesses else 0)


def _is_of_another_length(request: Captured) -> bool:
    length = request.header("content-length") or ""
    return length.isascii() and length.isdigit() and int(length[:18]) != len(request.body)


def _is_of_another_scheme(request: Captured, secrets: Sequence[str]) -> bool:
    standard = [secret.startswith(STANDARD_SECRET_PREFIX) for secret in secrets]
    if not request.header(STANDARD_SIGNATURE):
        return all(standard)
    return not request.header(HEADER_SIGNATURE) and not any(standard)


def _lacking(request: Captured) -> tuple[str, ...]:
    """What a signature needs beside it and has not."""
    if request.header(STANDARD_SIGNATURE) and not request.header(STANDARD_ID):
        return ("missing_id",)
    pairs = ((HEADER_SIGNATURE, HEADER_TIMESTAMP), (STANDARD_SIGNATURE, STANDARD_TIMESTAMP))
    lacking = [name for name, time in pairs if request.header(name) and not request.header(time)]
    return ("missing_timestamp",) if lacking else ()


def _concluded(codes: tuple[str, ...], secret: int = 0) -> Diagnosis:
    return Diagnosis(tuple(CAUSES[code] for code in codes), "", secret, proven=False)


def _inner_signature(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    inner = value.get("signature") if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else None


def _legacy(body: bytes, secret: str) -> str | None:
    try:
        value = json.loads(body)
        return body_signature(secret, value["data"])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
