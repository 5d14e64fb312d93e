"""Events about webhooks, apart from the thirteen of the contract: an endpoint fails, is disabled, works again.

In: the decoded `data` object, from `envelope`; or plain values, from the server that makes events. Out: the catalogue
of these events and their payload. A server sends them only to endpoints that ask for them by name, so a receiver
written for the contract never sees one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dastak_sdk.fields import INTEGER, OPTIONAL_TEXT, TEXT, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping


class OperationalType(str, Enum):
    """The name of an event about webhooks, as `event_type` carries it."""

    WEBHOOK_ENDPOINT_FAILING = "WEBHOOK_ENDPOINT_FAILING"
    WEBHOOK_ENDPOINT_DISABLED = "WEBHOOK_ENDPOINT_DISABLED"
    WEBHOOK_ENDPOINT_RECOVERED = "WEBHOOK_ENDPOINT_RECOVERED"

    __str__ = str.__str__


@dataclass(frozen=True)
class OperationalSpec:
    """What is promised about one of them."""

    type: OperationalType
    description: str

    @property
    def name(self) -> str:
        """The wire name."""
        return self.type.value


_SPECS = (
    OperationalSpec(OperationalType.WEBHOOK_ENDPOINT_FAILING, "A webhook endpoint has failed for long: a warning."),
    OperationalSpec(
        OperationalType.WEBHOOK_ENDPOINT_DISABLED,
        "A webhook endpoint was disabled, because it failed for days or answered 410.",
    ),
    OperationalSpec(
        OperationalType.WEBHOOK_ENDPOINT_RECOVERED, "A webhook endpoint works again, after a warning about it."
    ),
)

OPERATIONAL_EVENT_TYPES: Mapping[str, OperationalSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""The events about webhooks by name. None of them is among `EVENT_TYPES`."""

_ENDPOINT = Shape(
    "data",
    endpoint_id=TEXT,
    url=TEXT,
    failing_since=OPTIONAL_TEXT,
    failures=INTEGER,
    last_failure_at=OPTIONAL_TEXT,
    last_reason=OPTIONAL_TEXT,
    disables_at=OPTIONAL_TEXT,
    disabled_reason=OPTIONAL_TEXT,
    recovered_at=OPTIONAL_TEXT,
)


@dataclass(frozen=True, slots=True)
class EndpointData:
    """A webhook endpoint as it stood when the event happened. Times are UTC, such as 2026-01-31T10:00:00Z."""

    endpoint_id: str
    url: str
    """Where events are sent, without the query string."""
    failing_since: str | None
    """The first failed attempt after the last good one."""
    failures: int
    """Failed attempts since then."""
    last_failure_at: str | None
    last_reason: str | None
    disables_at: str | None
    """When it will be disabled if it goes on failing; None: it will not, or it is."""
    disabled_reason: str | None
    """`failing` or `gone` (it answered 410), in WEBHOOK_ENDPOINT_DISABLED."""
    recovered_at: str | None
    """The attempt that was answered well, in WEBHOOK_ENDPOINT_RECOVERED."""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Fields unknown to this version, kept as they came."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EndpointData:
        """Read the `data` object. Raises `PayloadError`."""
        return cls(**_ENDPOINT.read(value))

    def to_json(self) -> dict[str, Any]:
        """The JSON object, keys in this order, nulls present."""
        return {
            "endpoint_id": self.endpoint_id,
            "url": self.url,
            "failing_since": self.failing_since,
            "failures": self.failures,
            "last_failure_at": self.last_failure_at,
            "last_reason": self.last_reason,
            "disables_at": self.disables_at,
            "disabled_reason": self.disabled_reason,
            "recovered_at": self.recovered_at,
            **self.extra,
        }
