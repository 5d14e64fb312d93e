"""Decide whether a received webhook is what it claims to be, and only then read it.

In: headers and raw body, from the merchant's HTTP handler. Out: an `Event`, or a `WebhookError`; nothing else is ever
raised by `verify`.

A request may carry two signatures. The *header scheme* (`x-webhook-timestamp`, `x-webhook-signature`) is keyed by the
merchant's client secret; the *standard scheme* (`webhook-id`, `webhook-timestamp`, `webhook-signature`) by an
endpoint's `whsec_` secret. Which of the two is examined depends on the secrets you configured, never on what a sender
prefers:

1. A `whsec_` secret is used for the standard scheme and for nothing else; any other secret for the header scheme.
2. A scheme is tried when its signature header is present and a secret for it is configured: standard first.
3. The first scheme that verifies accepts the request. What is wrong with the other scheme then does not matter.
4. If none verifies, the error of the first tried scheme is raised.

Both schemes cover the whole body and a timestamp, so leaving one out gains an attacker nothing. Only the standard
scheme covers `webhook-id`. The legacy signature inside the body is never consulted here.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from dastak_sdk.envelope import Arrival, Event, parse_event, read_any_event, read_event
from dastak_sdk.errors import Reason, RequestError, SignatureError, WebhookError
from dastak_sdk.headers import (
    ATTEMPT,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    SEQUENCE,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
    Found,
    Headers,
)
from dastak_sdk.json_text import decode
from dastak_sdk.signature import STANDARD_SECRET_PREFIX, body_signature, digester, standard_key
from dastak_sdk.traceparent import TRACEPARENT, read_traceparent

DEFAULT_TOLERANCE = timedelta(minutes=5)
"""How far the signed timestamp may lie from the receiver's clock, in either direction."""

DEFAULT_MAX_BODY_BYTES = 2 * 1024 * 1024
"""The largest body that is examined; the contract's events have about 1 KiB."""

_DIGEST64 = re.compile(r"[A-Za-z0-9+/]{43}=")
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")  # printable ASCII without space and full stop
_MAX_TIMESTAMP_DIGITS = 16
_ONE: tuple[type, ...] = (str, bytes, bytearray, type(None))
"""What is one secret, right or not, and no collection of them."""
Digest = Callable[..., str]
"""Of a timestamp and a body, with a key that was prepared."""
_NO_DIGEST = "is not the base64 of 32 bytes (44 characters)"
_NO_STANDARD = "holds no 'v1,' followed by the base64 of 32 bytes"


