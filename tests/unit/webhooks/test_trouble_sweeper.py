"""The clock of endpoints that fail: who is told what, in which words; and that a store that fails is asked again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.notices.notice import Purpose
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.observing import Unobserved
from dastak.webhooks.telling import EVENT_OF, Audience, Step, shown_url, step
from dastak.webhooks.trouble import Act, Trouble, TroubleRules
from dastak.webhooks.trouble_sweeper import LOOK_EVERY, TroubleSweeper
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, EndpointData, OperationalType, parse_event
from unit.webhooks.props import NOW, an_endpoint
from unit.webhooks.test_trouble_noter import FakeTroubles

HOUR = timedelta(hours=1)
ENDPOINT = replace(an_endpoint(), url="https://merchant.example.com/hook?key=hidden#part")
FAILING = Trouble("mer_1", "ep_1", NOW - 24 * HOUR, 57, NOW, "No TCP connection.")
TOLD = [act for act in Act if act is not Act.NOTHING]


class Merchants:
    def __init__(self, *contacts: str) -> None:
        self._contacts = contacts

    async def merchant_name(self, merchant_id: str) -> str:
        return f"Bank {merchant_id}"

    async def contacts(self, merchant_id: str) -> tuple[str, ...]:
        assert merchant_id == "mer_1"
        return self._contacts


class Troubles(FakeTroubles):
    """One endpoint and its trouble; acts as a store does."""

    def __init__(self, *troubles: Trouble) -> None:
        super().__init__()
        self.kept = {trouble.endpoint_id: trouble for trouble in troubles}
        self.endpoint = ENDPOINT
        self.steps: list[Step] = []

    async def act(
        self, merchant_id: str, endpoint_id: str, decide: Callable[[Trouble, Endpoint], Step | None], now: datetime
    ) -> Step | None:
        assert (merchant_id, now) == ("mer_1", NOW)
        done = decide(self.kept[endpoint_id], self.endpoint)
        if done is not None:
            self.kept[endpoint_id], self.endpoint = done.trouble, done.endpoint
            self.steps.append(done)
        return done


class Told(Unobserved):
    def __init__(self) -> None:
        self.looks = self.failures = 0
        self.acts: list[tuple[Act, str]] = []

    def looked(self) -> None:
        self.looks += 1

    def acted(self, act: Act, event_type: str) -> None:
        self.acts.append((act, event_type))

    def trouble_store_failed(self) -> None:
        self.failures += 1


def a_sweeper(store: Troubles, told: Told, *contacts: str, sleep: object = None) -> TroubleSweeper:
    more = {"sleep": sleep} if sleep else {}
    return TroubleSweeper(
        store,
        Merchants(*contacts),
        TroubleRules(),
        now=lambda: NOW,
        new_id=lambda prefix: f"{prefix}_1",
        public_url="https://kyc.example.com",
        observer=told,
        **more,  # type: ignore[arg-type]
    )


def a_step(act: Act, trouble: Trouble = FAILING, *contacts: str) -> Step:
    audience = Audience("Asha Bank", contacts, "https://kyc.example.com")
    return step(act, trouble, ENDPOINT, TroubleRules(), audience, now=NOW, new_id=lambda prefix: f"{prefix}_1")


async def test_what_is_due_is_done_once_and_counted() -> None:
    store, told = Troubles(FAILING), Told()
    sweeper = a_sweeper(store, told, "ops@asha.example")
    assert await sweeper.sweep() == 1
    assert await sweeper.sweep() == 0
    assert told.acts == [(Act.WARN, "WEBHOOK_ENDPOINT_FAILING")]
    assert [mail.recipient for mail in store.steps[0].mails] == ["ops@asha.example"]


async def test_a_recovery_and_the_next_trouble_are_told_in_one_sweep() -> None:
    store, told = Troubles(replace(FAILING, recovered_at=NOW - 25 * HOUR)), Told()
    assert await a_sweeper(store, told).sweep() == 2
    assert [act for act, _ in told.acts] == [Act.TELL_RECOVERED, Act.WARN]


async def test_an_endpoint_that_is_disabled_for_another_reason_is_not_said_to_be_gone() -> None:
    store, told = Troubles(replace(FAILING, gone_at=NOW)), Told()
    store.endpoint = replace(ENDPOINT, state=EndpointState.DISABLED, disabled_reason="by_merchant")
    assert await a_sweeper(store, told).sweep() == 0
    store.endpoint = replace(store.endpoint, disabled_reason="gone")
    assert await a_sweeper(store, told).sweep() == 1
    assert store.steps[0].endpoint == store.endpoint


async def test_a_store_that_fails_is_asked_again_after_the_usual_pause() -> None:
    store, told = Troubles(FAILING), Told()
    pauses: list[timedelta] = []
    sweep = asyncio.Event()

    async def sleep(span: timedelta) -> None:
        pauses.append(span)
        if len(pauses) == 3:
            sweep.set()
            await asyncio.Event().wait()

    async def broken() -> list[Trouble]:
        if len(pauses) < 2:
            raise OSError("the disk is gone")
        return [FAILING]

    store.troubled = broken  # type: ignore[method-assign]
    run = asyncio.create_task(a_sweeper(store, told, sleep=sleep).run())
    await asyncio.wait_for(sweep.wait(), 20)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert pauses == [LOOK_EVERY] * 3
    assert (told.failures, told.acts) == (2, [(Act.WARN, "WEBHOOK_ENDPOINT_FAILING")])
    assert told.looks >= 3


@pytest.mark.parametrize("act", TOLD)
def test_every_act_has_an_event_and_words_that_say_where_and_what_to_do(act: Act) -> None:
    done = a_step(act, FAILING, "ops@asha.example", "b@asha.example")
    event = parse_event(done.event.body)
    assert event.type == done.event.type == EVENT_OF[act].value
    assert isinstance(event.data, EndpointData)
    assert event.data.url == "https://merchant.example.com/hook"
    assert event.signature is None
    assert [mail.recipient for mail in done.mails] == ["ops@asha.example", "b@asha.example"]
    (mail, _) = done.mails
    assert Purpose(mail.purpose)
    assert "merchant.example.com/hook" in mail.subject
    for said in ("Asha Bank", "https://merchant.example.com/hook", "ep_1", "https://kyc.example.com/api/v1/"):
        assert said in mail.text
    assert "hidden" not in mail.text + mail.subject + done.event.body.decode()
    assert "None" not in mail.text
    assert mail.expires_at > mail.created_at == NOW


def test_a_warning_says_since_when_why_how_often_and_what_comes() -> None:
    (mail,) = a_step(Act.WARN, FAILING, "ops@asha.example").mails
    for said in (
        "Failing since: 2026-01-09 09:30 UTC (24 hours)",
        "Failed attempts since then: 57",
        "The last one: No TCP connection.",
        "the endpoint is disabled at 2026-01-14 09:30 UTC",
        "POST https://kyc.example.com/api/v1/webhook-endpoints/ep_1/test",
        "GET https://kyc.example.com/api/v1/deliveries?state=given_up&endpoint_id=ep_1",
    ):
        assert said in mail.text


def test_a_warning_without_disabling_promises_none() -> None:
    audience = Audience("Asha Bank", ("ops@asha.example",), "https://kyc.example.com")
    rules = TroubleRules(disable_after=None)
    done = step(Act.WARN, FAILING, ENDPOINT, rules, audience, now=NOW, new_id=lambda prefix: prefix)
    assert "It goes on being tried." in done.mails[0].text
    assert "disabled" not in done.mails[0].text


def test_only_disabling_changes_the_endpoint() -> None:
    for act in TOLD:
        done = a_step(act)
        assert (done.endpoint != ENDPOINT) == (act is Act.DISABLE)
    disabled = a_step(Act.DISABLE).endpoint
    assert (disabled.state, disabled.disabled_reason) == (EndpointState.DISABLED, "failing")


def test_every_event_about_webhooks_is_told_by_some_act_and_is_none_of_the_contract() -> None:
    assert set(EVENT_OF.values()) == set(OperationalType)
    assert not OPERATIONAL_EVENT_TYPES.keys() & EVENT_TYPES.keys()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b?c=d", "https://a.example/b"),
        ("https://a.example:8443/b#c?d", "https://a.example:8443/b"),
        ("https://a.example", "https://a.example"),
    ],
)
def test_what_a_query_string_may_hold_is_not_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown
