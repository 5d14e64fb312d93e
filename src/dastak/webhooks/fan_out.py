"""Which endpoints an event is owed to. Pure; the store calls it inside the transaction that commits the event.

In: the event's type, what it is about, and its merchant's endpoints. Out: the endpoints that get a delivery.

Events about an endpoint have its id for a journey, and never go to that endpoint itself: it is the one that fails.
Deliveries of a disabled endpoint wait, and go when it is enabled: disabling loses nothing (design §4).
"""

from collections.abc import Iterable

from dastak.webhooks.endpoint import Endpoint


def owed_to(event_type: str, endpoints: Iterable[Endpoint], journey_id: str = "") -> list[Endpoint]:
    """The endpoints of the merchant that want this event."""
    return [endpoint for endpoint in endpoints if endpoint.wants(event_type) and endpoint.id != journey_id]
