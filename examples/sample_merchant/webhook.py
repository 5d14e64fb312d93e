"""The whole of receiving a webhook: verify, keep once, answer.

In: the headers and the raw body of a POST. Out: a status and a word. This is the part to copy into your own service.
"""

import logging
import sqlite3

from dastak_sdk import PayloadError, Receiver, WebhookError

from .ledger import Arrival, Ledger

log = logging.getLogger("sample_merchant")

Answer = tuple[int, str]
Pairs = list[tuple[str, str]]


def receive(ledger: Ledger, receiver: Receiver, headers: Pairs, body: bytes) -> Answer:
    """Answer one POST.

    1. The signature is checked over the bytes as they came, before anything parses them.
    2. The event and its effect are committed in one transaction, at most once.
    3. Only then comes the 200: a 200 means "you can forget it". Anything slow belongs after it, in another process.
    """
    try:
        arrival = _verify(receiver, headers, body)
    except WebhookError as problem:
        # Not ours, or not fresh. The code tells the sender's operator what to look at; no secret and no data is in it.
        _count_refusal(ledger, problem.reason.value)
        return problem.status, problem.reason.value
    try:
        is_new = ledger.keep(arrival)
    except sqlite3.Error:
        # Our own trouble: any answer but 2xx makes the sender come back later with the same bytes.
        log.exception("could not keep an event")
        return 500, "try_again"
    return 200, "kept" if is_new else "duplicate"


def _verify(receiver: Receiver, headers: Pairs, body: bytes) -> Arrival:
    try:
        return Arrival.of(receiver.verify(headers, body))
    except PayloadError:
        # The signature was right, yet it is no event that we can read: keep the bytes, a person will look at them.
        return Arrival.unread(body)


def _count_refusal(ledger: Ledger, reason: str) -> None:
    try:
        ledger.count_refusal(reason)
    except sqlite3.Error:
        log.exception("could not count a refusal")
