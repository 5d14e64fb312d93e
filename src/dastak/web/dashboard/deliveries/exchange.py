"""One attempt as the page shows it: what was sent and answered, where the time went, how it was signed. Pure.

In: the attempt, the event's body, the keys, and how much the reader may see. Out: plain values for the template.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dastak.accounts.merchant import ApiKey
from dastak.web.dashboard.deliveries.curl import as_curl, as_curl_without_body
from dastak.web.dashboard.deliveries.masking import (
    masked_answer,
    masked_event,
    masked_headers,
    opened_event,
    text_of,
)
from dastak.web.dashboard.deliveries.phases import phases_drawn
from dastak.web.dashboard.deliveries.signature import Scheme, explained
from dastak.web.design.charts.chart import Chart
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import AttemptRow, EventRow

SHOWN = 16 * 1024
"""Characters of a body that are shown: a page stays small."""


@dataclass(frozen=True, slots=True)
class Said:
    """A body as it is shown."""

    text: str
    """Empty: there is none, or none that can be shown; `words` says why."""
    size: int
    """Bytes."""
    words: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent and what came back."""

    url: str
    request_headers: Sequence[tuple[str, str]]
    request_body: Said
    answer_headers: Sequence[tuple[str, str]]
    answer_body: Said
    signatures: Sequence[Scheme]
    curl: str
    """Empty when nothing can be sent any more."""
    is_opened: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """What may have signed."""

    of_merchant: Sequence[ApiKey]
    of_endpoint: Sequence[str]


def exchange(
    attempt: AttemptRow,
    event: EventRow | None,
    endpoint: Endpoint | None,
    keys: Keys,
    *,
    public_url: str,
    is_opened: bool,
) -> Exchange:
    """Join it, with personal data hidden unless it was opened."""
    body = event.body if event is not None else None
    url = endpoint.url if endpoint is not None else ""
    return Exchange(
        url=url,
        request_headers=masked_headers(attempt.request_headers),
        request_body=_event_body(body, is_opened=is_opened),
        answer_headers=masked_headers(attempt.answer_headers),
        answer_body=_answer_body(attempt, body, is_opened=is_opened),
        signatures=explained(attempt.request_headers, body, keys.of_merchant, keys.of_endpoint),
        curl=_curl(attempt, event, url, public_url, is_opened=is_opened),
        is_opened=is_opened,
    )


def drawn(attempt: AttemptRow) -> Chart | None:
    """Where the time of an attempt went."""
    return phases_drawn(attempt)


def _event_body(body: bytes | None, *, is_opened: bool) -> Said:
    if body is None:
        return Said("", 0, "The body was kept for its time and is gone, or its key is not among the server's.")
    return _cut(opened_event(body) if is_opened else masked_event(body), len(body))


def _answer_body(attempt: AttemptRow, event: bytes | None, *, is_opened: bool) -> Said:
    size = len(attempt.answer_body)
    if attempt.status is None:
        return Said("", 0, "There was no answer.")
    if not size:
        return Said("", 0, "The answer had no body.")
    text = text_of(attempt.answer_body)
    if text is None:
        return Said("", size, "The answer's body is no text.")
    said = _cut(text if is_opened else masked_answer(text, event), size)
    return Said(said.text, size, "", is_cut=said.is_cut or attempt.answer_truncated)


def _cut(text: str, size: int) -> Said:
    return Said(text[:SHOWN], size, is_cut=len(text) > SHOWN)


def _curl(attempt: AttemptRow, event: EventRow | None, url: str, public_url: str, *, is_opened: bool) -> str:
    if event is None or event.body is None or not url:
        return ""
    number, headers = attempt.number, masked_headers(attempt.request_headers)
    if is_opened:
        return as_curl(url, event.id, number, headers, event.body)
    return as_curl_without_body(url, event.id, number, headers, public_url)
