"""The words of mail about an endpoint in trouble: what happened, since when, why, what comes next, what to do.

In: what `telling` knows. Out: subject and text. Plain sentences; nothing of any customer is in them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dastak.webhooks.trouble import Act


@dataclass(frozen=True, slots=True)
class Told:
    """What the words are about."""

    merchant_name: str
    url: str
    endpoint_id: str
    failing_since: datetime | None
    failures: int
    last_reason: str
    disables_at: str | None
    public_url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """One mail; `purpose` is a value of `notices.notice.Purpose`."""

    purpose: str
    subject: str
    text: str


def words(act: Act, told: Told) -> Words:
    """The mail for an act."""
    return _WORDS[act](told)


def _failing(told: Told) -> Words:
    if told.disables_at is None:
        then = "It goes on being tried."
    else:
        then = (
            f"If it goes on failing, the endpoint is disabled at {_shown(told.disables_at)}. Nothing is lost by that:\n"
            "its events are kept, and sent once it is enabled again."
        )
    text = _joined(_cannot(told), _facts(told), then, _mend(told), _resend(told))
    return Words("endpoint_failing", f"Webhook endpoint failing: {_place(told)}", text)


def _disabled(told: Told) -> Words:
    what = f"A webhook endpoint of {told.merchant_name} was disabled, because it has failed for days:"
    kept = "Nothing is sent to it any more. Its events are kept, new ones too."
    text = _joined(f"{what}\n\n  {told.url}", _facts(told), kept, _mend(told), _enable(told), _resend(told))
    return Words("endpoint_disabled", f"Webhook endpoint disabled: {_place(told)}", text)


def _gone(told: Told) -> Words:
    what = (
        f"A webhook endpoint of {told.merchant_name} was disabled, because its receiver answered 410 Gone, which says "
        "that\nit wants nothing any more:"
    )
    kept = (
        "Nothing is sent to it any more. Its events are kept, new ones too. If that was meant, delete the endpoint:\n\n"
        f"  DELETE {_path(told)}"
    )
    text = _joined(f"{what}\n\n  {told.url}", f"Endpoint: {told.endpoint_id}", kept, _enable(told))
    return Words("endpoint_disabled", f"Webhook endpoint disabled: {_place(told)}", text)


def _recovered(told: Told) -> Words:
    what = f"A webhook endpoint of {told.merchant_name} that had failed works again:\n\n  {told.url}"
    sent = "What waited for it is being sent."
    text = _joined(what, f"Endpoint: {told.endpoint_id}", sent, _resend(told))
    return Words("endpoint_recovered", f"Webhook endpoint works again: {_place(told)}", text)


_WORDS: Mapping[Act, Callable[[Told], Words]] = {
    Act.WARN: _failing,
    Act.DISABLE: _disabled,
    Act.TELL_GONE: _gone,
    Act.TELL_RECOVERED: _recovered,
}


def _cannot(told: Told) -> str:
    return f"Webhooks of {told.merchant_name} cannot be delivered to\n\n  {told.url}"


def _facts(told: Told) -> str:
    lines = [f"Endpoint: {told.endpoint_id}"]
    if told.failing_since is not None:
        hours = int((told.now - told.failing_since).total_seconds() // 3600)
        lines.append(f"Failing since: {told.failing_since:%Y-%m-%d %H:%M} UTC ({hours} hours)")
        lines.append(f"Failed attempts since then: {told.failures}")
        lines.append(f"The last one: {told.last_reason}")
    return "\n".join(lines)


def _mend(told: Told) -> str:
    return f"Mend the receiver, then see whether it answers:\n\n  POST {_path(told)}/test"


def _enable(told: Told) -> str:
    return f"When it works, enable it; what it is owed is sent then, in order:\n\n  POST {_path(told)}/enable"


def _resend(told: Told) -> str:
    listed = f"{told.public_url}/api/v1/deliveries?state=given_up&endpoint_id={told.endpoint_id}"
    return (
        "Deliveries whose attempts were used up meanwhile are given up; they are listed, and sent again on demand:\n\n"
        f"  GET {listed}\n  POST {told.public_url}/api/v1/deliveries/DELIVERY_ID/resend"
    )


def _path(told: Told) -> str:
    return f"{told.public_url}/api/v1/webhook-endpoints/{told.endpoint_id}"


def _place(told: Told) -> str:
    return told.url.partition("://")[2]


def _shown(written: str) -> str:
    return f"{written[:16].replace('T', ' ')} UTC"


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
