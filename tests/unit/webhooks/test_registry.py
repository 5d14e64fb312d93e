"""Test & Add, and every change that a merchant can make to an endpoint."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.endpoint import MOST_ENDPOINTS, Endpoint, EndpointState, LanePolicy
from dastak.webhooks.post import Deadlines, Stage, UrlRefused
from dastak.webhooks.registry import (
    EndpointChange,
    EndpointNotFound,
    EndpointRegistry,
    NewEndpoint,
    TooManyEndpoints,
)
from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import Receiver, VideoKycData
from unit.webhooks.props import NOW, SECRET, FakeSender, an_answer, an_endpoint, no_answer

NEW = NewEndpoint("https://merchant.example.com/hook", "Ours", ("KYC_LINK_SUCCESS",), RetryPolicy.named("compat"))


class MemoryEndpoints:
    """An `EndpointStore` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Endpoint] = {}

    async def add_endpoint(self, endpoint: Endpoint, most: int = MOST_ENDPOINTS) -> bool:
        if len(await self.endpoints(endpoint.merchant_id)) >= most:
            return False
        self.kept[endpoint.id] = endpoint
        return True

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None:
        found = self.kept.get(endpoint_id)
        return found if found and found.merchant_id == merchant_id else None

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]:
        return [e for e in self.kept.values() if e.merchant_id == merchant_id and e.state is not EndpointState.DELETED]

    async def change_endpoint(
        self, merchant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint], now: datetime
    ) -> Endpoint | None:
        found = await self.endpoint(merchant_id, endpoint_id)
        if found is None or found.state is EndpointState.DELETED:
            return None
        self.kept[endpoint_id] = replace(change(found), updated_at=now)
        return self.kept[endpoint_id]


class Books:
    async def signing_secret(self, merchant_id: str) -> str:
        return f"dks_{merchant_id}"


class HttpsOnly:
    """A guard that knows one rule."""

    def check_url(self, url: str) -> None:
        if not url.startswith("https://"):
            raise UrlRefused("scheme", "Use https.")


class Hall:
    """A registry and what it stands on."""

    def __init__(self) -> None:
        self.store = MemoryEndpoints()
        self.sender = FakeSender()
        self.now = NOW
        self.registry = EndpointRegistry(
            self.store,
            Books(),
            HttpsOnly(),
            self.sender,
            now=lambda: self.now,
            new_id=lambda prefix: f"{prefix}_new",
            new_secret=lambda: SECRET,
            deadlines=Deadlines(total=timedelta(seconds=3)),
        )


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
async def added(hall: Hall) -> Endpoint:
    endpoint = an_endpoint()
    await hall.store.add_endpoint(endpoint)
    return endpoint


async def test_a_signed_test_event_is_sent_first_and_a_2xx_adds_the_endpoint(hall: Hall) -> None:
    adding = asyncio.ensure_future(hall.registry.test_and_add("mer_1", NEW))
    post = await hall.sender.sent.get()
    assert not hall.store.kept, "added before its test was answered"
    for secret in (SECRET, "dks_mer_1"):
        assert Receiver(secret, clock=NOW.timestamp).verify(dict(post.headers), post.body).is_test
    assert (post.url, post.deadlines.total) == (NEW.url, timedelta(seconds=3))
    hall.sender.answer(an_answer(post.id, 204))
    endpoint, tested = await adding
    assert tested.passed
    assert endpoint is not None
    assert hall.store.kept == {"ep_new": endpoint}
    assert (endpoint.url, endpoint.event_types, endpoint.retry) == (NEW.url, NEW.event_types, NEW.retry)
    assert (endpoint.state, endpoint.signing_secrets(NOW)) == (EndpointState.ENABLED, (SECRET,))


@pytest.mark.parametrize("status", [199, 300, 302, 400, 404, 410, 500])
async def test_any_other_answer_adds_nothing_and_is_shown(hall: Hall, status: int) -> None:
    hall.sender.status = status
    endpoint, tested = await hall.registry.test_and_add("mer_1", NEW)
    assert endpoint is None
    assert (tested.passed, tested.answer.status) == (False, status)
    assert not hall.store.kept


async def test_no_answer_adds_nothing_and_says_where_it_ended(hall: Hall) -> None:
    adding = asyncio.ensure_future(hall.registry.test_and_add("mer_1", NEW))
    post = await hall.sender.sent.get()
    hall.sender.answer(no_answer(post.id, Stage.TLS))
    endpoint, tested = await adding
    assert endpoint is None
    assert tested.answer.error == "It ended at tls."


async def test_a_url_that_may_not_be_called_is_refused_before_anything_is_sent(hall: Hall, added: Endpoint) -> None:
    with pytest.raises(UrlRefused):
        await hall.registry.test_and_add("mer_1", replace(NEW, url="http://merchant.example.com"))
    await hall.store.add_endpoint(replace(added, url="http://now-forbidden.example.com"))
    with pytest.raises(UrlRefused):
        await hall.registry.test("mer_1", added.id)
    assert hall.sender.sent.empty()


async def test_a_caller_that_goes_away_during_the_test_disturbs_nobody(hall: Hall) -> None:
    adding = asyncio.ensure_future(hall.registry.test_and_add("mer_1", NEW))
    post = await hall.sender.sent.get()
    adding.cancel()
    await asyncio.gather(adding, return_exceptions=True)
    hall.sender.answer(an_answer(post.id, 200))
    await asyncio.sleep(0)  # the late answer arrives on the loop
    assert not hall.store.kept


