"""The ways in which body, timestamp, secret and signature come out wrong, each with the code of its cause.

In: what was captured. Out: candidates for what was really signed, the untouched value first with the code "".
Called by `explain`, which tries them against the signature.
"""

import ast
import base64
import binascii
import contextlib
import gzip
import hashlib
import html
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from dastak_sdk import PayloadError, parse_event
from dastak_sdk.signature import STANDARD_SECRET_PREFIX, standard_key

T = TypeVar("T")
Candidate = tuple[str, T]

BOM = b"\xef\xbb\xbf"
MOST_UNPACKED = 4 * 1024 * 1024
MILLISECONDS_DIGITS = 13
SECONDS_DIGITS = 10
_CHARSETS = ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")


def bodies(body: bytes) -> list[Candidate[bytes]]:
    """What may have been signed, if this is what was captured. No value twice."""
    found: dict[bytes, str] = {body: ""}
    for code, value in _bodies(body):
        found.setdefault(value, code)
    return [(code, value) for value, code in found.items()]


def _bodies(body: bytes) -> Iterator[Candidate[bytes]]:
    yield "byte_order_mark", body.removeprefix(BOM)
    yield "byte_order_mark", BOM + body
    for end in (b"\r\n", b"\n", b"\r", b"\0"):
        yield "trailing_newline", body.removesuffix(end)
        yield "trailing_newline", body + end
    yield "trailing_newline", body.strip()
    yield "line_endings", body.replace(b"\r\n", b"\n")
    yield "line_endings", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield from _unwrapped(body)
    yield from _recoded(body)  # before what is read as JSON: that would guess the character set
    yield from _rewritten(body)


def _unwrapped(body: bytes) -> Iterator[Candidate[bytes]]:
    text = body.decode("utf-8", "replace").strip()
    if text.startswith('"'):
        inner = _json(body)
        if isinstance(inner, str):
            yield "json_string", inner.encode("utf-8", "surrogatepass")
    if text.startswith(("b'", 'b"')):
        try:
            printed = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            printed = b""
        if isinstance(printed, bytes) and printed:
            yield "python_bytes", printed
    if b"%" in body:
        yield "percent_encoded", unquote_to_bytes(body.replace(b"+", b" "))
        yield "percent_encoded", unquote_to_bytes(body)
    if b"&" in body:
        yield "html_escaped", html.unescape(body.decode("utf-8", "replace")).encode("utf-8", "replace")
    if body[:2] in {b"\x1f\x8b", b"\x78\x9c", b"\x78\x01", b"\x78\xda"}:
        with contextlib.suppress(zlib.error):
            yield "compressed_body", zlib.decompressobj(wbits=47).decompress(body, MOST_UNPACKED)
    with contextlib.suppress(ValueError, binascii.Error):
        yield "base64_body", base64.b64decode(body.strip(), validate=True)


def _rewritten(body: bytes) -> Iterator[Candidate[bytes]]:
    """The same JSON as other programs write it, the contract's own form first."""
    value = _json(body)
    if not isinstance(value, (dict, list)):
        return
    with contextlib.suppress(PayloadError):
        yield "reserialised_body", parse_event(json.dumps(value).encode()).to_bytes()
    for shown in (value, _pruned(value)):
        for ascii_only in (False, True):
            for separators, indent in (((",", ":"), None), (None, None), (None, 2), (None, 4), (None, "\t")):
                for ordered in (False, True):
                    try:
                        text = json.dumps(
                            shown, ensure_ascii=ascii_only, separators=separators, indent=indent, sort_keys=ordered
                        )
                        yield "reserialised_body", text.encode()
                        yield "reserialised_body", text.replace("/", "\\/").encode()
                    except (ValueError, RecursionError):
                        continue


def _recoded(body: bytes) -> Iterator[Candidate[bytes]]:
    for charset in _CHARSETS:
        with contextlib.suppress(UnicodeError):
            yield "charset", body.decode(charset).encode()
        with contextlib.suppress(UnicodeError):
            yield "charset", body.decode().encode(charset)
    try:
        text = body.decode()
    except UnicodeError:
        return
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield "unicode_form", unicodedata.normalize(form, text).encode()


def _pruned(value: Any) -> Any:
    """The same without nulls."""
    if isinstance(value, dict):
        return {name: _pruned(inner) for name, inner in value.items() if inner is not None}
    return [_pruned(inner) for inner in value] if isinstance(value, list) else value


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.removeprefix(BOM))
    except (ValueError, RecursionError):
        return None


