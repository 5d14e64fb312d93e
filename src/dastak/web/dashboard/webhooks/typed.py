"""What somebody typed about an endpoint, and an endpoint's settings as they are typed. Pure.

In: a form, or an endpoint. Out: a `Typed` to fill the form with, what is wrong with it, and what the registry takes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dastak.web.dashboard.webhooks.spans import UnreadableSpan, read_spans, written
from dastak.webhooks.endpoint import (
    DEFAULT_WINDOW,
    DESCRIPTION_LIMIT,
    EVENTS_TO_CHOOSE,
    LARGEST_RATE,
    LARGEST_WINDOW,
    LEAST_RATE,
    URL_LIMIT,
    Endpoint,
    LanePolicy,
)
from dastak.webhooks.registry import EndpointChange, NewEndpoint
from dastak.webhooks.retry import PRESETS, RetryPolicy
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES

ALL, SOME = "all", "some"
CUSTOM = "custom"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4})?")

Mistakes = list[tuple[str, str]]
"""Field, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Every field as it stands in the form."""

    url: str = ""
    description: str = ""
    which: str = ALL
    """`all`: every event of the contract; `some`: those of `types`."""
    types: frozenset[str] = frozenset()
    """Those that are ticked; events about webhooks count whatever `which` says."""
    retry: str = "standard"
    intervals: str = ""
    """Own waits, as text."""
    lane: str = LanePolicy.RELAXED.value
    window: str = str(DEFAULT_WINDOW)
    rate: str = ""
    """Empty: no limit."""


NOTHING = Typed()


def typed_of(form: Mapping[str, str]) -> Typed:
    """As it was sent; what the form did not have is as in an empty one."""
    return Typed(
        url=form.get("url", ""),
        description=form.get("description", ""),
        which=SOME if form.get("which") == SOME else ALL,
        types=frozenset(name for name in EVENTS_TO_CHOOSE if form.get(f"event-{name}")),
        retry=form.get("retry", NOTHING.retry),
        intervals=form.get("intervals", ""),
        lane=form.get("lane", NOTHING.lane),
        window=form.get("window", NOTHING.window),
        rate=form.get("rate", ""),
    )


def typed_as(endpoint: Endpoint) -> Typed:
    """An endpoint's settings."""
    types = frozenset(endpoint.event_types)
    is_all = not types or types >= EVENT_TYPES.keys()
    return Typed(
        url=endpoint.url,
        description=endpoint.description,
        which=ALL if is_all else SOME,
        types=types - EVENT_TYPES.keys() if is_all else types,
        retry=endpoint.retry.preset,
        intervals=written(endpoint.retry.intervals) if endpoint.retry.preset == CUSTOM else "",
        lane=endpoint.lane_policy.value,
        window=str(endpoint.window),
        rate="" if endpoint.rate_per_second is None else f"{endpoint.rate_per_second:g}",
    )


def new_endpoint(typed: Typed) -> tuple[NewEndpoint | None, Mistakes]:
    """What the registry is asked to test and add; None when something is wrong."""
    mistakes: Mistakes = []
    if not typed.url:
        mistakes.append(("url", "Enter the Webhook URL: where your server takes POST requests."))
    elif len(typed.url) > URL_LIMIT or CONTROL.search(typed.url):
        mistakes.append(("url", f"The Webhook URL may have {URL_LIMIT} characters on one line."))
    change = _settings(typed, mistakes)
    if change is None:
        return None, mistakes
    return NewEndpoint(typed.url, *_parts(change)), mistakes


def changed_settings(typed: Typed) -> tuple[EndpointChange | None, Mistakes]:
    """What the registry is asked to change; None when something is wrong."""
    mistakes: Mistakes = []
    return _settings(typed, mistakes), mistakes


def policy_of(typed: Typed) -> RetryPolicy:
    """The retry policy alone. ValueError says in words for the person what is wrong."""
    if typed.retry in PRESETS:
        return RetryPolicy.named(typed.retry)
    try:
        return RetryPolicy.custom(read_spans(typed.intervals))
    except UnreadableSpan as error:
        raise ValueError(f"“{error.text[:30]}” is no wait. Write waits as in: 30 s, 5 min, 1 h, 1 day.") from None
    except (ValueError, OverflowError) as error:
        raise ValueError(f"Own waits: {error}.") from None


def _settings(typed: Typed, mistakes: Mistakes) -> EndpointChange | None:
    if len(typed.description) > DESCRIPTION_LIMIT or CONTROL.search(typed.description):
        mistakes.append(("description", f"The description may have {DESCRIPTION_LIMIT} characters on one line."))
    types = _types(typed, mistakes)
    retry = _retry(typed, mistakes)
    window = _window(typed, mistakes)
    rate = _rate(typed, mistakes)
    lane = LanePolicy.STRICT if typed.lane == LanePolicy.STRICT.value else LanePolicy.RELAXED
    if mistakes or retry is None:
        return None
    return EndpointChange(typed.description, types, retry, lane, window, rate)


def _parts(change: EndpointChange) -> tuple[str, tuple[str, ...], RetryPolicy, LanePolicy, int, float | None]:
    retry, lane = change.retry or RetryPolicy.named("standard"), change.lane_policy or LanePolicy.RELAXED
    window, rate = change.window or DEFAULT_WINDOW, change.rate_per_second or None
    return change.description or "", change.event_types or (), retry, lane, window, rate


def _types(typed: Typed, mistakes: Mistakes) -> tuple[str, ...]:
    """In the contract's order; empty for all of the contract and no more."""
    about_webhooks = [name for name in OPERATIONAL_EVENT_TYPES if name in typed.types]
    if typed.which == ALL:
        return (*EVENT_TYPES, *about_webhooks) if about_webhooks else ()
    chosen = tuple(name for name in EVENTS_TO_CHOOSE if name in typed.types)
    if not chosen:
        mistakes.append(("which", "Choose at least one event, or all of them."))
    return chosen


def _retry(typed: Typed, mistakes: Mistakes) -> RetryPolicy | None:
    try:
        return policy_of(typed)
    except ValueError as error:
        mistakes.append(("intervals", str(error)))
        return None


def _window(typed: Typed, mistakes: Mistakes) -> int:
    text = typed.window
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LARGEST_WINDOW:  # noqa: PLR2004
        return int(text)
    mistakes.append(("window", f"Attempts in flight together: a whole number from 1 to {LARGEST_WINDOW}."))
    return DEFAULT_WINDOW


def _rate(typed: Typed, mistakes: Mistakes) -> float:
    """0 takes a limit away."""
    if not typed.rate:
        return 0.0
    if NUMBER.fullmatch(typed.rate) and LEAST_RATE <= float(typed.rate) <= LARGEST_RATE:
        return float(typed.rate)
    mistakes.append(("rate", f"Attempts per second: from {LEAST_RATE} to {LARGEST_RATE:,}, or empty for no limit."))
    return 0.0