async def test_a_merchant_can_have_fifty_endpoints(hall: Hall) -> None:
    assert MOST_ENDPOINTS == 50
    for number in range(MOST_ENDPOINTS):
        await hall.store.add_endpoint(an_endpoint(number))
    with pytest.raises(TooManyEndpoints):
        await hall.registry.test_and_add("mer_1", NEW)
    hall.sender.status = 200
    assert (await hall.registry.test_and_add("mer_2", NEW))[1].passed


async def test_a_change_touches_only_what_is_named(hall: Hall, added: Endpoint) -> None:
    hall.now = NOW + timedelta(hours=1)
    changed = await hall.registry.change("mer_1", added.id, EndpointChange(window=3, lane_policy=LanePolicy.STRICT))
    assert changed == replace(added, window=3, lane_policy=LanePolicy.STRICT, updated_at=hall.now)
    limited = await hall.registry.change("mer_1", added.id, EndpointChange(rate_per_second=2.5))
    assert limited == replace(changed, rate_per_second=2.5, updated_at=hall.now)
    kept = await hall.registry.change("mer_1", added.id, EndpointChange(window=3))
    assert kept.rate_per_second == 2.5
    freed = await hall.registry.change("mer_1", added.id, EndpointChange(rate_per_second=0))
    assert freed.rate_per_second is None
    emptied = await hall.registry.change("mer_1", added.id, EndpointChange(description="", event_types=()))
    assert emptied == changed
    assert hall.store.kept[added.id] == emptied


async def test_disable_and_enable_say_why_and_clear_it(hall: Hall, added: Endpoint) -> None:
    disabled = await hall.registry.disable("mer_1", added.id)
    assert (disabled.state, disabled.disabled_reason) == (EndpointState.DISABLED, "by_merchant")
    again = await hall.registry.disable("mer_1", added.id)
    assert (again.state, again.disabled_reason) == (EndpointState.DISABLED, "by_merchant")
    enabled = await hall.registry.enable("mer_1", added.id)
    assert (enabled.state, enabled.disabled_reason) == (EndpointState.ENABLED, "")


async def test_a_reason_that_the_receiver_gave_is_not_overwritten_by_disabling(hall: Hall, added: Endpoint) -> None:
    await hall.store.add_endpoint(replace(added, state=EndpointState.DISABLED, disabled_reason="gone"))
    assert (await hall.registry.disable("mer_1", added.id)).disabled_reason == "gone"


async def test_a_rotation_keeps_the_old_secret_for_the_overlap(hall: Hall, added: Endpoint) -> None:
    await hall.store.add_endpoint(replace(added, secrets=(replace(added.secrets[0], secret="whsec_b2xk"),)))
    rotated = await hall.registry.rotate_secret("mer_1", added.id, timedelta(hours=2))
    assert rotated.signing_secrets(NOW) == (SECRET, "whsec_b2xk")
    assert rotated.signing_secrets(NOW + timedelta(hours=2)) == (SECRET,)


async def test_a_test_of_an_endpoint_that_is_there_records_nothing(hall: Hall, added: Endpoint) -> None:
    hall.sender.status = 500
    assert not (await hall.registry.test("mer_1", added.id)).passed
    assert hall.store.kept == {added.id: added}


async def test_a_deleted_endpoint_and_another_merchant_s_are_not_found_by_anything(hall: Hall, added: Endpoint) -> None:
    registry = hall.registry

    async def all_refuse(merchant_id: str) -> None:
        for attempt in (
            registry.get(merchant_id, added.id),
            registry.test(merchant_id, added.id),
            registry.change(merchant_id, added.id, EndpointChange(window=1)),
            registry.disable(merchant_id, added.id),
            registry.enable(merchant_id, added.id),
            registry.rotate_secret(merchant_id, added.id),
            registry.delete(merchant_id, added.id),
        ):
            with pytest.raises(EndpointNotFound):
                await attempt

    await all_refuse("mer_2")
    await registry.delete("mer_1", added.id)
    assert await registry.list("mer_1") == []
    await all_refuse("mer_1")


async def test_a_sample_is_a_signed_event_of_that_type_that_says_what_it_is(hall: Hall) -> None:
    hall.store.kept["ep_1"] = an_endpoint(1)
    hall.sender.status = 200
    tested = await hall.registry.send_sample("mer_1", "ep_1", "VKYC_USER_CALL_COMPLETED")
    assert tested.passed
    post = hall.sender.sent.get_nowait()
    for secret in (SECRET, "dks_mer_1"):
        event = Receiver(secret, clock=NOW.timestamp).verify(dict(post.headers), post.body)
        assert isinstance(event.data, VideoKycData)
        assert event.data.verification_id.startswith("sample-")
        assert event.type == "VKYC_USER_CALL_COMPLETED"


async def test_a_sample_of_another_merchant_s_endpoint_is_not_sent(hall: Hall) -> None:
    hall.store.kept["ep_1"] = an_endpoint(1)
    with pytest.raises(EndpointNotFound):
        await hall.registry.send_sample("mer_2", "ep_1", "KYC_LINK_SUCCESS")
    assert hall.sender.sent.empty()