def timestamps(text: str, other: str | None, body: bytes) -> list[Candidate[str]]:
    """What may have been signed as the timestamp; `other` is the other scheme's."""
    found: dict[str, str] = {text: ""}
    stripped = text.strip()
    found.setdefault(stripped, "timestamp_text")
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= MILLISECONDS_DIGITS + 3:
        number = int(stripped)
        if len(stripped) >= MILLISECONDS_DIGITS:
            found.setdefault(str(number // 1000), "seconds")
            found.setdefault(f"{number / 1000:.3f}", "seconds")
            found.setdefault(str(number / 1000), "seconds")
        for form in (f"{number}.0", f"{number:,}", f"{number:e}", _iso(number)):
            found.setdefault(form, "timestamp_text")
        if len(stripped) <= SECONDS_DIGITS:
            found.setdefault(f"{number}000", "milliseconds")
    if other:
        found.setdefault(other, "other_timestamp")
    value = _json(body)
    if isinstance(value, dict) and isinstance(value.get("event_time"), str):
        found.setdefault(value["event_time"], "event_time_signed")
    return [(code, value) for value, code in found.items()]


def _iso(number: int) -> str:
    seconds = number / 1000 if number >= 10**SECONDS_DIGITS * 10 else number
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def client_keys(secret: str) -> list[Candidate[bytes]]:
    """Keys that a client secret is mistaken for, the right one first."""
    found: dict[bytes, str] = {secret.encode(): ""}
    bare = secret.strip()
    unquoted = bare.strip("\"'")
    for code, value in (
        ("secret_whitespace", bare),
        ("secret_whitespace", f"{bare}\n"),
        ("secret_whitespace", f"{bare}\r\n"),
        ("secret_whitespace", f" {bare}"),
        ("secret_whitespace", f"{bare} "),
        ("secret_quotes", unquoted),
        ("secret_quotes", f'"{unquoted}"'),
        ("secret_quotes", f"'{unquoted}'"),
        ("secret_case", bare.lower()),
        ("secret_case", bare.upper()),
    ):
        found.setdefault(value.encode(), code)
    for decode in (_unhex, _unbase64):
        key = decode(unquoted)
        if key:
            found.setdefault(key, "secret_decoded")
    return [(code, key) for key, code in found.items() if key]


def standard_keys(secret: str) -> list[Candidate[bytes]]:
    """Keys that a whsec_ secret is mistaken for, the right one first."""
    bare = secret.strip().strip("\"'")
    found: dict[bytes, str] = {}
    if bare.startswith(STANDARD_SECRET_PREFIX):
        with contextlib.suppress(ValueError):
            found[standard_key(bare)] = ""
    else:
        found[bare.encode()] = "other_scheme"
    found.setdefault(bare.encode(), "secret_not_decoded")
    found.setdefault(bare.removeprefix(STANDARD_SECRET_PREFIX).encode(), "secret_not_decoded")
    return [(code, key) for key, code in found.items() if key]


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return b""


def _plain(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


WRITTEN: tuple[Candidate[Callable[[bytes], str]], ...] = (
    ("", _plain),
    ("hex", bytes.hex),
    ("base64_of_hex", lambda digest: _plain(digest.hex().encode())),
    ("unpadded", lambda digest: _plain(digest).rstrip("=")),
    ("base64url", lambda digest: base64.urlsafe_b64encode(digest).decode()),
    ("base64url", lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("=")),
    ("signature_case", lambda digest: _plain(digest).lower()),
    ("signature_case", lambda digest: _plain(digest).upper()),
    ("percent_encoded_signature", lambda digest: quote(_plain(digest), safe="")),
    ("percent_encoded_signature", lambda digest: _plain(digest).replace("+", " ")),
)
"""How a digest is written, the right way first."""

_WRAPPING = re.compile(r"^(?:v1[,=:]|sha256[=:]|hmac |bearer )", re.IGNORECASE)


def signatures(text: str) -> list[Candidate[str]]:
    """The signature without what may be around it."""
    found: dict[str, str] = {text: ""}
    unwrapped = _WRAPPING.sub("", text.strip(" \t\r\n\"'<>")).strip(" \t\"'")
    found.setdefault(unwrapped, "signature_wrapped")
    if re.fullmatch(r"[0-9A-Fa-f]{64}", unwrapped):
        found.setdefault(unwrapped.lower(), "signature_wrapped" if unwrapped != text else "")
    return [(code, value) for value, code in found.items()]


HASHES: tuple[Candidate[str], ...] = (
    ("", "sha256"),
    ("other_hash", "sha1"),
    ("other_hash", "sha512"),
    ("other_hash", "md5"),
)


def hashed_together(key: bytes, signed: bytes) -> bytes:
    """SHA-256 of key and text, as somebody does who has not heard of HMAC."""
    return hashlib.sha256(key + signed).digest()


def packed(body: bytes) -> bytes:
    """The body compressed; for tests and for what a proxy does."""
    return gzip.compress(body, mtime=0)
