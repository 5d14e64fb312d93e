"""For each way to break a request, `dastak verify --explain` names that cause and no other."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.cli.desk.captured import Captured, UnreadableHeadersError, capture, read_headers
from dastak.cli.desk.causes import CAUSES
from dastak.cli.desk.explain import explain
from dastak.cli.desk.variants import packed
from dastak_sdk import body_signature, encode_event, sign, sign_standard
from dastak_sdk.event_time import read_time

NOW = 1_746_427_759.733
MILLIS = "1746427759733"
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HEX_SECRET = "00ff12ab" * 8


@dataclass(frozen=True)
class Sent:
    """What a sender has in hand: what breaks a request is a function of it."""

    secret: str
    body: bytes
    time: str = MILLIS

    @property
    def right(self) -> Captured:
        return self.signed()

    def signed(self, *, over: bytes | None = None, key: bytes | None = None) -> Captured:
        """Signed over that text by that key, and sent with the right body."""
        text = self.time.encode() + self.body if over is None else over
        return self.with_signature(b64(hmac.digest(key or self.secret.encode(), text, "sha256")))

    def with_signature(self, value: str) -> Captured:
        return capture((("X-Webhook-Timestamp", self.time), ("X-Webhook-Signature", value)), self.body)

    def with_body(self, body: bytes) -> Captured:
        return replace(self.right, body=body)

    @property
    def signature(self) -> str:
        return sign(self.secret, self.time, self.body)


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def body_of(verification_id: str, name: str) -> bytes:
    data = {
        "name": name,
        "phone": "9999999999",
        "email": None,
        "verification_id": verification_id,
        "reference_id": 235461,
        "link_expiry": "2025-12-02",
        "form_link": "https://kyc.example/verification/c8k926bpt84g",
        "form_status": "SUCCESS",
        "verification_details": [{"reference_id": 234, "type": "PANDETAILS_VERIFICATION", "status": "SUCCESS"}],
    }
    return encode_event("KYC_LINK_ACTION_PERFORMED", read_time("2025-05-05T06:49:17Z"), data, client_secret="cfsk_x")


sent = st.builds(
    Sent,
    st.from_regex(r"cfsk_ma_[A-Z][a-z][A-Za-z0-9]{10,40}", fullmatch=True),
    # Accents, so that a charset and a normal form make a difference; a letter, so that case does.
    st.builds(body_of, st.text("abcXYZ019-_", min_size=1, max_size=20), st.just("Aśha É & Ünal")),
)

Broken = Callable[[Sent], Captured]
BREAKS: dict[str, list[Broken]] = {
    "reserialised_body": [
        lambda s: s.with_body(json.dumps(json.loads(s.body)).encode()),
        lambda s: s.with_body(json.dumps(json.loads(s.body), indent=2).encode()),
        lambda s: s.with_body(json.dumps(json.loads(s.body), sort_keys=True, separators=(",", ":")).encode()),
        lambda s: s.with_body(json.dumps(json.loads(s.body), ensure_ascii=True, separators=(",", ":")).encode()),
        lambda s: s.with_body(s.body.replace(b"/", b"\\/")),
        lambda s: s.with_body(s.body.replace(b'"email":null,', b"")),
        lambda s: s.signed(over=s.time.encode() + json.dumps(json.loads(s.body)).encode()),
        lambda s: s.signed(over=s.time.encode() + json.dumps(json.loads(s.body), sort_keys=True, indent=4).encode()),
    ],
    "trailing_newline": [
        lambda s: s.with_body(s.body + b"\n"),
        lambda s: s.with_body(s.body + b"\r\n"),
        lambda s: s.with_body(b"  " + s.body + b" \n\n"),
        lambda s: s.signed(over=s.time.encode() + s.body + b"\n"),
    ],
    "line_endings": [lambda s: replace(Sent(s.secret, s.body[:-1] + b"\n}").right, body=s.body[:-1] + b"\r\n}")],
    "byte_order_mark": [lambda s: s.with_body(b"\xef\xbb\xbf" + s.body)],
    "charset": [
        lambda s: s.with_body(s.body.decode("latin-1").encode()),
        lambda s: s.with_body(s.body.decode().encode("utf-16")),
    ],
    "unicode_form": [
        lambda s: s.with_body(
            s.body.replace("É".encode(), "E\u0301".encode())
            .replace("ś".encode(), "s\u0301".encode())
            .replace("Ü".encode(), "U\u0308".encode())
        )
    ],
    "json_string": [lambda s: s.with_body(json.dumps(s.body.decode()).encode())],
    "base64_body": [lambda s: s.with_body(base64.b64encode(s.body))],
    "compressed_body": [lambda s: s.with_body(packed(s.body))],
    "percent_encoded": [lambda s: s.with_body(quote(s.body).encode())],
    "html_escaped": [lambda s: s.with_body(s.body.replace(b"&", b"&amp;").replace(b'"', b"&quot;"))],
    "python_bytes": [lambda s: s.with_body(str(s.body).encode())],
    "empty_body": [lambda s: s.with_body(b"")],
    "body_length": [
        lambda s: replace(s.right, headers=(*s.right.headers, ("content-length", str(len(s.body)))), body=s.body[:-7])
    ],
    "dot_between": [lambda s: s.signed(over=s.time.encode() + b"." + s.body)],
    "newline_between": [lambda s: s.signed(over=s.time.encode() + b"\n" + s.body)],
    "wrong_order": [lambda s: s.signed(over=s.body + s.time.encode())],
    "no_timestamp": [lambda s: s.signed(over=s.body)],
    "seconds": [
        lambda s: s.signed(over=s.time[:10].encode() + s.body),
        lambda s: Sent(s.secret, s.body, s.time[:10]).right,
        lambda s: Sent(s.secret, s.body, s.time[:10]).with_signature(s.signature),
    ],
    "event_time_signed": [lambda s: s.signed(over=b"2025-05-05T06:49:17Z" + s.body)],
    "timestamp_text": [lambda s: s.signed(over=f"{s.time}.0".encode() + s.body)],
    "other_timestamp": [
        lambda s: replace(
            s.signed(over=b"1746427758" + s.body),
            headers=(*s.signed(over=b"1746427758" + s.body).headers, ("webhook-timestamp", "1746427758")),
        )
    ],
    "secret_whitespace": [
        lambda s: s.signed(key=f"{s.secret}\n".encode()),
        lambda s: s.signed(key=f" {s.secret}".encode()),
    ],
    "secret_quotes": [lambda s: s.signed(key=f'"{s.secret}"'.encode())],
    "secret_case": [lambda s: s.signed(key=s.secret.lower().encode())],
    "hex": [lambda s: s.with_signature(base64.b64decode(s.signature).hex())],
    "base64_of_hex": [lambda s: s.with_signature(b64(base64.b64decode(s.signature).hex().encode()))],
    "unpadded": [lambda s: s.with_signature(s.signature.rstrip("="))],
    "signature_case": [lambda s: s.with_signature(s.signature.lower())],
    "signature_wrapped": [
        lambda s: s.with_signature(f"sha256={s.signature}"),
        lambda s: s.with_signature(f'"{s.signature}"'),
    ],
    "percent_encoded_signature": [lambda s: s.with_signature(quote(s.signature, safe=""))],
    "other_hash": [
        lambda s: s.with_signature(b64(hmac.digest(s.secret.encode(), s.time.encode() + s.body, "sha1"))),
        lambda s: s.with_signature(b64(hmac.digest(s.secret.encode(), s.time.encode() + s.body, "sha512"))),
    ],
    "no_hmac": [lambda s: s.with_signature(b64(hashlib.sha256(s.secret.encode() + s.time.encode() + s.body).digest()))],
    "body_signature": [lambda s: s.with_signature(json.loads(s.body)["signature"])],
    "stale": [lambda s: Sent(s.secret, s.body, "1746427459000").right],
    "future": [lambda s: Sent(s.secret, s.body, "1746428100000").right],
    "wrong_secret": [lambda s: Sent("cfsk_of_production", s.body).right],
    "missing_signature": [lambda s: capture((("x-webhook-timestamp", s.time),), s.body)],
    "missing_timestamp": [lambda s: capture((("x-webhook-signature", s.signature),), s.body)],
    "header_renamed": [
        lambda s: capture((("HTTP_X_WEBHOOK_TIMESTAMP", s.time), ("HTTP_X_WEBHOOK_SIGNATURE", s.signature)), s.body)
    ],
}
CASES = [(code, broken) for code, ways in BREAKS.items() for broken in ways]


@pytest.mark.parametrize(("code", "broken"), CASES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(CASES)])
@settings(max_examples=8)
@given(sent=sent)
def test_each_way_to_break_a_request_is_named(code: str, broken: Broken, sent: Sent) -> None:
    assert explain(broken(sent), [sent.secret], NOW).codes == (code,)


@settings(max_examples=15)
@given(sent)
def test_a_right_request_has_no_cause(sent: Sent) -> None:
    found = explain(sent.right, ["cfsk_the_old_one", sent.secret], NOW)
    assert (found.is_right, found.secret) == (True, 1)


@settings(max_examples=15)
@given(sent)
def test_two_things_wrong_together_are_both_named(sent: Sent) -> None:
    body = json.dumps(json.loads(sent.body), indent=2).encode()
    broken = replace(sent.signed(over=sent.time.encode() + b"." + sent.body), body=body)
    assert set(explain(broken, [sent.secret], NOW).codes) == {"dot_between", "reserialised_body"}


@settings(max_examples=15)
@given(sent, st.data())
def test_an_altered_byte_is_never_taken_for_anything_that_can_be_mended(sent: Sent, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sent.body) - 1))
    other = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
    found = explain(sent.with_body(other), [sent.secret], NOW)
    assert not found.proven
    assert found.codes in {("wrong_secret",), ("altered",)}


def test_the_signature_inside_the_body_tells_an_altered_request_from_a_wrong_secret() -> None:
    whole = Sent("cfsk_x", body_of("order-1", "Asha"))
    altered = whole.body.replace(b"2025-05-05T06:49:17Z", b"2025-05-05T06:49:18Z")
    assert explain(whole.with_body(altered), ["cfsk_x"], NOW).codes == ("altered",)


def test_a_client_secret_that_was_decoded_is_named() -> None:
    whole = Sent(HEX_SECRET, body_of("order-1", "Asha"))
    assert explain(whole.signed(key=bytes.fromhex(HEX_SECRET)), [HEX_SECRET], NOW).codes == ("secret_decoded",)


def test_the_url_safe_alphabet_is_named_where_it_differs() -> None:
    whole = next(
        one
        for n in range(99)
        if any(sign in (one := Sent("cfsk_x", body_of(f"order-{n}", "A"))).signature for sign in "+/")
    )
    url_safe = whole.signature.replace("+", "-").replace("/", "_")
    assert explain(whole.with_signature(url_safe), ["cfsk_x"], NOW).codes == ("base64url",)


def standard(signature: str | None = None, **changed: str) -> Captured:
    body = body_of("order-1", "Asha")
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": MILLIS[:10],
        "webhook-signature": signature or sign_standard(WHSEC, "evt_1", MILLIS[:10], body),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    return capture(tuple((name, value) for name, value in headers.items() if value), body)


def test_the_standard_scheme_is_examined_too() -> None:
    body = standard().body
    other = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    rotated = f"{sign_standard(other, 'evt_1', MILLIS[:10], body)} {sign_standard(WHSEC, 'evt_1', MILLIS[:10], body)}"
    text_key = "v1," + b64(hmac.digest(WHSEC.encode(), f"evt_1.{MILLIS[:10]}.".encode() + body, "sha256"))
    for request, codes in (
        (standard(), ()),
        (standard(rotated), ()),
        (standard(text_key), ("secret_not_decoded",)),
        (replace(standard(), body=body + b"\n"), ("trailing_newline",)),
        (standard(webhook_timestamp=""), ("missing_timestamp",)),
        (standard(webhook_id=""), ("missing_id",)),
    ):
        assert explain(request, [WHSEC], NOW).codes == codes
    assert explain(standard(), ["cfsk_x"], NOW).codes == ("other_scheme",)
    assert explain(Sent("cfsk_x", body).right, [WHSEC], NOW).codes == ("other_scheme",)
    assert explain(standard(), [other], NOW).codes == ("wrong_secret",)


@given(
    st.binary(max_size=200),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "x-webhook-signature",
                    "webhook-signature",
                    "x-webhook-timestamp",
                    "webhook-timestamp",
                    "content-length",
                ]
            ),
            st.text(max_size=60),
        )
    ),
)
def test_whatever_is_captured_gets_an_answer(body: bytes, headers: list[tuple[str, str]]) -> None:
    assert explain(capture(tuple(headers), body), ["cfsk_x", WHSEC], NOW).causes


def test_headers_are_read_in_the_forms_that_people_have() -> None:
    wanted = (("X-Webhook-Timestamp", "1"), ("X-Webhook-Signature", "a="))
    lines = "X-Webhook-Timestamp: 1\nX-Webhook-Signature: a=\n"
    for text in (
        lines,
        "POST /hook HTTP/1.1\r\n" + lines.replace("\n", "\r\n"),
        "> POST /hook HTTP/1.1\n> X-Webhook-Timestamp: 1\n> X-Webhook-Signature: a=\n>\n",
        json.dumps(dict(wanted)),
        json.dumps(wanted),
        json.dumps({name: [value] for name, value in wanted}),
    ):
        assert read_headers(text) == wanted
    for wrong in ("what is this", "[1]", "{nonsense"):
        with pytest.raises(UnreadableHeadersError):
            read_headers(wrong)


def test_every_cause_is_tried_here() -> None:
    elsewhere = {"altered", "secret_decoded", "base64url", "secret_not_decoded", "other_scheme", "missing_id"}
    assert set(CAUSES) - set(BREAKS) - elsewhere == {"milliseconds", "bad_timestamp"}
    assert body_signature("cfsk_x", {"a": None})
    assert explain(standard(sign_standard(WHSEC, "evt_1", "1746427759000", standard().body)), [WHSEC], NOW).codes == (
        "milliseconds",
    )
    odd = Sent("cfsk_x", b"{}", "yesterday")
    assert explain(odd.right, ["cfsk_x"], NOW).codes == ("bad_timestamp",)
