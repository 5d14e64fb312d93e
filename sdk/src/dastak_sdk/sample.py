"""Made-up events for tests: the body of any event, filled as the contract's samples are.

In: an event's type, and the fields that matter to your test. Out: the body's bytes. Called by `pytest_plugin`, and by
whoever tests a receiver. Nothing in it is anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from dastak_sdk.envelope import encode_event
from dastak_sdk.events import EVENT_TYPES, EventSpec, EventType, Product
from dastak_sdk.kyc_link import KycLinkData, VerificationDetail
from dastak_sdk.operations import OPERATIONAL_EVENT_TYPES, EndpointData, OperationalType
from dastak_sdk.status import CheckType
from dastak_sdk.video_kyc import VideoKycData


def sample_event(
    event_type: EventType | OperationalType | str,
    fields: Mapping[str, Any] | None = None,
    *,
    time: datetime | None = None,
    client_secret: str | None = None,
) -> bytes:
    """Write the body of an event, as `encode_event` does.

    `fields` replace those of the sample's `data`, and new ones are added, as a later version may. For a type that is in
    no catalogue they are the whole `data`. With `client_secret` the legacy signature inside the body is right, too.
    """
    name = str(event_type)
    data = {**_sample_data(name), **(fields or {})}
    return encode_event(name, time or datetime.now(timezone.utc), data, client_secret=client_secret)


def _sample_data(name: str) -> dict[str, Any]:
    spec = EVENT_TYPES.get(name)
    if spec is not None:
        data = _kyc_link(spec) if spec.product is Product.KYC_LINK else _video_kyc(spec)
        return data.to_json()
    return _endpoint().to_json() if name in OPERATIONAL_EVENT_TYPES else {}


def _kyc_link(spec: EventSpec) -> KycLinkData:
    (status,) = spec.statuses
    detail = VerificationDetail(234, CheckType.PAN, "EXPIRED" if status == "EXPIRED" else "SUCCESS")
    link = "https://kyc.example/forms/c8k926bpt84g"
    return KycLinkData("Asha Rao", "9999999999", None, "order-1", 235461, "2030-01-01", link, status, (detail,))


def _video_kyc(spec: EventSpec) -> VideoKycData:
    return VideoKycData(
        verification_id="order-1",
        reference_id=235461,
        user_reference_id=98321,
        user_id="user-1",
        status=spec.statuses[0],
        sub_status=spec.sub_statuses[0].name,
        vkyc_link="https://kyc.example/vkyc/c8k926bpt84g",
        link_expiry="2030-01-01",
    )


def _endpoint() -> EndpointData:
    url, since = "https://merchant.example/webhooks", "2030-01-01T00:00:00Z"
    return EndpointData("ep_1", url, since, 7, since, "timeout", None, None, None)
