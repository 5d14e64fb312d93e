"""The body of a webhook: written by the server, read by the receiver.

In: an event's type, time and data; or the body's bytes. Out: the bytes; or an `Event`. `receiver` calls `parse_event`
once the signature is verified; call it yourself only with bytes that you already trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

from dastak_sdk.errors import PayloadError, Reason, RequestError
from dastak_sdk.event_time import TimeForm, read_time, write_time
from dastak_sdk.events import EVENT_TYPES, TEST_EVENT_TYPE, UNREADABLE_EVENT_TYPE, EventType, Product
from dastak_sdk.fields import OPTIONAL_TEXT, TEXT, Shape
from dastak_sdk.frozen import maker
from dastak_sdk.json_text import decode, encode, require_flat
from dastak_sdk.kyc_link import KycLinkData
from dastak_sdk.operations import OPERATIONAL_EVENT_TYPES, EndpointData
from dastak_sdk.signature import body_signature
from dastak_sdk.video_kyc import VideoKycData, read_video_kyc

VERSION = "v1"

_DATA_TYPES: Mapping[Product, type[KycLinkData | VideoKycData]] = {
    Product.KYC_LINK: KycLinkData,
    Product.VIDEO_KYC: VideoKycData,
}
_CARRIED: Mapping[str, type[KycLinkData | VideoKycData | EndpointData]] = {
    **{name: _DATA_TYPES[spec.product] for name, spec in EVENT_TYPES.items()},
    **dict.fromkeys(OPERATIONAL_EVENT_TYPES, EndpointData),
}
_READERS = {
    name: read_video_kyc if carried is VideoKycData else carried.from_json  # the one keeps what was decoded here
    for name, carried in _CARRIED.items()
}
_TYPED = (KycLinkData, VideoKycData, EndpointData)
_BODY = "(the whole body)"
_PLAIN = Shape(_BODY, event_type=TEXT, event_time=TEXT, version=OPTIONAL_TEXT, data=(dict,))
_SIGNED = Shape(_BODY, signature=OPTIONAL_TEXT, event_type=TEXT, event_time=TEXT, version=OPTIONAL_TEXT, data=(dict,))


_SIGNED_FIELDS = 5
"""Of the usual envelope with a signature inside; without it has one less."""
_Parts = tuple[str, str, str | None, dict[str, Any], str | None, dict[str, Any]]
"""`event_type`, `event_time`, `version`, `data`, `signature`, and what is unknown."""

Arrival = tuple[float | None, str | None, bool, int | None, int | None, str | None]
"""What the headers of a verified request told beside the body: the signed timestamp as Unix time (None when nothing was
verified), and `id`, `id_signed`, `attempt`, `sequence` and `traceparent` of the event."""


@dataclass(frozen=True)
class Event:
    """One event as it was received."""

    type: str
    """An `EventType` or `OperationalType` value, `TEST_EVENT_TYPE`, or a name that a later version adds."""
    time: datetime
    """Aware, UTC."""
    time_text: str
    """`event_time` as it was written."""
    version: str
    data: KycLinkData | VideoKycData | EndpointData | Mapping[str, Any]
    """A mapping exactly when `type` is neither one of the thirteen nor an `OperationalType`."""
    signature: str | None = None
    """The legacy signature inside the body. Informational: nothing was decided by it."""
    id: str | None = None
    """`webhook-id`. To be trusted only when `id_signed`."""
    id_signed: bool = False
    """Whether a signature covers `id`: true only when the Standard Webhooks signature was the one verified."""
    attempt: int | None = None
    """`x-webhook-attempt`, from 1. No signature covers it: a hint."""
    sequence: int | None = None
    """`x-dastak-sequence`, the event's number within its journey. No signature covers it: a hint."""
    raw: bytes = field(default=b"", repr=False)
    """The body, byte for byte."""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Envelope fields unknown to this version, kept as they came."""
    traceparent: str | None = None
    """The W3C trace of this attempt, for your own tracing to go on with. No signature covers it: a hint."""
    problem: str | None = None
    """Why the body cannot be read, where it cannot; `data` is then the body, if that is a JSON object at all."""

    @property
    def dedupe_key(self) -> str:
        """The key under which to remember that this event was handled: SHA-256 of the raw body, in hex.

        Every attempt and every resend repeats the same bytes, and the body is what every signature covers. `id` is not
        used: the header scheme does not sign it, so one captured request could come back under many ids.
        """
        return sha256(self.raw if self.raw or self.problem is not None else self.to_bytes()).hexdigest()

    @property
    def is_test(self) -> bool:
        """Whether this only tests the URL: answer 2xx and do nothing else."""
        return self.type == TEST_EVENT_TYPE

    @property
    def is_known(self) -> bool:
        """Whether this version knows the type, so that `data` is typed. Acknowledge and keep what it does not know."""
        return self.type in _CARRIED

    def to_json(self) -> dict[str, Any]:
        """The body as a JSON value, keys in the contract's order."""
        envelope = {} if self.signature is None else {"signature": self.signature}
        data = self.data.to_json() if isinstance(self.data, _TYPED) else dict(self.data)
        return {
            **envelope,
            "event_type": str(self.type),
            "event_time": self.time_text,
            "version": self.version,
            "data": data,
            **self.extra,
        }

    def to_bytes(self) -> bytes:
        """The JSON value on one compact line. To pass the event on as it was signed, use `raw` instead."""
        return encode(self.to_json())


