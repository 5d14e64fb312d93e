"""What release 0.1.0 wrote is kept, readable and delivered: `tests/data/sqlite-0.1.0.sql` is a file of it as text."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.house import Ports, SqliteHouse
from conformance.values import (
    LEASE,
    NOW,
    Space,
    a_full_link,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    settle_all,
)
from dastak.store.sqlite.migration import available
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, EventFilter, Resent
from dastak.webhooks.verdict import Outcome

DUMP = Path(__file__).parents[1] / "data" / "sqlite-0.1.0.sql"


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[SqliteHouse]:
    """The file of 0.1.0, opened by today's code."""
    house = SqliteHouse(tmp_path)
    house.path.parent.mkdir()
    connection = sqlite3.connect(house.path)
    connection.executescript(DUMP.read_text())
    connection.close()
    assert await house.store.open() == [name for version, name, _ in available() if version > 1]
    yield house
    await house.close()


@pytest.fixture
def ports(old: SqliteHouse) -> Ports:
    return old.ports


async def test_people_and_links_are_read_as_they_were_written(ports: Ports) -> None:
    merchant = await ports.merchants.merchant("mer_1")
    assert merchant == replace(a_merchant(), signing_client_id="dk_mer_1")
    assert merchant is not None
    assert merchant.signing_key(NOW).client_secret == "dks_mer_1_secret"
    assert await ports.links.link_by_code("code-mer_1-2") == replace(a_link(2), sequence=1, version=1)
    full = replace(a_full_link(6), reference_id=6, sequence=0, version=1, invited_at=None, trace="")
    assert await ports.links.link_by_verification_id("mer_1", "v-6") == full
    template = await ports.templates.template("mer_1", "Two")
    assert template is not None
    assert len(template.checks) == 2
    static = await ports.static_links.static_link_by_code("static-code-1")
    assert static is not None
    assert (static.template_name, static.active) == ("Two", True)
    assert await ports.links.next_reference_id() == 101


async def test_endpoints_are_read_as_they_were_written(ports: Ports) -> None:
    first, second = await ports.endpoints.endpoints("mer_1")
    assert first == an_endpoint(1)
    assert second == an_endpoint(2, policy=LanePolicy.STRICT)
    deleted = await ports.endpoints.endpoint("mer_1", "ep_mer_1_3")
    assert deleted is None or deleted.state is EndpointState.DELETED


async def test_the_log_is_read_as_it_was_written(ports: Ports) -> None:
    events = await ports.history.events("mer_1", EventFilter(), 0, 99)
    assert [(one.verification_id, one.sequence) for one in events] == [
        ("v-1", 1), ("v-2", 1), ("v-3", 1), ("v-4", 1), ("v-5", 1), ("v-5", 2),
    ]  # fmt: skip
    assert [one.body for one in events[:2]] == [an_event(a_link(1), 1).body, an_event(a_link(2), 1).body]
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 99)
    states = [(row.verification_id, row.state.value) for row in rows if row.endpoint_id != "ep_mer_1_2"]
    assert states == [
        ("v-1", "delivered"), ("v-1", "cancelled"), ("v-2", "given_up"),
        ("v-3", "pending"), ("v-4", "pending"), ("v-5", "pending"), ("v-5", "pending"),
    ]  # fmt: skip
    (attempt,) = await ports.history.attempts("mer_1", rows[0].id)
    assert (attempt.status, attempt.answer_body, attempt.request_headers[0]) == (
        200,
        b"\x00ok\xff",
        ("x-webhook-attempt", "1"),
    )


async def test_what_was_owed_is_delivered_with_its_bytes_and_in_order(ports: Ports) -> None:
    went: list[tuple[str, str, int, int]] = []
    later = NOW + 100 * LEASE
    while claimed := list(await ports.deliveries.claim(later, later + LEASE, Space())):
        for one in claimed:
            link = a_link(int(one.journey_id[-1]), one.journey_id[4:9])
            assert one.body == an_event(link, one.sequence).body
            went.append((one.endpoint.id, one.journey_id, one.sequence, one.attempt))
        await settle_all(ports, claimed, Outcome.DELIVERED, later)
    assert sorted(went) == [
        ("ep_mer_1_1", "jrn_mer_1_3", 1, 2),
        ("ep_mer_1_1", "jrn_mer_1_4", 1, 2),
        ("ep_mer_1_1", "jrn_mer_1_5", 1, 1),
        ("ep_mer_1_1", "jrn_mer_1_5", 2, 1),
        ("ep_mer_1_2", "jrn_mer_1_3", 1, 2),
        ("ep_mer_1_2", "jrn_mer_1_4", 1, 2),
        ("ep_mer_1_2", "jrn_mer_1_5", 1, 1),
        ("ep_mer_1_2", "jrn_mer_1_5", 2, 1),
        ("ep_mer_2_1", "jrn_mer_2_1", 1, 1),
    ]
    of_five = [sequence for endpoint, journey, sequence, _ in went if (endpoint, journey[-1]) == ("ep_mer_1_1", "5")]
    assert of_five == [1, 2]


async def test_what_was_given_up_can_be_sent_again(ports: Ports) -> None:
    (row, _) = await ports.history.deliveries("mer_1", DeliveryFilter(state=DeliveryState.GIVEN_UP), 0, 9)
    assert await ports.history.resend("mer_1", row.id, NOW) is Resent.BEGUN


async def test_messages_that_were_waiting_go_out(ports: Ports) -> None:
    claimed = await ports.notices.claim_notices(NOW, NOW + LEASE, 9)
    assert {one.notice.id: one.notice.text for one in claimed} == dict.fromkeys(
        ("ntc_3", "ntc_4"), "443322 is your code"
    )


async def test_two_processes_cannot_migrate_one_file_at_once(old: SqliteHouse) -> None:
    with pytest.raises(Exception, match="another process uses"):
        await asyncio.create_task(SqliteHouse(old._folder).store.open())
