"""Values that stores are asked to keep."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from conformance.house import Ports
from dastak.accounts.merchant import ApiKey, Merchant
from dastak.journeys.calendar import end_of
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.phone_otp import PhoneOtp
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointSecret, EndpointState, LanePolicy
from dastak.webhooks.ports import EndpointStore
from dastak.webhooks.post import Answer, Stage, Timings
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.verdict import Outcome, Verdict
from dastak_sdk import CheckStatus, CheckType, FormStatus
from dastak_sdk.traceparent import child

NOW = datetime(2026, 1, 10, 9, 30, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
PERFORMED = "KYC_LINK_ACTION_PERFORMED"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def a_merchant(merchant_id: str = "mer_1") -> Merchant:
    return Merchant(merchant_id, "Asha Bank", (ApiKey(f"dk_{merchant_id}", f"dks_{merchant_id}_secret", NOW),), NOW)


def a_link(number: int = 1, merchant_id: str = "mer_1") -> KycLink:
    expiry = date(2026, 1, 12)
    return KycLink(
        merchant_id=merchant_id,
        id=f"jrn_{merchant_id}_{number}",
        code=f"code-{merchant_id}-{number}",
        verification_id=f"v-{number}",
        reference_id=number,
        name="Asha Gupta",
        phone="9876543210",
        email="asha@example.com",
        template_name="Full_kyc",
        checks=(Check(CheckType.AADHAAR), Check(CheckType.PAN)),
        form_status=FormStatus.RECEIVED,
        link_expiry=expiry,
        expires_at=end_of(expiry),
        created_at=NOW,
        form_link=f"https://kyc.example.com/verification/code-{number}",
    )


def a_full_link(number: int = 1) -> KycLink:
    """A link with something in every field."""
    session = AadhaarSession("ref", "3712", NOW)
    checks = (
        Check(CheckType.AADHAAR, CheckStatus.FAILED, 7, 2, "Wrong OTP.", {"name": "Ä"}, session, starts=3),
        Check(CheckType.UPI, CheckStatus.SUCCESS, 8, 1, "", {"upi_id": "x@upi"}),
    )
    otp = PhoneOtp("d1", NOW, NOW + LEASE, wrong=2, recent_sends=(NOW - LEASE, NOW), sends=4, used=True)
    return replace(
        a_link(number),
        checks=checks,
        otp=otp,
        name=None,
        email=None,
        max_tries=9,
        sequence=5,
        invited_at=NOW + LEASE,
        trace=TRACE,
    )


def an_endpoint(
    number: int = 1,
    merchant_id: str = "mer_1",
    policy: LanePolicy = LanePolicy.RELAXED,
    window: int = 16,
    event_types: tuple[str, ...] = (),
) -> Endpoint:
    return Endpoint(
        id=f"ep_{merchant_id}_{number}",
        merchant_id=merchant_id,
        url=f"https://merchant.example.com/{number}",
        description="Ours",
        event_types=event_types,
        retry=RetryPolicy.named("standard"),
        lane_policy=policy,
        window=window,
        secrets=(EndpointSecret("whsec_bmV3", NOW), EndpointSecret("whsec_b2xk", NOW - LEASE, NOW + LEASE)),
        state=EndpointState.ENABLED,
        disabled_reason="",
        created_at=NOW + number * SECOND,
        updated_at=NOW + number * SECOND,
    )


def an_event(link: KycLink, sequence: int, at: datetime = NOW, type_: str = PERFORMED) -> SealedEvent:
    return SealedEvent(
        id=f"evt_{link.id}_{sequence}",
        merchant_id=link.merchant_id,
        journey_id=link.id,
        verification_id=link.verification_id,
        type=type_,
        sequence=sequence,
        occurred_at=at,
        body=f'{{"journey":"{link.id}","n":{sequence},"name":"Asha Gupta"}}'.encode(),
        trace=child(TRACE, link.id, str(sequence)) if sequence % 2 else "",
    )


def a_message(number: int = 1, at: datetime = NOW, purpose: str = "otp") -> Message:
    return Message(
        id=f"ntc_{number}",
        merchant_id="mer_1",
        journey_id="jrn_mer_1_1",
        channel="sms",
        purpose=purpose,
        recipient="9876543210",
        subject="Your code",
        text="443322 is your code",
        created_at=at,
        expires_at=at + timedelta(minutes=10),
    )


def a_consent(link: KycLink) -> Consent:
    return Consent(link.merchant_id, link.id, "aadhaar", "ab" * 32, NOW, "203.0.113.9")


@dataclass(frozen=True)
class Space:
    """A dispatcher's room."""

    total: int = 100
    taken: Counter[str] = field(default_factory=Counter)

    def left(self, endpoint_id: str, window: int, rate_per_second: float | None = None) -> int:  # noqa: ARG002 - the port
        return max(0, min(self.total, window - self.taken[endpoint_id]))


def an_answer(claimed: Claimed, status: int | None = 200) -> Answer:
    return Answer(
        post_id=claimed.id,
        stage=Stage.ANSWERED if status else Stage.CONNECT,
        status=status,
        headers=(("content-type", "text/plain"), ("x-two", "a"), ("x-two", "b")),
        body=b"\x00ok\xff",
        body_truncated=True,
        error="" if status else "No connection.",
        address="203.0.113.5",
        timings=Timings(1, 2, 3, 4, 5),
    )


def settled(claimed: Claimed, outcome: Outcome, now: datetime, retry_at: datetime | None = None) -> Settled:
    status = {Outcome.DELIVERED: 200, Outcome.GONE: 410}.get(outcome, 500)
    verdict = Verdict(outcome, f"answered {status}", retry_at)
    sent = (("x-webhook-attempt", str(claimed.attempt)), ("webhook-id", claimed.event_id))
    return Settled(claimed, sent, an_answer(claimed, status), verdict, now - SECOND, now)


async def with_events(ports: Ports, link: KycLink, count: int, at: datetime = NOW) -> KycLink:
    """Save the link again with so many more events; the link as it lies in the store now."""
    first = link.sequence + 1
    events = [an_event(link, sequence, at) for sequence in range(first, first + count)]
    after = replace(link, sequence=link.sequence + count)
    assert await ports.links.save_link(after, events, ())
    return replace(after, version=after.version + 1)


async def settle_all(ports: Ports, claimed: list[Claimed], outcome: Outcome, now: datetime = NOW) -> None:
    """Settle these alike; what is to be tried again may go at once."""
    retry_at = now if outcome is Outcome.RETRY else None
    await ports.deliveries.settle([settled(one, outcome, now, retry_at) for one in claimed], now)


async def put_settings(store: EndpointStore, endpoint: Endpoint, now: datetime) -> Endpoint | None:
    """Replace all settings of the endpoint, whatever they are now."""
    return await store.change_endpoint(endpoint.merchant_id, endpoint.id, lambda _: endpoint, now)
