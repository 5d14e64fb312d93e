"""Every cause that `dastak verify --explain` can name, and how each is mended.

In: nothing. Out: `CAUSES`, by code. The codes are stable: scripts may read them from `--json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Cause:
    """One thing that goes wrong between sender and receiver."""

    code: str
    what: str
    mend: str


RAW = (
    "Verify the bytes as they came (request.body, await request.body(), request.get_data()), "
    "before anything parses them."
)
_COPY = "Copy the secret again from where it is shown, with nothing around it, and use it as UTF-8 text."
_ROWS = (
    Cause(
        "missing_signature",
        "There is no x-webhook-signature and no webhook-signature header.",
        "Let your proxy pass both on. A page that a browser is sent back to (a GET) has none: this is for webhooks.",
    ),
    Cause(
        "missing_timestamp",
        "The signature has come without its timestamp header.",
        "Let your proxy pass on x-webhook-timestamp and webhook-timestamp too: they are signed.",
    ),
    Cause(
        "missing_id",
        "webhook-signature has come without webhook-id, which it signs.",
        "Let your proxy pass on webhook-id.",
    ),
    Cause(
        "header_renamed",
        "The headers are named as an environment's variables are.",
        "Read x-webhook-signature by its own name; in CGI, WSGI and PHP it is HTTP_X_WEBHOOK_SIGNATURE.",
    ),
    Cause(
        "other_scheme",
        "The request is signed in the other scheme than the one your secret is for.",
        "x-webhook-signature goes with the client secret, webhook-signature with the endpoint's whsec_ secret.",
    ),
    Cause("reserialised_body", "The body was parsed and written again: same JSON, other bytes.", RAW),
    Cause(
        "trailing_newline",
        "A line break at the end of the body was added or lost.",
        "Do not print or trim the body on its way; `curl --data-binary` keeps it, `-d` does not, an editor adds one. "
        + RAW,
    ),
    Cause(
        "line_endings",
        "Line breaks were changed between CRLF and LF.",
        "Keep the body as bytes, in binary mode. " + RAW,
    ),
    Cause(
        "byte_order_mark",
        "A byte order mark was put before the body, or taken away.",
        "Write and read captured bodies as bytes, not with 'utf-8-sig'.",
    ),
    Cause(
        "charset",
        "The body went through another character set than UTF-8.",
        "Do not decode it as Latin-1 or Windows-1252 and encode it again; " + RAW,
    ),
    Cause("unicode_form", "The letters of the body were brought into another Unicode normal form.", RAW),
    Cause(
        "json_string",
        "The body is a JSON string that holds the JSON.",
        "Send on the text itself, not json.dumps of it.",
    ),
    Cause(
        "base64_body",
        "The body is the base64 of what was signed.",
        "Decode it first: API gateways say so with isBase64Encoded.",
    ),
    Cause(
        "compressed_body", "The body is compressed.", "Decompress it before you verify; the JSON is what was signed."
    ),
    Cause(
        "percent_encoded",
        "The body was percent-encoded, as a form's fields are.",
        "Read the raw body, not form fields.",
    ),
    Cause(
        "html_escaped",
        "Characters of the body became HTML entities.",
        "Take the body before any filter of input. " + RAW,
    ),
    Cause("python_bytes", "The body is how Python prints bytes, b'…'.", "Use body, or body.decode(), not str(body)."),
    Cause(
        "empty_body",
        "There is no body.",
        "Something read it before you: move the verification before the middleware that parses. " + RAW,
    ),
    Cause(
        "body_length",
        "The body has another length than content-length says.",
        "It was cut off or changed after it came. Read until content-length bytes are there. " + RAW,
    ),
    Cause(
        "dot_between",
        "There is a dot between timestamp and body in what was signed.",
        "x-webhook-signature signs timestamp + body, with nothing between; the dots belong to webhook-signature.",
    ),
    Cause(
        "newline_between",
        "There is a line break between timestamp and body in what was signed.",
        "Sign timestamp + body, with nothing between.",
    ),
    Cause(
        "wrong_order", "Body and timestamp were joined the other way round.", "Sign timestamp + body, in that order."
    ),
    Cause("no_timestamp", "Only the body was signed, without the timestamp.", "Sign timestamp + body."),
    Cause(
        "seconds",
        "The timestamp was taken in seconds, where x-webhook-timestamp is in milliseconds.",
        "Use the text of the header as it came, 13 digits; do not divide it before you sign.",
    ),
    Cause(
        "milliseconds",
        "webhook-timestamp was taken in milliseconds, where the standard has seconds.",
        "Use the text of the header as it came, 10 digits.",
    ),
    Cause(
        "other_timestamp",
        "The other scheme's timestamp header was signed.",
        "x-webhook-timestamp goes with x-webhook-signature, webhook-timestamp with webhook-signature.",
    ),
    Cause(
        "event_time_signed",
        "The event_time of the body was signed in place of the header's timestamp.",
        "Use the text of x-webhook-timestamp: every attempt has a fresh one.",
    ),
    Cause(
        "timestamp_text",
        "The timestamp was written in another form before it was signed.",
        "Do not parse it: sign the text of the header as it came.",
    ),
    Cause(
        "secret_whitespace",
        "There is white space around the secret.",
        "Strip the secret once, where it is read from its file or variable.",
    ),
    Cause(
        "secret_quotes",
        "There are quotation marks around the secret.",
        "Take the quotation marks out of the environment file.",
    ),
    Cause(
        "secret_decoded",
        "The client secret was decoded from base64 or hex before it was used.",
        "The key is the secret's own text: secret.encode().",
    ),
    Cause(
        "secret_not_decoded",
        "The whsec_ secret was used as text.",
        "The key is the base64 after whsec_, decoded. A library of Standard Webhooks takes the secret as it is.",
    ),
    Cause("secret_case", "The secret has the right letters in the wrong case.", _COPY),
    Cause("hex", "The signature is written in hexadecimal.", "Write the digest itself in base64: 44 characters."),
    Cause(
        "base64_of_hex",
        "The signature is the base64 of the digest in hexadecimal.",
        "Take digest(), not hexdigest(), before base64.",
    ),
    Cause("base64url", "The signature is in the URL-safe alphabet of base64.", "Use + and /, not - and _."),
    Cause("unpadded", "The signature's = at the end is missing.", "Keep the padding: 44 characters."),
    Cause(
        "signature_case",
        "The letters of the signature were changed in case.",
        "Compare base64 as it is; find what lowers the values of headers.",
    ),
    Cause(
        "signature_wrapped",
        "There is something around the signature: a prefix, quotation marks, white space.",
        "The value of x-webhook-signature is the base64 alone; that of webhook-signature begins with v1,.",
    ),
    Cause(
        "percent_encoded_signature",
        "The signature was percent-encoded, or its + became a space.",
        "Do not treat the header as part of a URL.",
    ),
    Cause("other_hash", "Another hash than SHA-256 was used.", "Use HMAC-SHA256."),
    Cause(
        "no_hmac",
        "The secret was hashed together with the text, without HMAC.",
        "Use HMAC-SHA256, keyed by the secret.",
    ),
    Cause(
        "body_signature",
        "The signature in the header is the legacy one from inside the body.",
        "Compare with x-webhook-signature; do not decide anything by the body's signature field.",
    ),
    Cause(
        "stale",
        "The signature is right, and the timestamp is too old.",
        "A replay, a queue in front of you, or your clock runs ahead. Every attempt is signed afresh. For a request "
        "that you kept, give --now.",
    ),
    Cause(
        "future",
        "The signature is right, and the timestamp lies in the future.",
        "Your clock is behind: synchronise it (timedatectl, chronyc tracking).",
    ),
    Cause(
        "bad_timestamp",
        "The timestamp header is not a Unix time in plain digits.",
        "Send and pass on the header as it was signed: 13 digits of milliseconds, or 10 of seconds.",
    ),
    Cause(
        "altered",
        "The secret is right, but body or timestamp are not what was signed.",
        "Something on the way changed them in a way that is none of the usual. Compare with the delivery's bytes: "
        "`raw_body` of GET /api/v1/events/{id}. " + RAW,
    ),
    Cause(
        "wrong_secret",
        "Nothing that can be mended in body, timestamp and encoding makes the signature fit: another secret.",
        "Take the secret of the same merchant and the same environment (sandbox or production); during a rotation "
        "give both. "
        "There is no webhook secret apart from the client secret and the endpoint's whsec_ one.",
    ),
)

CAUSES: Mapping[str, Cause] = MappingProxyType({row.code: row for row in _ROWS})
