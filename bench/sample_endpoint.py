"""An endpoint of a merchant at the benchmark's receiver.

In: whose, where, how wide. Out: an `Endpoint` like those that the API makes. Every benchmark takes its endpoints here.
"""

from datetime import UTC, datetime

from dastak.app.identifiers import new_endpoint_secret, new_id
from dastak.webhooks.endpoint import DEFAULT_WINDOW, Endpoint, EndpointSecret, EndpointState, LanePolicy
from dastak.webhooks.retry import RetryPolicy


def sample_endpoint(merchant_id: str, url: str, window: int = DEFAULT_WINDOW) -> Endpoint:
    """One that wants every event."""
    now = datetime.now(UTC)
    return Endpoint(
        id=new_id("ep"),
        merchant_id=merchant_id,
        url=url,
        description="",
        event_types=(),
        retry=RetryPolicy.named("standard"),
        lane_policy=LanePolicy.RELAXED,
        window=window,
        secrets=(EndpointSecret(new_endpoint_secret(), now),),
        state=EndpointState.ENABLED,
        disabled_reason="",
        created_at=now,
        updated_at=now,
    )
