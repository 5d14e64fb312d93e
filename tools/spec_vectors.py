"""Test vectors for who verifies webhooks in a language of their own: signatures, and what is the same event.

In: nothing. Out: the JSON values of `spec/vectors/*.json`. Called by `make_spec`; the tests hold the SDK, and the
snippets of docs/verify-in-any-language.md, against them.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dastak_sdk.sample import sample_event

CLIENT, OTHER = "cfsk_test_secret", "cfsk_another_secret"
WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OLD_WHSEC = "whsec_b2xkIHNlY3JldCBvZiBhbiBlbmRwb2ludCwgMzIgYi4="
TIME_MS = 1746427759733
TOLERANCE_SECONDS = 300
PLAIN = b'{"event_type":"VKYC_USER_LINK_GENERATED","data":{}}'
OTHER_BODY = b'{"event_type":"VKYC_USER_LINK_EXPIRED","data":{}}'
HAPPENED = datetime(2025, 5, 5, 6, 49, 19, tzinfo=UTC)
EVENT = sample_event("KYC_LINK_SUCCESS", {"verification_id": "order-1", "name": "आशा 🙂"}, time=HAPPENED)
ASKED = sample_event("VKYC_USER_LINK_GENERATED", {"verification_id": "order-2"}, time=HAPPENED)
EXPIRED = sample_event("VKYC_USER_LINK_EXPIRED", {"verification_id": "order-2"}, time=HAPPENED)

Case = dict[str, Any]


def vectors() -> Mapping[str, Any]:
    """File name → value."""
    return {"signature.json": _signatures(), "dedupe.json": _dedupe()}


def _signatures() -> Any:
    return {
        "about": "Requests, and whether a receiver with these secrets accepts them at that time. `body_base64` has the "
        "raw bytes; `body` shows them where they are text. `reason` is the code of dastak-sdk. A secret that begins "
        "with whsec_ is for the scheme `standard` alone, any other for the scheme `header` alone.",
        "tolerance_seconds": TOLERANCE_SECONDS,
        "cases": [*_header_cases(), *_standard_cases()],
    }


def _header_cases() -> Sequence[Case]:
    right = _header(PLAIN)
    signature = right["x-webhook-signature"]
    raw = base64.b64decode(signature)
    in_seconds = str(TIME_MS // 1000)
    mismatch, bad = "signature_mismatch", "bad_signature_format"
    return [
        _case("a genuine request", right, PLAIN),
        _case("letters beyond ASCII, and null", _header(EVENT), EVENT),
        _case("spaces in the JSON", _header(_spaced(EVENT)), _spaced(EVENT)),
        _case("a line break at the end", _header(PLAIN + b"\n"), PLAIN + b"\n"),
        _case("escaped letters", _header(_escaped(EVENT)), _escaped(EVENT)),
        _case("299 seconds old", right, PLAIN, now=TIME_MS + 299_000),
        _case("299 seconds ahead", right, PLAIN, now=TIME_MS - 299_000),
        _case("the second of two secrets", right, PLAIN, secrets=(OTHER, CLIENT)),
        _case("one letter of the body changed", right, PLAIN.replace(b"USER", b"USEr"), reason=mismatch),
        _case("the JSON written again", right, _spaced(PLAIN), reason=mismatch),
        _case("the line break at the end lost", _header(PLAIN + b"\n"), PLAIN, reason=mismatch),
        _case("no body", right, b"", reason=mismatch),
        _case("the timestamp changed", right | {"x-webhook-timestamp": str(TIME_MS + 1)}, PLAIN, reason=mismatch),
        _case("another secret", right, PLAIN, secrets=(OTHER,), reason=mismatch),
        _case("a dot between timestamp and body", _header(PLAIN, b"."), PLAIN, reason=mismatch),
        _case("the body alone was signed", _signed_as(TIME_MS, _mac(CLIENT, PLAIN)), PLAIN, reason=mismatch),
        _case("the signature of another body", _header(OTHER_BODY), PLAIN, reason=mismatch),
        _case("301 seconds old", right, PLAIN, now=TIME_MS + 301_000, reason="stale_timestamp"),
        _case("301 seconds ahead", right, PLAIN, now=TIME_MS - 301_000, reason="future_timestamp"),
        _case("the timestamp in seconds", _header(PLAIN, at=in_seconds), PLAIN, reason="stale_timestamp"),
        _case("a timestamp that is no number", _header(PLAIN, at="yesterday"), PLAIN, reason="bad_timestamp"),
        _case("a timestamp below zero", _header(PLAIN, at=f"-{TIME_MS}"), PLAIN, reason="bad_timestamp"),
        _case("the signature in hexadecimal", _signed_as(TIME_MS, raw.hex()), PLAIN, reason=bad),
        _case("half of the signature", _signed_as(TIME_MS, signature[:22]), PLAIN, reason=bad),
        _case("no padding", _signed_as(TIME_MS, signature.rstrip("=")), PLAIN, reason=bad),
        _case("an empty signature", _signed_as(TIME_MS, ""), PLAIN, reason="bad_header"),
        _case("no signature", {"x-webhook-timestamp": str(TIME_MS)}, PLAIN, reason="missing_header"),
        _case("no timestamp", {"x-webhook-signature": signature}, PLAIN, reason="missing_header"),
        _case("no header at all", {}, PLAIN, reason="missing_header"),
    ]


def _standard_cases() -> Sequence[Case]:
    right, old = _standard(PLAIN), _standard(PLAIN, secret=OLD_WHSEC)
    signature, old_signature = right["webhook-signature"], old["webhook-signature"]
    mismatch = "signature_mismatch"

    def case(name: str, headers: Mapping[str, str], body: bytes = PLAIN, **more: Any) -> Case:
        return _case(name, headers, body, **{"scheme": "standard", "secrets": (WHSEC,), **more})

    def signed(value: str) -> Mapping[str, str]:
        return right | {"webhook-signature": value}

    return [
        case("standard: a genuine request", right),
        case("standard: letters beyond ASCII", _standard(EVENT), EVENT),
        case("standard, in a rotation: two entries, the right one last", signed(f"{old_signature} {signature}")),
        case("standard, in a rotation: two entries, the right one first", signed(f"{signature} {old_signature}")),
        case("standard, in a rotation: the receiver knows both", old, secrets=(WHSEC, OLD_WHSEC)),
        case("standard: an entry of an unknown version before the right one", signed(f"v2,AAAA {signature}")),
        case("standard: the id changed", right | {"webhook-id": "evt_other"}, reason=mismatch),
        case("standard: the body changed", right, OTHER_BODY, reason=mismatch),
        case("standard: an old secret alone", old, reason=mismatch),
        case("standard: no version", signed(signature.removeprefix("v1,")), reason="bad_signature_format"),
        case("standard: an unknown version alone", signed("v2" + signature[2:]), reason="bad_signature_format"),
        case("standard: 301 seconds old", right, now=TIME_MS // 1000 * 1000 + 301_000, reason="stale_timestamp"),
        case("standard: no id", {key: right[key] for key in right if key != "webhook-id"}, reason="missing_header"),
    ]


def _dedupe() -> Any:
    first, second = _header(EVENT), _header(EVENT, at=str(TIME_MS + 5000))
    return {
        "about": "Deliveries to one merchant, in order, each verified by that scheme. `key` is the SHA-256 of the raw "
        "body, in lower-case hexadecimal: the same for every attempt and every resend of an event, by either scheme. A "
        "delivery is a duplicate when its key came before. `webhook-id` is a key only where `standard` was verified: "
        "the scheme `header` does not sign it.",
        "cases": [
            _sequence(
                "an event, tried three times: other headers, the same bytes",
                ("header", {**first, "x-webhook-attempt": "1"}, EVENT),
                ("header", {**second, "x-webhook-attempt": "2"}, EVENT),
                ("header", {**second, "x-webhook-attempt": "3"}, EVENT),
            ),
            _sequence(
                "an event by both schemes",
                ("header", first, EVENT),
                ("standard", _standard(EVENT), EVENT),
            ),
            _sequence(
                "an event that comes again under an id that nobody signed",
                ("header", {**first, "webhook-id": "evt_1"}, EVENT),
                ("header", {**first, "webhook-id": "evt_2"}, EVENT),
            ),
            _sequence(
                "two events of one journey, the later one first, and the earlier one again",
                ("header", _header(EXPIRED), EXPIRED),
                ("header", _header(ASKED), ASKED),
                ("header", _header(ASKED, at=str(TIME_MS + 9000)), ASKED),
            ),
        ],
    }


def _case(
    name: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scheme: str = "header",
    secrets: Sequence[str] = (CLIENT,),
    now: int = TIME_MS,
    reason: str | None = None,
) -> Case:
    return {
        "name": name,
        "scheme": scheme,
        "secrets": list(secrets),
        "now_ms": now,
        "headers": dict(headers),
        **_body(body),
        "accepted": reason is None,
        "reason": reason,
    }


def _sequence(name: str, *deliveries: tuple[str, Mapping[str, str], bytes]) -> Case:
    keys = [hashlib.sha256(body).hexdigest() for _, _, body in deliveries]
    rows = [
        {"scheme": scheme, "headers": dict(headers), **_body(body), "key": key, "is_duplicate": key in keys[:place]}
        for place, ((scheme, headers, body), key) in enumerate(zip(deliveries, keys, strict=True))
    ]
    return {"name": name, "deliveries": rows}


def _body(body: bytes) -> Case:
    return {"body": body.decode(), "body_base64": base64.b64encode(body).decode()}


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _signed_as(at: object, signature: str) -> dict[str, str]:
    return {"x-webhook-timestamp": str(at), "x-webhook-signature": signature}


def _header(body: bytes, between: bytes = b"", at: str = str(TIME_MS)) -> dict[str, str]:
    return _signed_as(at, _mac(CLIENT, at.encode() + between + body))


def _standard(body: bytes, secret: str = WHSEC) -> dict[str, str]:
    at, name = str(TIME_MS // 1000), "evt_test"
    signature = _mac(secret, f"{name}.{at}.".encode() + body)
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}


def _spaced(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False).encode()


def _escaped(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(",", ":")).encode()
