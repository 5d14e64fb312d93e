"""Troubles of endpoints as rows, and steps as events and messages: the same for every database.

In: a row of `endpoint_trouble`, or a `Trouble`; a `Step`. Out: the other of the two; what outbox and notices take.
"""

from collections.abc import Mapping
from typing import Any

from dastak.journeys.happening import Message, SealedEvent
from dastak.store.instant import maybe_from_us, maybe_us
from dastak.webhooks.telling import Step
from dastak.webhooks.trouble import Trouble

COLUMNS = (
    "failing_since",
    "failures",
    "last_failure_at",
    "last_reason",
    "warned",
    "warned_at",
    "well_at",
    "recovered_at",
    "gone_at",
)
"""What a trouble is, beside its key, in the order of `values`."""


def trouble_from(row: Mapping[str, Any]) -> Trouble:
    """The trouble of a row."""
    return Trouble(
        merchant_id=row["merchant_id"],
        endpoint_id=row["endpoint_id"],
        failing_since=maybe_from_us(row["failing_since"]),
        failures=row["failures"],
        last_failure_at=maybe_from_us(row["last_failure_at"]),
        last_reason=row["last_reason"],
        warned=row["warned"],
        warned_at=maybe_from_us(row["warned_at"]),
        well_at=maybe_from_us(row["well_at"]),
        recovered_at=maybe_from_us(row["recovered_at"]),
        gone_at=maybe_from_us(row["gone_at"]),
    )


def values(trouble: Trouble) -> tuple[object, ...]:
    """The values of `COLUMNS`."""
    return (
        maybe_us(trouble.failing_since),
        trouble.failures,
        maybe_us(trouble.last_failure_at),
        trouble.last_reason,
        trouble.warned,
        maybe_us(trouble.warned_at),
        maybe_us(trouble.well_at),
        maybe_us(trouble.recovered_at),
        maybe_us(trouble.gone_at),
    )


def event_of(step: Step, sequence: int) -> SealedEvent:
    """The step's event; an endpoint's own events have its id for a journey, and no verification."""
    return SealedEvent(
        id=step.event.id,
        merchant_id=step.endpoint.merchant_id,
        journey_id=step.endpoint.id,
        verification_id="",
        type=step.event.type,
        sequence=sequence,
        occurred_at=step.event.occurred_at,
        body=step.event.body,
    )


def messages_of(step: Step) -> list[Message]:
    """The step's mails."""
    return [
        Message(
            id=mail.id,
            merchant_id=step.endpoint.merchant_id,
            journey_id=step.endpoint.id,
            channel="email",
            purpose=mail.purpose,
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            created_at=mail.created_at,
            expires_at=mail.expires_at,
        )
        for mail in step.mails
    ]