class Receiver:
    """Verifies the webhooks of one merchant. Immutable, safe to share between threads."""

    __slots__ = ("_client_keys", "_clock", "_max_body_bytes", "_standard_keys", "_tolerance_seconds")

    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        tolerance: timedelta | float = DEFAULT_TOLERANCE,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up with your secrets.

        Args:
            secrets: one secret or several, all accepted: the merchant's client secret, an endpoint's `whsec_` secret,
                or both, and during rotation the old beside the new.
            tolerance: how far the signed timestamp may lie from `clock`, past or future; seconds or timedelta.
            max_body_bytes: larger bodies are refused unread.
            clock: gives Unix seconds.

        Raises:
            TypeError: a secret is not text, `tolerance` is not a duration, or `max_body_bytes` not a number.
            ValueError: there is no secret, one is empty, malformed or has white space around it, or `tolerance` or
                `max_body_bytes` is not positive and finite.
        """
        given: tuple[Any, ...] = (secrets,) if isinstance(secrets, _ONE) else tuple(secrets)
        if isinstance(max_body_bytes, bool) or not isinstance(max_body_bytes, int):
            raise TypeError(f"max_body_bytes is a number of bytes, not {type(max_body_bytes).__name__}.")
        if max_body_bytes < 1:
            raise ValueError("max_body_bytes is more than zero; events have about 1 KiB.")
        self._client_keys, self._standard_keys = _sort_keys(given)
        self._tolerance_seconds = _seconds(tolerance)
        self._max_body_bytes = max_body_bytes
        self._clock = clock

    @property
    def max_body_bytes(self) -> int:
        """The largest body that is examined. Whoever reads the body for this receiver need not read further."""
        return self._max_body_bytes

    def verify(self, headers: Headers, body: bytes) -> Event:
        """Return the event if the request is authentic and fresh, and an event.

        `headers` is the framework's headers object, a dict or pairs; `body` the raw bytes, exactly as received.
        Signature first, then freshness, then parsing. Raises `WebhookError`, and nothing else.
        """
        raw, arrival = self._authenticated(headers, body)
        return read_event(raw, arrival)

    def receive(self, headers: Headers, body: bytes) -> Event:
        """Return the event if the request is authentic and fresh, even if its body cannot be read.

        What cannot be read comes as an event of `UNREADABLE_EVENT_TYPE`, with its `raw` body and the `problem`: keep it
        and answer 200, since the same bytes would come again and again. Raises `RequestError` and `SignatureError`.
        """
        raw, arrival = self._authenticated(headers, body)
        return read_any_event(raw, arrival)

    def _authenticated(self, headers: Headers, body: bytes) -> tuple[bytes, Arrival]:
        raw = body if type(body) is bytes else _as_bytes(body)
        if len(raw) > self._max_body_bytes:
            raise RequestError(
                Reason.BODY_TOO_LARGE,
                f"The body has {len(raw)} bytes and at most {self._max_body_bytes} are examined; events have about "
                "1 KiB. Raise max_body_bytes only if you know why yours are larger.",
            )
        found = Found(headers)
        failure: WebhookError | None = None
        if self._standard_keys and STANDARD_SIGNATURE in found:
            try:
                return raw, self._verify_standard(found, raw)
            except WebhookError as problem:
                failure = problem
        if self._client_keys and HEADER_SIGNATURE in found:
            try:
                return raw, self._verify_header(found, raw)
            except WebhookError as problem:
                failure = failure or problem
        raise failure or self._nothing_to_try(found)

    def _verify_standard(self, found: Found, body: bytes) -> Arrival:
        signature, message_id = found.get(STANDARD_SIGNATURE), found.get(STANDARD_ID)
        timestamp = found.get(STANDARD_TIMESTAMP)
        if (  # the usual case, looked at once: each is there once, plainly written, with one signature, and one key
            len(self._standard_keys) != 1
            or type(timestamp) is not str
            or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MAX_TIMESTAMP_DIGITS)
            or type(message_id) is not str
            or not message_id.isascii()
            or type(signature) is not str
            or not signature.isascii()
            or signature[:3] != "v1,"
            or not hmac.compare_digest(
                self._standard_keys[0](f"{message_id}.{timestamp}.".encode(), body), signature[3:]
            )
        ):
            message_id, timestamp = self._standard_signed(found, body)
        if not _MESSAGE_ID.fullmatch(message_id):
            raise RequestError(
                Reason.BAD_HEADER,
                f"Header {STANDARD_ID} may hold 1 to 256 printable ASCII characters, no space and no full stop: "
                "a full stop would leave open where the signed id ends.",
            )
        seconds = float(timestamp)
        age = self._clock() - seconds
        if not abs(age) <= self._tolerance_seconds:
            raise self._not_fresh(age, STANDARD_TIMESTAMP)
        return _arrival(found, seconds, message_id, id_signed=True)

    def _standard_signed(self, found: Found, body: bytes) -> tuple[str, str]:
        """The signed id and timestamp, however many signatures and keys there are; or what is wrong."""
        signatures = [entry[3:] for entry in found.one(STANDARD_SIGNATURE).split(" ") if entry.startswith("v1,")]
        message_id = found.one(STANDARD_ID)
        timestamp = found.one(STANDARD_TIMESTAMP)
        if not timestamp.isdigit() or len(timestamp) > _MAX_TIMESTAMP_DIGITS:
            raise _bad_timestamp(STANDARD_TIMESTAMP, "seconds")
        # Signature first: nothing is asked about what was not signed by a secret of ours.
        if not _matches(self._standard_keys, f"{message_id}.{timestamp}.".encode(), body, signatures):
            raise _not_signed(signatures, STANDARD_SIGNATURE, _NO_STANDARD, "the endpoint's 'whsec_' secret")
        return message_id, timestamp

    def _verify_header(self, found: Found, body: bytes) -> Arrival:
        signature, timestamp = found.get(HEADER_SIGNATURE), found.get(HEADER_TIMESTAMP)
        if (  # the usual case, looked at once: both are there once, plainly written, and there is one key
            len(self._client_keys) != 1
            or type(timestamp) is not str
            or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MAX_TIMESTAMP_DIGITS)
            or type(signature) is not str
            or not signature.isascii()
            or not hmac.compare_digest(self._client_keys[0](timestamp.encode(), body), signature)
        ):
            timestamp = self._header_timestamp(found, body)
        seconds = int(timestamp) / 1000
        age = self._clock() - seconds
        if not abs(age) <= self._tolerance_seconds:
            raise self._not_fresh(age, HEADER_TIMESTAMP)
        return _arrival(found, seconds, found.text(STANDARD_ID), id_signed=False)

    def _header_timestamp(self, found: Found, body: bytes) -> str:
        """The signed timestamp, however many keys there are and however it is written; or what is wrong."""
        signature = found.one(HEADER_SIGNATURE)
        timestamp = found.one(HEADER_TIMESTAMP)
        if not timestamp.isdigit() or len(timestamp) > _MAX_TIMESTAMP_DIGITS:  # of ASCII, so these are 0 to 9
            raise _bad_timestamp(HEADER_TIMESTAMP, "milliseconds")
        if not _matches(self._client_keys, timestamp.encode(), body, (signature,)):
            raise _not_signed((signature,), HEADER_SIGNATURE, _NO_DIGEST, "the merchant's client secret")
        return timestamp

    def _not_fresh(self, age: float, header: str) -> SignatureError:
        advice = "Check that this machine's clock is synchronised"
        if not age < 0:  # also when the clock gives no number
            return SignatureError(
                Reason.STALE_TIMESTAMP,
                f"The signature is right, but {header} is {age:.0f} s old and {self._tolerance_seconds:g} s are "
                f"tolerated: a replay, or a queue in front of you. {advice}; every attempt is signed afresh.",
            )
        return SignatureError(
            Reason.FUTURE_TIMESTAMP,
            f"The signature is right, but {header} lies {-age:.0f} s in the future and "
            f"{self._tolerance_seconds:g} s are tolerated. {advice}.",
        )

    def _nothing_to_try(self, found: Found) -> WebhookError:
        if STANDARD_SIGNATURE not in found and HEADER_SIGNATURE not in found:
            wanted = [HEADER_SIGNATURE] * bool(self._client_keys) + [STANDARD_SIGNATURE] * bool(self._standard_keys)
            return RequestError(
                Reason.MISSING_HEADER,
                f"Header {' or '.join(wanted)} is missing: this is not a webhook, or a proxy removes the header.",
            )
        if self._client_keys:
            have, lack = "a client secret", "the endpoint's 'whsec_' secret"
        else:
            have, lack = "a 'whsec_' secret", "the merchant's client secret"
        return SignatureError(
            Reason.NO_MATCHING_SECRET,
            f"The request is signed in the other scheme only: this Receiver has {have}; give it {lack} too.",
        )


def verify_body_signature(secret: str, body: bytes) -> Event:
    """Return the event if the legacy `signature` inside its body is right. Prefer `Receiver.verify`.

    It is a weak check, for archives and for senders that offer nothing else. It covers only the values of `data`: not
    the event type, not the time, not even the names of the fields, and it never expires. Raises `WebhookError`, and
    `TypeError` or `ValueError` when `secret` is not a non-empty text.
    """
    _require_text(secret)
    event = parse_event(_as_bytes(body))
    if event.signature is None:
        raise RequestError(
            Reason.MISSING_HEADER,
            "The body holds no 'signature'. Only some events have one; verify the headers with Receiver instead.",
        )
    if not _DIGEST64.fullmatch(event.signature):
        raise RequestError(Reason.BAD_SIGNATURE_FORMAT, "The body's 'signature' is not the base64 of 32 bytes.")
    expected = body_signature(secret, decode(event.raw)["data"])
    if not hmac.compare_digest(expected.encode(), event.signature.encode()):
        raise _mismatch("'signature' in the body", "the merchant's client secret")
    return event


def _sort_keys(secrets: tuple[str, ...]) -> tuple[tuple[Digest, ...], tuple[Digest, ...]]:
    if not secrets:
        raise ValueError("A Receiver needs at least one secret.")
    for secret in secrets:
        _require_text(secret)
    standard = [standard_key(secret) for secret in secrets if secret.startswith(STANDARD_SECRET_PREFIX)]
    client = [secret.encode() for secret in secrets if not secret.startswith(STANDARD_SECRET_PREFIX)]
    return tuple(map(digester, client)), tuple(map(digester, standard))


def _require_text(secret: object) -> None:
    if not isinstance(secret, str):
        raise TypeError(
            f"A secret is text as shown on the dashboard, not {type(secret).__name__}. Is the environment variable "
            "that should hold it set?"
        )
    if not secret.strip():
        raise ValueError("A secret is empty. Is the environment variable that should hold it set?")
    if secret != secret.strip():
        raise ValueError(
            "A secret has white space around it, such as the line's end of the file it came from: strip it."
        )


def _seconds(tolerance: timedelta | float) -> float:
    seconds = tolerance.total_seconds() if isinstance(tolerance, timedelta) else tolerance
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"tolerance is a number of seconds or a timedelta, not {type(tolerance).__name__}.")
    if not 0 < seconds < float("inf"):
        raise ValueError("tolerance is more than zero and finite; without a limit, a captured request works for ever.")
    return float(seconds)


def _as_bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        try:
            return bytes(body)
        except (ValueError, BufferError):
            pass
    raise RequestError(
        Reason.BODY_NOT_BYTES,
        f"The body is of type {type(body).__name__}, but the signature covers the raw bytes. Take them from the "
        "framework before anything parses or decodes them (request.body, await request.body(), request.get_data()).",
    )


def _bad_timestamp(header: str, unit: str) -> RequestError:
    return RequestError(Reason.BAD_TIMESTAMP, f"Header {header} is not a Unix time in {unit}, in plain digits.")


def _matches(keys: tuple[Digest, ...], prefix: bytes, body: bytes, signatures: Sequence[str]) -> bool:
    """Whether any key gives any of the signatures. Each is compared in constant time, and all are."""
    matched = False
    for digest in keys:
        expected = digest(prefix, body)
        for signature in signatures:
            matched |= hmac.compare_digest(expected, signature)
    return matched


def _not_signed(signatures: Sequence[str], header: str, malformed: str, secret: str) -> WebhookError:
    """Say why none of the signatures fits: it cannot be one, or it is another's."""
    if any(map(_DIGEST64.fullmatch, signatures)):
        return _mismatch(header, secret)
    return RequestError(Reason.BAD_SIGNATURE_FORMAT, f"Header {header} {malformed}.")


def _mismatch(where: str, secret: str) -> SignatureError:
    return SignatureError(
        Reason.SIGNATURE_MISMATCH,
        f"No configured secret gives the signature in {where}. Check that the secret is {secret} of the same "
        "environment, and that the body is the raw one: parsing and writing it again changes its bytes.",
    )


def _arrival(found: Found, seconds: float, message_id: str | None, *, id_signed: bool) -> Arrival:
    traceparent = (read_traceparent(found.text(TRACEPARENT)) or None) if TRACEPARENT in found else None
    sequence = found.count(SEQUENCE) if SEQUENCE in found else None
    return seconds, message_id, id_signed, found.count(ATTEMPT), sequence, traceparent