_make_event = maker(Event)
_NO_ARRIVAL: Arrival = (None, None, False, None, None, None)


def encode_event(
    event_type: EventType | str,
    time: datetime,
    data: KycLinkData | VideoKycData | EndpointData | Mapping[str, Any],
    *,
    client_secret: str | None,
    time_form: TimeForm = "iso",
) -> bytes:
    """Write the body of an event: one line of UTF-8 JSON, keys in the contract's order, nulls present.

    Call it once per event and keep the bytes. The legacy body `signature` comes first for the events whose sample in
    the contract has it (`EventSpec.signs_body`), unless `client_secret` is None.

    Raises `TypeError` when `data` is of another kind of event, `ValueError` for a naive time or text that is not UTF-8.
    """
    spec = EVENT_TYPES.get(str(event_type))
    expected = _data_type(str(event_type))
    if expected is not None and not isinstance(data, (expected, Mapping)):
        raise TypeError(f"{event_type} carries {expected.__name__}, not {type(data).__name__}.")
    fields = data.to_json() if isinstance(data, _TYPED) else dict(data)
    envelope: dict[str, Any] = {}
    if spec is not None and spec.signs_body and client_secret is not None:
        envelope["signature"] = body_signature(client_secret, fields)
    envelope["event_type"] = str(event_type)
    envelope["event_time"] = write_time(time, time_form)
    envelope["version"] = VERSION
    envelope["data"] = fields
    return encode(envelope)


def encode_test_event(time: datetime) -> bytes:
    """Write the body that tests a URL: shaped like an event, of a type that none of the thirteen is."""
    data = {"test_object": {"test_key": "test_value"}}
    return encode_event(TEST_EVENT_TYPE, time, data, client_secret=None)


def parse_event(body: bytes) -> Event:
    """Read a body that is already trusted. Raises `RequestError` (not bytes), `PayloadError` (not an event)."""
    if not isinstance(body, bytes):
        raise RequestError(
            Reason.BODY_NOT_BYTES, f"parse_event reads the raw body as bytes, not {type(body).__name__}."
        )
    return read_event(body)


