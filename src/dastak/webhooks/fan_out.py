"""Which endpoints an event is owed to. Pure; the store calls it inside the transaction that commits the event.

In: the event's type and its merchant's endpoints. Out: the endpoints that get a delivery.

Deliveries of a disabled endpoint wait, and go when it is enabled: disabling loses nothing (design §4).
"""

from collections.abc import Iterable

from dastak.webhooks.endpoint import Endpoint


def owed_to(event_type: str, endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The endpoints of the merchant that want this event."""
    return [endpoint for endpoint in endpoints if endpoint.wants(event_type)]
