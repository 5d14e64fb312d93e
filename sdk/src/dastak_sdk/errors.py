"""What can be wrong with a received webhook, each case with a stable code and a way out.

In: `receiver`, `envelope` and the payload modules raise these. Out: the merchant's code catches `WebhookError`,
answers with `error.status` and logs `error.reason`.

    WebhookError                 the one to catch
    ├── RequestError             the request cannot be examined: headers or body are unusable
    ├── SignatureError           examined, and not accepted: wrong secret, altered, too old, too new
    └── PayloadError             accepted, but the body is not an event that can be read
"""

from __future__ import annotations

from enum import Enum


class Reason(str, Enum):
    """Stable code of every refusal; the values are a public promise."""

    MISSING_HEADER = "missing_header"
    BAD_HEADER = "bad_header"
    BAD_TIMESTAMP = "bad_timestamp"
    BAD_SIGNATURE_FORMAT = "bad_signature_format"
    BODY_NOT_BYTES = "body_not_bytes"
    BODY_TOO_LARGE = "body_too_large"
    NO_MATCHING_SECRET = "no_matching_secret"  # noqa: S105 - a code, not a secret
    SIGNATURE_MISMATCH = "signature_mismatch"
    STALE_TIMESTAMP = "stale_timestamp"
    FUTURE_TIMESTAMP = "future_timestamp"
    BAD_JSON = "bad_json"
    BAD_ENVELOPE = "bad_envelope"

    __str__ = str.__str__

    @property
    def status(self) -> int:
        """The HTTP status that tells the sender best what happened."""
        return _STATUSES.get(self, 400)


_STATUSES = {
    Reason.BODY_TOO_LARGE: 413,
    Reason.NO_MATCHING_SECRET: 401,
    Reason.SIGNATURE_MISMATCH: 401,
    Reason.STALE_TIMESTAMP: 401,
    Reason.FUTURE_TIMESTAMP: 401,
}


class WebhookError(Exception):
    """A webhook that must not be acted on.

    Attributes:
        reason: which of the known cases this is.
        message: what is wrong and what to do about it; contains no secret and no payload value.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.message}"

    @property
    def status(self) -> int:
        """The HTTP status to answer with: 400, 401 or 413."""
        return self.reason.status


class RequestError(WebhookError):
    """The headers or the body cannot be examined; nothing was verified."""


class SignatureError(WebhookError):
    """No configured secret accepts this request now."""


class PayloadError(WebhookError):
    """The body is not an event that can be read. From `Receiver.verify` this means: authentic, yet unreadable.

    Whoever keeps such a body should acknowledge it: use `Receiver.receive`, which does not raise this.
    """
