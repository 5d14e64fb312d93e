"""The headers of one attempt: the contract's signature and the Standard Webhooks one, over the stored bytes.

In: a claimed delivery and the time. Out: the headers of its POST. Sources: design §4, contract.md §4.1-4.2.
"""

from datetime import datetime

from dastak_sdk import sign, sign_standard
from dastak_sdk.traceparent import TRACEPARENT

USER_AGENT = "Dastak-Webhooks/1"


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
    milliseconds = str(int(now.timestamp() * 1000))
    seconds = int(now.timestamp())
    headers = [
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("x-webhook-attempt", str(attempt)),
        ("x-webhook-timestamp", milliseconds),
        ("x-webhook-signature", sign(client_secret, milliseconds, body)),
        ("webhook-id", event_id),
        ("webhook-timestamp", str(seconds)),
        ("webhook-signature", " ".join(sign_standard(secret, event_id, seconds, body) for secret in endpoint_secrets)),
    ]
    if sequence is not None:
        headers += [("x-dastak-sequence", str(sequence)), ("x-dastak-journey", journey_id)]
    if trace:
        headers.append((TRACEPARENT, trace))
    return tuple(headers)
