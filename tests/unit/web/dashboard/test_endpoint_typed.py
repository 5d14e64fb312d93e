"""What is typed about an endpoint: read, found wrong where it is, and shown again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.dashboard.webhooks.typed import NOTHING, Typed, changed_settings, new_endpoint, typed_as, typed_of
from dastak.webhooks.endpoint import EVENTS_TO_CHOOSE, Endpoint, LanePolicy
from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES
from unit.webhooks.props import an_endpoint

URL = "https://merchant.example/webhooks"
FAILING = "WEBHOOK_ENDPOINT_FAILING"


def test_a_url_alone_makes_an_endpoint_as_the_api_does() -> None:
    new, mistakes = new_endpoint(typed_of({"url": URL}))
    assert mistakes == []
    assert new is not None
    assert (new.url, new.event_types, new.retry, new.lane_policy, new.window, new.rate_per_second) == (
        URL,
        (),
        RetryPolicy.named("standard"),
        LanePolicy.RELAXED,
        16,
        None,
    )


def test_everything_can_be_typed() -> None:
    form = {
        "url": URL,
        "description": "orders",
        "which": "some",
        "event-KYC_LINK_SUCCESS": "1",
        f"event-{FAILING}": "1",
        "event-NO_SUCH": "1",
        "retry": "custom",
        "intervals": "60, 5 min",
        "lane": "strict",
        "window": "4",
        "rate": "2.5",
    }
    new, mistakes = new_endpoint(typed_of(form))
    assert mistakes == []
    assert new is not None
    assert new.event_types == ("KYC_LINK_SUCCESS", FAILING)
    assert new.retry == RetryPolicy.custom((timedelta(minutes=1), timedelta(minutes=5)))
    assert (new.description, new.lane_policy, new.window, new.rate_per_second) == ("orders", LanePolicy.STRICT, 4, 2.5)


def test_all_events_and_those_about_webhooks_are_named_one_by_one() -> None:
    change, _ = changed_settings(replace(NOTHING, types=frozenset({FAILING})))
    assert change is not None
    assert change.event_types == (*EVENT_TYPES, FAILING)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Typed(), "url"),
        (Typed(url="x" * 2049), "url"),
        (Typed(url="https://a\x07"), "url"),
        (Typed(url=URL, description="x" * 201), "description"),
        (Typed(url=URL, which="some"), "which"),
        (Typed(url=URL, retry="custom", intervals="soon"), "intervals"),
        (Typed(url=URL, retry="custom", intervals="30 days"), "intervals"),
        (Typed(url=URL, retry="custom", intervals="1, " * 21), "intervals"),
        (Typed(url=URL, retry="no such", intervals="often"), "intervals"),
        (Typed(url=URL, window="0"), "window"),
        (Typed(url=URL, window="257"), "window"),
        (Typed(url=URL, window="²"), "window"),
        (Typed(url=URL, rate="0"), "rate"),
        (Typed(url=URL, rate="1e3"), "rate"),
        (Typed(url=URL, rate="nan"), "rate"),
        (Typed(url=URL, rate="10001"), "rate"),
    ],
)
def test_a_mistake_names_its_field_and_nothing_is_asked_of_the_registry(wrong: Typed, field: str) -> None:
    new, mistakes = new_endpoint(wrong)
    assert new is None
    assert [name for name, _ in mistakes] == [field]


def test_a_wait_that_is_none_is_quoted() -> None:
    _, ((_, message),) = changed_settings(Typed(retry="custom", intervals="30 s, soon"))
    assert message == "“soon” is no wait. Write waits as in: 30 s, 5 min, 1 h, 1 day."


ENDPOINTS = st.builds(
    lambda types, waits, lane, window, rate: replace(
        an_endpoint(),
        event_types=tuple(name for name in EVENTS_TO_CHOOSE if name in types),
        retry=RetryPolicy.custom(tuple(timedelta(seconds=one) for one in waits)),
        lane_policy=lane,
        window=window,
        rate_per_second=rate,
    ),
    st.sets(st.sampled_from(EVENTS_TO_CHOOSE)),
    st.lists(st.integers(1, 604_800), max_size=20),
    st.sampled_from(LanePolicy),
    st.integers(1, 256),
    st.none() | st.sampled_from((0.01, 0.5, 3.0, 250.0, 10_000.0)),
)


@given(ENDPOINTS)
def test_saving_the_form_as_it_is_shown_changes_nothing(endpoint: Endpoint) -> None:
    change, mistakes = changed_settings(typed_as(endpoint))
    assert mistakes == []
    assert change is not None
    names = EVENT_TYPES.keys()
    kept = set(change.event_types or ())
    assert kept == set(endpoint.event_types) or (not kept and set(endpoint.event_types) == names)
    assert (change.retry, change.lane_policy, change.window) == (endpoint.retry, endpoint.lane_policy, endpoint.window)
    assert (change.rate_per_second or None) == endpoint.rate_per_second


def test_events_about_webhooks_stay_ticked_beside_all_others() -> None:
    shown = typed_as(replace(an_endpoint(), event_types=EVENTS_TO_CHOOSE))
    assert (shown.which, shown.types) == ("all", frozenset(OPERATIONAL_EVENT_TYPES))
