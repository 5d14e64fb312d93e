"""Which events an endpoint is owed, and with which secrets they are signed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.endpoint import DEFAULT_WINDOW, ROTATION_OVERLAP, Endpoint, EndpointSecret, EndpointState, rotate
from dastak.webhooks.fan_out import owed_to
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES
from unit.webhooks.props import NOW, SECOND, SECRET, an_endpoint

HOUR = timedelta(hours=1)
spans = st.integers(0, 72 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def rotated(endpoint: Endpoint, secret: str, overlap: timedelta = 24 * HOUR, after: timedelta = HOUR) -> Endpoint:
    return replace(endpoint, secrets=rotate(endpoint, secret, NOW + after, overlap))


def test_the_defaults_are_these() -> None:
    assert (16, timedelta(hours=24)) == (DEFAULT_WINDOW, ROTATION_OVERLAP)


def test_during_the_overlap_both_secrets_sign_the_new_one_first_and_then_only_the_new_one() -> None:
    endpoint = rotated(an_endpoint(), "new")
    assert endpoint.signing_secrets(NOW + HOUR) == ("new", SECRET)
    assert endpoint.signing_secrets(NOW + 25 * HOUR - SECOND) == ("new", SECRET)
    assert endpoint.signing_secrets(NOW + 25 * HOUR) == ("new",)


def test_without_an_overlap_the_old_secret_ends_at_once() -> None:
    assert rotated(an_endpoint(), "new", timedelta(0)).signing_secrets(NOW + HOUR) == ("new",)


def test_a_second_rotation_does_not_prolong_the_life_of_the_first_secret() -> None:
    endpoint = rotated(rotated(an_endpoint(), "second"), "third", after=2 * HOUR)
    assert endpoint.signing_secrets(NOW + 2 * HOUR) == ("third", "second", SECRET)
    assert endpoint.signing_secrets(NOW + 25 * HOUR) == ("third", "second")
    assert endpoint.signing_secrets(NOW + 26 * HOUR) == ("third",)


def test_secrets_that_no_longer_sign_are_dropped_at_the_next_rotation() -> None:
    endpoint = rotated(rotated(an_endpoint(), "second", HOUR), "third", after=48 * HOUR)
    assert [secret.secret for secret in endpoint.secrets] == ["third", "second"]


@given(st.lists(st.tuples(spans, spans), max_size=6), spans)
def test_however_often_it_is_rotated_the_newest_secret_signs_and_no_secret_outlives_its_overlap(
    rotations: list[tuple[timedelta, timedelta]], later: timedelta
) -> None:
    endpoint, now = an_endpoint(), NOW
    ends: dict[str, list[object]] = {}
    for number, (gap, overlap) in enumerate(rotations):
        now += gap
        for secret in endpoint.secrets:
            ends.setdefault(secret.secret, []).append(now + overlap)
        endpoint = replace(endpoint, secrets=rotate(endpoint, f"s{number}", now, overlap))
        assert endpoint.secrets[0] == EndpointSecret(f"s{number}", now)
        assert all(secret.expires_at is not None for secret in endpoint.secrets[1:])
    signing = endpoint.signing_secrets(now + later)
    assert signing[0] == endpoint.secrets[0].secret
    assert all(now + later < end for secret in signing[1:] for end in ends[secret])  # type: ignore[operator]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_without_a_choice_an_endpoint_wants_every_event(event_type: str) -> None:
    assert an_endpoint().wants(event_type)


@pytest.mark.parametrize("event_type", OPERATIONAL_EVENT_TYPES)
def test_events_about_webhooks_go_only_where_they_are_named_and_never_to_the_endpoint_itself(event_type: str) -> None:
    named = replace(an_endpoint(1), event_types=(event_type, "KYC_LINK_SUCCESS"))
    assert named.wants(event_type)
    assert not an_endpoint().wants(event_type)
    assert owed_to(event_type, [named, an_endpoint(2)], "ep_2") == [named]
    assert owed_to(event_type, [named], "ep_1") == []


def test_with_a_choice_it_wants_only_those() -> None:
    endpoint = replace(an_endpoint(), event_types=("KYC_LINK_SUCCESS",))
    assert endpoint.wants("KYC_LINK_SUCCESS")
    assert not endpoint.wants("KYC_LINK_EXPIRED")


def test_disabling_loses_nothing_and_deleting_ends_it() -> None:
    assert replace(an_endpoint(), state=EndpointState.DISABLED).wants("KYC_LINK_SUCCESS")
    assert not replace(an_endpoint(), state=EndpointState.DELETED).wants("KYC_LINK_SUCCESS")


@given(st.lists(st.tuples(st.sampled_from(EndpointState), st.sets(st.sampled_from(sorted(EVENT_TYPES))))))
def test_an_event_is_owed_once_to_each_endpoint_that_wants_it_in_their_order(
    shapes: list[tuple[EndpointState, set[str]]],
) -> None:
    endpoints = [
        replace(an_endpoint(number), state=state, event_types=tuple(sorted(wanted)))
        for number, (state, wanted) in enumerate(shapes)
    ]
    owed = owed_to("KYC_LINK_SUCCESS", endpoints)
    assert owed == [
        endpoint
        for endpoint, (state, wanted) in zip(endpoints, shapes, strict=True)
        if state is not EndpointState.DELETED and (not wanted or "KYC_LINK_SUCCESS" in wanted)
    ]