def read_event(body: bytes, arrival: Arrival = _NO_ARRIVAL) -> Event:
    """Do the work of `parse_event`, adding what the verified headers told.

    A verified body without `event_type` whose `data` has a `test_object` is read as a test: other products of the
    hosted provider test a URL so.
    """
    seconds, id_, id_signed, attempt, sequence, traceparent = arrival
    envelope = decode(body)
    event_type, time_text, version, data, signature, extra = _parts(envelope) or _parts_one_by_one(envelope, seconds)
    try:
        time = read_time(time_text)
    except ValueError as problem:
        message = f"Field 'event_time' cannot be read: {problem}. Keep the raw body and report it to the sender."
        raise PayloadError(Reason.BAD_ENVELOPE, message) from None
    read_data = _READERS.get(event_type, _read_unknown)
    return _make_event(
        {
            "type": event_type,
            "time": time,
            "time_text": time_text,
            "version": version or VERSION,
            "data": read_data(data),
            "signature": signature,
            "id": id_,
            "id_signed": id_signed,
            "attempt": attempt,
            "sequence": sequence,
            "raw": body,
            "extra": extra,
            "traceparent": traceparent,
        }
    )


def _parts(envelope: Any) -> _Parts | None:
    """What the usual envelope holds; None for any other."""
    try:
        event_type, time_text = envelope["event_type"], envelope["event_time"]
        version, data = envelope["version"], envelope["data"]
        signature = envelope["signature"] if len(envelope) == _SIGNED_FIELDS else None
    except (KeyError, TypeError):
        return None
    if (
        type(event_type) is str
        and type(time_text) is str
        and type(data) is dict
        and (type(version) is str or version is None)
        and (type(signature) is str or signature is None)
        and len(envelope) <= _SIGNED_FIELDS  # and so these are all that it has
    ):
        return event_type, time_text, version, data, signature, {}
    return None


def _parts_one_by_one(envelope: Any, seconds: float | None) -> _Parts:
    """What any envelope holds; or what is wrong with it, by name."""
    shape = _PLAIN
    if isinstance(envelope, dict):
        shape = _SIGNED if "signature" in envelope else _PLAIN
        if "event_type" not in envelope and seconds is not None:
            envelope = _completed_test(envelope, seconds)
    fields = shape.read(envelope)
    event_type, time_text, version, data = (fields[name] for name in ("event_type", "event_time", "version", "data"))
    return event_type, time_text, version, data, fields.get("signature"), fields["extra"]


def read_any_event(body: bytes, arrival: Arrival = _NO_ARRIVAL) -> Event:
    """Do the same, and give an event of `UNREADABLE_EVENT_TYPE` where the body is none: for whoever keeps it."""
    try:
        return read_event(body, arrival)
    except PayloadError as problem:
        seconds, id_, id_signed, attempt, sequence, traceparent = arrival
        time = _moment(seconds or 0.0)
        hints: dict[str, Any] = {"id": id_, "id_signed": id_signed, "attempt": attempt, "sequence": sequence}
        return Event(
            UNREADABLE_EVENT_TYPE,
            time,
            write_time(time),
            VERSION,
            _readable_part(body),
            raw=body,
            traceparent=traceparent,
            problem=str(problem),
            **hints,
        )


def _readable_part(body: bytes) -> dict[str, Any]:
    try:
        value = decode(body)
        require_flat(value)
    except PayloadError:
        return {}
    return value if isinstance(value, dict) else {}


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, timezone.utc)


def _read_unknown(data: dict[str, Any]) -> dict[str, Any]:
    require_flat(data)
    return data


def _data_type(event_type: str) -> type[KycLinkData | VideoKycData | EndpointData] | None:
    """What an event of this type carries; None for a type that this version does not know."""
    return _CARRIED.get(event_type)


def _completed_test(envelope: dict[str, Any], seconds: float) -> dict[str, Any]:
    data = envelope.get("data")
    if not isinstance(data, dict) or "test_object" not in data:
        return envelope
    return {"event_type": TEST_EVENT_TYPE, "event_time": write_time(_moment(seconds)), **envelope}
