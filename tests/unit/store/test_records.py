"""Values that become sealed bytes come back as they were, for every value that can be."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.facts import AadhaarSession
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.phone_otp import PhoneOtp
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.records import dump, endpoint_from, endpoint_settings, exchange, exchange_from, link_from, link_state
from dastak.webhooks.endpoint import Endpoint, EndpointSecret, EndpointState, LanePolicy
from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import CheckStatus, CheckType, FormStatus

texts = st.text(max_size=20)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
numbers = st.integers(0, 2**53)
headers = st.lists(st.tuples(texts, texts), max_size=4).map(tuple)

sessions = st.builds(AadhaarSession, texts, texts, instants)
checks = st.builds(
    Check,
    st.sampled_from(CheckType),
    st.sampled_from(CheckStatus),
    numbers,
    numbers,
    texts,
    st.dictionaries(texts, texts, max_size=3),
    st.none() | sessions,
    numbers,
)
otps = st.builds(
    PhoneOtp, texts, instants, instants, numbers, st.lists(instants, max_size=3).map(tuple), numbers, st.booleans()
)
links = st.builds(
    KycLink,
    merchant_id=texts,
    id=texts,
    code=texts,
    verification_id=texts,
    reference_id=numbers,
    name=st.none() | texts,
    phone=texts,
    email=st.none() | texts,
    template_name=texts,
    checks=st.lists(checks, max_size=4).map(tuple),
    form_status=st.sampled_from(FormStatus),
    link_expiry=st.dates(date(2000, 1, 1)),
    expires_at=instants,
    created_at=instants,
    form_link=texts,
    max_tries=numbers,
    otp=st.none() | otps,
    sequence=numbers,
    version=numbers,
)
secrets = st.builds(EndpointSecret, texts, instants, st.none() | instants)
policies = st.builds(
    RetryPolicy, texts, st.lists(st.integers(1, 10**6).map(lambda s: timedelta(seconds=s)), max_size=5).map(tuple)
)
endpoints = st.builds(
    Endpoint,
    id=texts,
    merchant_id=texts,
    url=texts,
    description=texts,
    event_types=st.lists(texts, max_size=3).map(tuple),
    retry=policies,
    lane_policy=st.sampled_from(LanePolicy),
    window=numbers,
    secrets=st.lists(secrets, max_size=3).map(tuple),
    state=st.sampled_from(EndpointState),
    disabled_reason=texts,
    created_at=instants,
    updated_at=instants,
    rate_per_second=st.none() | st.floats(0.01, 10_000),
)


@given(links)
def test_a_link_comes_back_as_it_was(link: KycLink) -> None:
    row = {
        "merchant_id": link.merchant_id,
        "id": link.id,
        "verification_id": link.verification_id,
        "reference_id": link.reference_id,
        "status": link.form_status.value,
        "version": link.version,
    }
    assert link_from(row, link_state(link), link.expires_at, link.created_at) == link


@given(endpoints)
def test_an_endpoint_comes_back_as_it_was(endpoint: Endpoint) -> None:
    row = {"merchant_id": endpoint.merchant_id, "id": endpoint.id, "state": endpoint.state.value}
    assert endpoint_from(row, endpoint_settings(endpoint), endpoint.created_at, endpoint.updated_at) == endpoint


def without_rate(settings: bytes) -> bytes:
    return json.dumps(
        {name: value for name, value in json.loads(settings).items() if name != "rate_per_second"}
    ).encode()


@given(endpoints)
def test_an_endpoint_of_an_older_release_has_no_limit_of_its_rate(endpoint: Endpoint) -> None:
    row = {"merchant_id": endpoint.merchant_id, "id": endpoint.id, "state": endpoint.state.value}
    older = without_rate(endpoint_settings(endpoint))
    read = endpoint_from(row, older, endpoint.created_at, endpoint.updated_at)
    assert read == replace(endpoint, rate_per_second=None)


@given(endpoints)
def test_a_key_that_a_newer_release_added_is_passed_over(endpoint: Endpoint) -> None:
    row = {"merchant_id": endpoint.merchant_id, "id": endpoint.id, "state": endpoint.state.value}
    newer = json.dumps({**json.loads(endpoint_settings(endpoint)), "added_later": {"a": 1}}).encode()
    assert endpoint_from(row, newer, endpoint.created_at, endpoint.updated_at) == endpoint


@given(headers, headers, st.binary(max_size=200))
def test_both_sides_of_an_exchange_come_back_byte_for_byte(
    sent: tuple[tuple[str, str], ...], received: tuple[tuple[str, str], ...], body: bytes
) -> None:
    assert exchange_from(exchange(sent, received, body)) == (sent, received, body)


@given(instants)
def test_an_instant_keeps_its_microseconds(at: datetime) -> None:
    assert from_us(to_us(at)) == at
    assert maybe_from_us(maybe_us(at)) == at
    assert from_us(to_us(at)).tzinfo is UTC


def test_no_instant_stays_none() -> None:
    assert maybe_from_us(maybe_us(None)) is None


@given(instants, instants)
def test_instants_lie_in_the_database_in_their_order(one: datetime, other: datetime) -> None:
    assert (to_us(one) < to_us(other)) == (one < other)


@pytest.mark.parametrize("value", ["Ä", "\u2028", '"\\', "\ud800", "\x00"])
def test_an_exchange_is_written_as_it_always_was(value: str) -> None:
    sent, received = (("a", "1"),), (("x-two", value), ("x-two", "b"))
    before = dump({"request": sent, "answer": received, "body": "AG9r/w=="})
    written = exchange(sent, received, b"\x00ok\xff")
    assert json.loads(written) == json.loads(before)
    assert exchange_from(written) == exchange_from(before) == (sent, received, b"\x00ok\xff")


def test_an_exchange_of_a_newer_release_can_be_read() -> None:
    newer = dump({"request": [["a", "1"]], "answer": [], "body": "", "something": {"new": 1}})
    assert exchange_from(newer) == ((("a", "1"),), (), b"")
