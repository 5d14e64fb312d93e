"""The merchant's webhook endpoints: Test & Add, change, disable, enable, rotate, delete.

In: values that the management API has checked for form. Out: endpoints, and what the test event's answer was.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from dastak.webhooks.endpoint import (
    DEFAULT_WINDOW,
    MOST_ENDPOINTS,
    ROTATION_OVERLAP,
    Endpoint,
    EndpointSecret,
    EndpointState,
    LanePolicy,
    rotate,
)
from dastak.webhooks.ports import EndpointStore
from dastak.webhooks.post import Answer, Deadlines, Guard, Post, Sender
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import is_success
from dastak_sdk import OPERATIONAL_EVENT_TYPES, encode_test_event
from dastak_sdk.sample import sample_event


class RegistryError(Exception):
    """Root of what the registry refuses."""

    code = "registry_error"


class EndpointNotFound(RegistryError):  # noqa: N818 - the names say what happened
    code = "endpoint_not_found"


class TooManyEndpoints(RegistryError):  # noqa: N818
    code = "too_many_endpoints"


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What a merchant asks for."""

    url: str
    description: str
    event_types: tuple[str, ...]
    retry: RetryPolicy
    lane_policy: LanePolicy = LanePolicy.RELAXED
    window: int = DEFAULT_WINDOW
    rate_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """New settings; None leaves one as it is."""

    description: str | None = None
    event_types: tuple[str, ...] | None = None
    retry: RetryPolicy | None = None
    lane_policy: LanePolicy | None = None
    window: int | None = None
    rate_per_second: float | None = None
    """0 takes the limit away."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The test event and what the receiver made of it."""

    answer: Answer
    passed: bool


class SigningBook(Protocol):
    async def signing_secret(self, merchant_id: str) -> str: ...


