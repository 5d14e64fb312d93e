"""What is told about an endpoint in trouble: an event for the merchant's other endpoints, and mail to its contacts.

In: the endpoint, its trouble after the act, the act, whom to tell. Out: a `Step` that the store commits as a whole.
Pure; the sweeper calls `step`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.trouble import Act, Trouble, TroubleRules, acted, disables_at
from dastak.webhooks.trouble_words import Told, words
from dastak_sdk import EndpointData, OperationalType, encode_event
from dastak_sdk.event_time import write_time

FAILING, GONE = "failing", "gone"
"""Reasons for which an endpoint is disabled without its owner asking for it."""

MAIL_LIFE = timedelta(days=3)
"""Older news of a failing endpoint is not worth a mail."""

EVENT_OF: Mapping[Act, OperationalType] = {
    Act.WARN: OperationalType.WEBHOOK_ENDPOINT_FAILING,
    Act.DISABLE: OperationalType.WEBHOOK_ENDPOINT_DISABLED,
    Act.TELL_GONE: OperationalType.WEBHOOK_ENDPOINT_DISABLED,
    Act.TELL_RECOVERED: OperationalType.WEBHOOK_ENDPOINT_RECOVERED,
}


@dataclass(frozen=True, slots=True)
class OperationalEvent:
    """A fact about an endpoint, with its exact bytes. The store numbers it within the endpoint's own lane."""

    id: str
    """`evt_…`"""
    type: str
    occurred_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class OperationalMail:
    """Words for one of the merchant's contacts."""

    id: str
    """`ntc_…`"""
    purpose: str
    recipient: str
    subject: str
    text: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Everything that one act changes and causes, to be committed together."""

    act: Act
    trouble: Trouble
    endpoint: Endpoint
    event: OperationalEvent
    mails: tuple[OperationalMail, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom the mail goes to, and what it may mention."""

    merchant_name: str
    contacts: tuple[str, ...]
    public_url: str


def step(
    act: Act,
    trouble: Trouble,
    endpoint: Endpoint,
    rules: TroubleRules,
    audience: Audience,
    *,
    now: datetime,
    new_id: Callable[[str], str],
) -> Step:
    """The whole of an act that is not `NOTHING`."""
    after = acted(trouble, act, rules, now)
    changed = endpoint
    if act is Act.DISABLE:
        changed = replace(endpoint, state=EndpointState.DISABLED, disabled_reason=FAILING, updated_at=now)
    data = _data(act, trouble, after, changed, rules)
    type_ = EVENT_OF[act].value
    event = OperationalEvent(new_id("evt"), type_, now, encode_event(type_, now, data, client_secret=None))
    return Step(act, after, changed, event, _mails(act, after, data, audience, now, new_id))


def shown_url(url: str) -> str:
    """Where it is, without what a query string may hold."""
    return url.partition("#")[0].partition("?")[0]


def _data(act: Act, before: Trouble, after: Trouble, endpoint: Endpoint, rules: TroubleRules) -> EndpointData:
    ends = disables_at(after, rules) if act is Act.WARN else None
    return EndpointData(
        endpoint_id=endpoint.id,
        url=shown_url(endpoint.url),
        failing_since=_time(after.failing_since),
        failures=after.failures,
        last_failure_at=_time(after.last_failure_at),
        last_reason=after.last_reason or None,
        disables_at=_time(ends),
        disabled_reason={Act.DISABLE: FAILING, Act.TELL_GONE: GONE}.get(act),
        recovered_at=_time(before.recovered_at) if act is Act.TELL_RECOVERED else None,
    )


def _mails(
    act: Act, trouble: Trouble, data: EndpointData, audience: Audience, now: datetime, new_id: Callable[[str], str]
) -> tuple[OperationalMail, ...]:
    told = Told(
        merchant_name=audience.merchant_name,
        url=data.url,
        endpoint_id=data.endpoint_id,
        failing_since=trouble.failing_since,
        failures=trouble.failures,
        last_reason=trouble.last_reason,
        disables_at=data.disables_at,
        public_url=audience.public_url,
        now=now,
    )
    said = words(act, told)
    return tuple(
        OperationalMail(
            new_id("ntc"), said.purpose, contact, said.subject, said.text, created_at=now, expires_at=now + MAIL_LIFE
        )
        for contact in audience.contacts
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else write_time(at)
