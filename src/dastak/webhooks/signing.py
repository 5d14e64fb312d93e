"""The headers of one attempt: the contract's signature and the Standard Webhooks one, over the stored bytes.

In: a claimed delivery and the time. Out: the headers of its POST. Sources: design §4, contract.md §4.1-4.2.
"""

from datetime import datetime
from functools import lru_cache

from dastak_sdk import sign, sign_standard
from dastak_sdk.traceparent import TRACEPARENT

USER_AGENT = "Dastak-Webhooks/1"

_CONTENT_TYPE = ("content-type", "application/json")
_USER_AGENT = ("user-agent", USER_AGENT)


def attempt_headers(
    *,
    event_id: str,
    body: bytes,
    client_secret: str,
    endpoint_secrets: tuple[str, ...],
    attempt: int,
    now: datetime,
    sequence: int | None = None,
    journey_id: str = "",
    trace: str = "",
) -> tuple[tuple[str, str], ...]:
    """Every header of the POST, freshly signed; `content-length` is the sender's to set from the same bytes."""
    milliseconds, seconds = _stamps(now)
    standard = (
        sign_standard(endpoint_secrets[0], event_id, seconds, body)
        if len(endpoint_secrets) == 1
        else " ".join(sign_standard(secret, event_id, seconds, body) for secret in endpoint_secrets)
    )
    headers: tuple[tuple[str, str], ...] = (
        _CONTENT_TYPE,
        _USER_AGENT,
        ("x-webhook-attempt", str(attempt)),
        ("x-webhook-timestamp", milliseconds),
        ("x-webhook-signature", sign(client_secret, milliseconds, body)),
        ("webhook-id", event_id),
        ("webhook-timestamp", seconds),
        ("webhook-signature", standard),
    )
    if sequence is not None:
        headers = (*headers, ("x-dastak-sequence", str(sequence)), ("x-dastak-journey", journey_id))
    return (*headers, (TRACEPARENT, trace)) if trace else headers


@lru_cache(maxsize=2)
def _stamps(now: datetime) -> tuple[str, str]:
    """Unix milliseconds and seconds; a batch is signed at one moment."""
    at = now.timestamp()
    return str(int(at * 1000)), str(int(at))
