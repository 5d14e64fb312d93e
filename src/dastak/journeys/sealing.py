"""From what happened to exact bytes: the one place where a journey's events are written.

In: what a move says has happened, and who signs. Out: a `SealedEvent`, whose bytes every delivery sends.
"""

from datetime import datetime
from typing import Literal, Protocol

from dastak.journeys.happening import SealedEvent
from dastak_sdk import EventType, KycLinkData, VideoKycData, encode_event
from dastak_sdk.traceparent import child


class Journey(Protocol):
    """Whose event it is."""

    @property
    def merchant_id(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def verification_id(self) -> str: ...


class Happened(Protocol):
    """One event of a journey, before it is turned into bytes."""

    @property
    def type(self) -> EventType: ...

    @property
    def sequence(self) -> int: ...

    @property
    def at(self) -> datetime: ...

    @property
    def data(self) -> KycLinkData | VideoKycData: ...


def sealed(
    journey: Journey,
    happened: Happened,
    event_id: str,
    *,
    secret: str,
    time_form: Literal["iso", "space"] = "iso",
    under: str = "",
) -> SealedEvent:
    """Write the event's body, once."""
    return SealedEvent(
        id=event_id,
        merchant_id=journey.merchant_id,
        journey_id=journey.id,
        verification_id=journey.verification_id,
        type=happened.type.value,
        sequence=happened.sequence,
        occurred_at=happened.at,
        body=encode_event(happened.type, happened.at, happened.data, client_secret=secret, time_form=time_form),
        trace=child(under, event_id) if under else "",
    )
