"""A receiver that fails for days: warned of, disabled, enabled again, with nothing lost. Days pass by the clock's word."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from conformance.house import HOUSES
from conformance.values import NOW
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, DeliveryRow, EventFilter
from dastak.webhooks.registry import EndpointRegistry
from dastak.webhooks.trouble import Act
from dastak_sdk import EndpointData, Event, Receiver
from integration.delivery.days import CONTACT, HOUR, SECRET, Days
from integration.messaging.post_office import Mailbox, mail_server
from support.receiver import Hook, HookReceiver, Reply

pytestmark = pytest.mark.slow

OPERATIONAL = ("WEBHOOK_ENDPOINT_FAILING", "WEBHOOK_ENDPOINT_DISABLED", "WEBHOOK_ENDPOINT_RECOVERED")
DOWN = Reply(500)


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as listening:
        yield listening


@pytest.fixture(params=sorted(HOUSES))
async def days(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Days]:
    house = await HOUSES[request.param](tmp_path)
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        days = Days(house, port, mailbox)
        await days.merchant()
        yield days
        await house.close()


def registry(days: Days) -> EndpointRegistry:
    nothing: object = None
    return EndpointRegistry(
        days.house.ports.endpoints,
        nothing,  # type: ignore[arg-type]
        nothing,  # type: ignore[arg-type]
        nothing,  # type: ignore[arg-type]
        now=lambda: days.now,
        new_id=lambda prefix: prefix,
        new_secret=lambda: SECRET,
        deadlines=nothing,  # type: ignore[arg-type]
    )


async def told(days: Days, receiver: HookReceiver, number: int) -> list[Event]:
    """What the second endpoint got, verified by its secret as a merchant would."""
    hooks = await asyncio.to_thread(receiver.wait_for, number, path="/ops")
    return [verified(days, hook) for hook in hooks]


def verified(days: Days, hook: Hook) -> Event:
    spent = (days.now - NOW) + HOUR
    event = Receiver(SECRET, clock=days.now.timestamp, tolerance=spent).verify(dict(hook.headers), hook.body)
    assert event.id_signed
    return event


HIDDEN = "/hook?key=hidden"


async def test_five_days_of_failing_end_in_a_disabled_endpoint_that_is_owed_everything(
    days: Days, receiver: HookReceiver
) -> None:
    receiver.play(HIDDEN, DOWN)
    failing = await days.endpoint(1, receiver.url(HIDDEN), lane_policy=LanePolicy.STRICT)
    await days.endpoint(2, receiver.url("/ops"), event_types=OPERATIONAL)
    async with days.running():
        await live(days, range(50))
    await days.house.crash()
    async with days.running():
        await live(days, range(50, 122))
        assert days.watching.acts == [(24, Act.WARN), (72, Act.WARN), (120, Act.DISABLE)]
        the_other_endpoint_knows(await told(days, receiver, 3), receiver.url("/hook"))
        the_contact_knows(days, receiver.url("/hook"))
        now = await days.house.ports.endpoints.endpoint("mer_1", failing.id)
        assert now is not None
        assert (now.state, now.disabled_reason) == (EndpointState.DISABLED, "failing")
        await everything_owed_arrives_once_it_is_enabled(days, receiver, failing.id)
        await days.sweep()
        assert await days.house.ports.troubles.troubles("mer_1") == {}
    assert len(days.watching.acts) == 3
    assert len(days.mailbox.messages) == 3


async def live(days: Days, hours: range) -> None:
    """Hours with a customer now and then; what is told by mail is waited for."""
    for hour in hours:
        if hour % 12 == 0:
            await days.customer(2)
        await days.deliver()
        await days.sweep()
        await days.mails(1 if hour in {24, 72, 120} else 0)
        days.pass_time(HOUR)


def the_other_endpoint_knows(events: list[Event], url: str) -> None:
    failing, disabled = OPERATIONAL[:2]
    assert [event.type for event in events] == [failing, failing, disabled]
    assert [event.sequence for event in events] == [1, 2, 3]
    details = [event.data for event in events if isinstance(event.data, EndpointData)]
    assert {(one.endpoint_id, one.url, one.failing_since, one.last_reason) for one in details} == {
        ("ep_mer_1_1", url, "2026-01-10T09:30:00Z", "answered 500")
    }
    end = "2026-01-15T09:30:00Z"
    assert [one.disables_at for one in details] == [end, end, None]
    assert [one.disabled_reason for one in details] == [None, None, "failing"]


def the_contact_knows(days: Days, url: str) -> None:
    mails = days.mailbox.messages
    subjects = [str(mail["Subject"]).split(":")[0] for mail in mails]
    assert subjects == ["Webhook endpoint failing"] * 2 + ["Webhook endpoint disabled"]
    assert {str(mail["To"]) for mail in mails} == {CONTACT}
    for mail in mails:
        text = mail.get_content()
        assert "hidden" not in text
        assert all(said in text for said in (url, "2026-01-10 09:30 UTC", "answered 500", "state=given_up"))
    assert "disabled at 2026-01-15 09:30 UTC" in mails[1].get_content()


async def everything_owed_arrives_once_it_is_enabled(days: Days, receiver: HookReceiver, endpoint_id: str) -> None:
    """What waited, and what happened while it was disabled; what was given up before stays listed."""
    fresh = await days.customer(3)
    waiting = await rows(days, endpoint_id, DeliveryState.PENDING)
    assert len([row for row in waiting if row.journey_id == fresh]) == 3
    given_up = await rows(days, endpoint_id, DeliveryState.GIVEN_UP)
    seen = len(receiver.hooks(HIDDEN))
    receiver.play(HIDDEN, Reply(200))
    await registry(days).enable("mer_1", endpoint_id)
    for _ in range(40):
        days.pass_time(HOUR)
        await days.deliver()
    arrived = await asyncio.to_thread(receiver.wait_for, seen + len(waiting), path=HIDDEN)
    order: dict[str, list[int]] = {}
    for hook in arrived[seen:]:
        order.setdefault(hook.header("x-dastak-journey"), []).append(int(hook.header("x-dastak-sequence")))
    owed: dict[str, list[int]] = {}
    for row in waiting:
        owed.setdefault(row.journey_id, []).append(row.sequence)
    assert order == owed
    assert await rows(days, endpoint_id, DeliveryState.GIVEN_UP) == given_up != []


async def rows(days: Days, endpoint_id: str, state: DeliveryState) -> Sequence[DeliveryRow]:
    which = DeliveryFilter(endpoint_id=endpoint_id, state=state)
    return await days.house.ports.history.deliveries("mer_1", which, 0, 200)


async def test_an_endpoint_that_works_again_after_a_warning_is_told_of_and_is_not_disabled(
    days: Days, receiver: HookReceiver
) -> None:
    receiver.play("/hook", DOWN)
    failing = await days.endpoint(1, receiver.url("/hook"))
    await days.endpoint(2, receiver.url("/ops"), event_types=OPERATIONAL)
    async with days.running():
        for hour in range(40):
            await days.customer(1)
            if hour == 28:
                receiver.play("/hook", Reply(200))
            await days.deliver()
            await days.sweep()
            days.pass_time(HOUR)
            if len(days.watching.acts) == 2:  # on a busy machine the answer is seen an hour or two later
                break
        warned, recovered = await told(days, receiver, 2)
        assert (warned.type, recovered.type) == (OPERATIONAL[0], OPERATIONAL[2])
        assert isinstance(recovered.data, EndpointData)
        assert recovered.data.recovered_at is not None
        assert "2026-01-11T13:30:00Z" <= recovered.data.recovered_at < "2026-01-12"
        await days.mails(2)
    assert [act for _, act in days.watching.acts] == [Act.WARN, Act.TELL_RECOVERED]
    subjects = sorted(str(mail["Subject"]) for mail in days.mailbox.messages)
    assert ["failing" in subjects[0], "works again" in subjects[1]] == [True, True]
    assert await days.house.ports.troubles.troubles("mer_1") == {}
    now = await days.house.ports.endpoints.endpoint("mer_1", failing.id)
    assert now is not None
    assert now.state is EndpointState.ENABLED


async def test_a_410_is_told_to_the_other_endpoint_and_by_mail_once(days: Days, receiver: HookReceiver) -> None:
    receiver.play("/hook", Reply(410))
    gone = await days.endpoint(1, receiver.url("/hook"))
    await days.endpoint(2, receiver.url("/ops"), event_types=OPERATIONAL)
    async with days.running():
        await days.customer(1)
        await days.deliver()
        for _ in range(3):
            await days.sweep()
        (event,) = await told(days, receiver, 1)
        assert event.type == OPERATIONAL[1]
        assert isinstance(event.data, EndpointData)
        assert (event.data.endpoint_id, event.data.disabled_reason, event.data.failures) == (gone.id, "gone", 0)
        await days.mails(1)
    (mail,) = days.mailbox.messages
    assert "410 Gone" in mail.get_content()
    assert days.watching.acts == [(0, Act.TELL_GONE)]


async def test_one_failure_and_then_no_traffic_is_nothing_to_speak_of(days: Days, receiver: HookReceiver) -> None:
    receiver.play("/hook", DOWN)
    await days.endpoint(1, receiver.url("/hook"))
    async with days.running():
        await days.customer(1)
        await days.deliver()
        await days.sweep()
        receiver.play("/hook", Reply(200))
        for _ in range(20):
            days.pass_time(10 * HOUR)
            await days.sweep()
    assert days.watching.acts == []
    assert await days.house.ports.history.events("mer_1", EventFilter(journey_id="ep_mer_1_1"), 0, 9) == []
