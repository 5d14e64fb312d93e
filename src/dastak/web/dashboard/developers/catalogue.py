"""The event catalogue: what each event means, when it comes, what is in it, and a sample of its body.

In: the SDK's catalogue and the contract. Out: entries that a page prints. Pure.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dastak.web.dashboard.developers.reference import as_text
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, SUB_STATUSES, EventSpec, Product
from dastak_sdk.sample import sample_event

SAMPLE_TIME = datetime(2030, 1, 1, 10, 0, tzinfo=UTC)
PRODUCTS = {Product.KYC_LINK: "KYC Link", Product.VIDEO_KYC: "Video KYC"}
ABOUT_WEBHOOKS = "About webhooks"


@dataclass(frozen=True, slots=True)
class Value:
    """A status or sub-status that an event can carry."""

    name: str
    means: str
    inferred: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One event."""

    type: str
    group: str
    means: str
    statuses: Sequence[str]
    sub_statuses: Sequence[Value]
    signs_body: bool
    """Whether its body carries the legacy signature."""
    sample: str
    """The body, laid out for reading."""
    by_default: bool
    """Whether endpoints that name no events get it."""


def entries() -> list[Entry]:
    """All of them, in the contract's order, those about webhooks last."""
    contract = [_of_contract(spec) for spec in EVENT_TYPES.values()]
    about = [
        Entry(spec.name, ABOUT_WEBHOOKS, spec.description, (), (), False, sample(spec.name), by_default=False)
        for spec in OPERATIONAL_EVENT_TYPES.values()
    ]
    return [*contract, *about]


def entry(event_type: str) -> Entry | None:
    """The one of that type."""
    return next((one for one in entries() if one.type == event_type), None)


def sample(event_type: str) -> str:
    """A sample of its body; sent, it has no spaces."""
    return as_text(json.loads(sample_event(event_type, time=SAMPLE_TIME, client_secret="sample")))  # noqa: S106


def _of_contract(spec: EventSpec) -> Entry:
    values = [Value(one.name, SUB_STATUSES[one.name].meaning, one.inferred) for one in spec.sub_statuses]
    return Entry(
        spec.name,
        PRODUCTS[spec.product],
        spec.description,
        spec.statuses,
        values,
        spec.signs_body,
        sample(spec.name),
        by_default=True,
    )
