"""What the audit log says of an endpoint that the server has disabled by itself. Called by both stores."""

from datetime import datetime

from dastak.accounts.audit import SERVER, Entry
from dastak.accounts.deed import Deed
from dastak.webhooks.endpoint import Endpoint


def disabled_by_the_server(endpoint: Endpoint, at: datetime) -> Entry:
    """The entry; the endpoint as it is now."""
    details = {"reason": endpoint.disabled_reason}
    return Entry(endpoint.merchant_id, at, SERVER, Deed.WEBHOOK_DISABLED, endpoint.id, details)