class EndpointRegistry:
    """Keeps endpoints; the guard judges every URL before anything is sent to it."""

    def __init__(
        self,
        store: EndpointStore,
        merchants: SigningBook,
        guard: Guard,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
        new_secret: Callable[[], str],
        deadlines: Deadlines,
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._guard = guard
        self._sender = sender
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret
        self._deadlines = deadlines

    async def test_and_add(self, merchant_id: str, new: NewEndpoint) -> tuple[Endpoint | None, Tested]:
        """Send a signed test event; only a 2xx adds the endpoint (design §4).

        Raises:
            UrlRefused: the URL may not be called, judged by its text; nothing was sent.
            TooManyEndpoints: the merchant has 50 already.
        """
        self._guard.check_url(new.url)
        if len(await self._store.endpoints(merchant_id)) >= MOST_ENDPOINTS:
            raise TooManyEndpoints(f"a merchant can have {MOST_ENDPOINTS} endpoints; delete one first")
        now = self._now()
        endpoint = Endpoint(
            id=self._new_id("ep"),
            merchant_id=merchant_id,
            url=new.url,
            description=new.description,
            event_types=new.event_types,
            retry=new.retry,
            lane_policy=new.lane_policy,
            window=new.window,
            secrets=(EndpointSecret(self._new_secret(), now),),
            state=EndpointState.ENABLED,
            disabled_reason="",
            created_at=now,
            updated_at=now,
            rate_per_second=new.rate_per_second,
        )
        tested = await self._send_test(endpoint)
        if not tested.passed:
            return None, tested
        if not await self._store.add_endpoint(endpoint):
            raise TooManyEndpoints(f"a merchant can have {MOST_ENDPOINTS} endpoints; delete one first")
        return endpoint, tested

    async def test(self, merchant_id: str, endpoint_id: str) -> Tested:
        """Send a test event to an endpoint that is already there; nothing is recorded."""
        endpoint = await self.get(merchant_id, endpoint_id)
        self._guard.check_url(endpoint.url)
        return await self._send_test(endpoint)

    async def send_sample(self, merchant_id: str, endpoint_id: str, event_type: str) -> Tested:
        """Send a made-up event of that type, signed as a real one, to an endpoint; nothing is recorded.

        Its `verification_id` begins with `sample-`: by that alone a receiver can tell it from a real one.

        Raises:
            EndpointNotFound: also for another merchant's endpoint.
            UrlRefused: the URL may not be called any more.
        """
        endpoint = await self.get(merchant_id, endpoint_id)
        self._guard.check_url(endpoint.url)
        event_id, now = self._new_id("evt"), self._now()
        secret = await self._merchants.signing_secret(merchant_id)
        fields = {} if event_type in OPERATIONAL_EVENT_TYPES else {"verification_id": f"sample-{event_id[-12:]}"}
        return await self._send(
            endpoint, event_id, sample_event(event_type, fields, time=now, client_secret=secret), now, secret
        )

    async def get(self, merchant_id: str, endpoint_id: str) -> Endpoint:
        """Raises `EndpointNotFound`, also for another merchant's endpoint."""
        endpoint = await self._store.endpoint(merchant_id, endpoint_id)
        if endpoint is None or endpoint.state is EndpointState.DELETED:
            raise EndpointNotFound("no such endpoint")
        return endpoint

    async def list(self, merchant_id: str) -> Sequence[Endpoint]:
        """All of the merchant's endpoints, oldest first."""
        return await self._store.endpoints(merchant_id)

    async def change(self, merchant_id: str, endpoint_id: str, change: EndpointChange) -> Endpoint:
        """Give it new settings; deliveries already owed keep being owed."""
        return await self._save(merchant_id, endpoint_id, lambda endpoint: changed_by(endpoint, change))

    async def disable(self, merchant_id: str, endpoint_id: str) -> Endpoint:
        """Send nothing more; what is owed waits. One that is disabled already keeps its reason."""

        def disabled(endpoint: Endpoint) -> Endpoint:
            if endpoint.state is EndpointState.DISABLED:
                return endpoint
            return replace(endpoint, state=EndpointState.DISABLED, disabled_reason="by_merchant")

        return await self._save(merchant_id, endpoint_id, disabled)

    async def enable(self, merchant_id: str, endpoint_id: str) -> Endpoint:
        """Send again, what waited first."""

        def enabled(endpoint: Endpoint) -> Endpoint:
            return replace(endpoint, state=EndpointState.ENABLED, disabled_reason="")

        return await self._save(merchant_id, endpoint_id, enabled)

    async def delete(self, merchant_id: str, endpoint_id: str) -> None:
        """Remove it; what was pending is cancelled, what was sent stays in the log."""

        def deleted(endpoint: Endpoint) -> Endpoint:
            return replace(endpoint, state=EndpointState.DELETED)

        await self._save(merchant_id, endpoint_id, deleted)

    async def rotate_secret(
        self, merchant_id: str, endpoint_id: str, overlap: timedelta = ROTATION_OVERLAP
    ) -> Endpoint:
        """A new secret; for the overlap, deliveries carry signatures of both."""
        fresh, now = self._new_secret(), self._now()

        def rotated(endpoint: Endpoint) -> Endpoint:
            return replace(endpoint, secrets=rotate(endpoint, fresh, now, overlap))

        return await self._save(merchant_id, endpoint_id, rotated)

    async def _save(self, merchant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint]) -> Endpoint:
        changed = await self._store.change_endpoint(merchant_id, endpoint_id, change, self._now())
        if changed is None:
            raise EndpointNotFound("no such endpoint")
        return changed

    async def _send_test(self, endpoint: Endpoint) -> Tested:
        now = self._now()
        secret = await self._merchants.signing_secret(endpoint.merchant_id)
        return await self._send(endpoint, self._new_id("evt"), encode_test_event(now), now, secret)

    async def _send(self, endpoint: Endpoint, event_id: str, body: bytes, now: datetime, client_secret: str) -> Tested:
        headers = attempt_headers(
            event_id=event_id,
            body=body,
            client_secret=client_secret,
            endpoint_secrets=endpoint.signing_secrets(now),
            attempt=1,
            now=now,
        )
        answer = await self._answer_to(Post(event_id, endpoint.url, headers, body, self._deadlines))
        return Tested(answer, is_success(answer))

    async def _answer_to(self, post: Post) -> Answer:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[Answer] = loop.create_future()

        def settle(answers: Sequence[Answer]) -> None:
            if not arrived.done():  # the caller may have gone away
                arrived.set_result(answers[0])

        def deliver(answers: Sequence[Answer]) -> None:
            loop.call_soon_threadsafe(settle, answers)

        self._sender.submit([post], deliver)
        return await arrived


def changed_by(endpoint: Endpoint, change: EndpointChange) -> Endpoint:
    """The endpoint with the new settings."""
    rate = change.rate_per_second
    return replace(
        endpoint,
        description=endpoint.description if change.description is None else change.description,
        event_types=endpoint.event_types if change.event_types is None else change.event_types,
        retry=change.retry or endpoint.retry,
        lane_policy=change.lane_policy or endpoint.lane_policy,
        window=change.window or endpoint.window,
        rate_per_second=endpoint.rate_per_second if rate is None else rate or None,
    )
