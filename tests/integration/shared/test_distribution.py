"""The store on a schema that is cut by merchant: everything works, and a merchant's statements stay in its part.

One PostgreSQL is not a sharded one. What it can show: every key and every unique index leads with the column that
distributes; no statement needs to know that it is cut; and the plans, as they run, look into no part but the merchant's.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest

from conformance.cases import AGENT, a_case_of, a_user, case_consent, moved_to
from conformance.house import MASTER_KEY, PUBLIC_URL, Ids, Ports, ports_of
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_consent,
    a_link,
    a_merchant,
    a_message,
    an_endpoint,
    put_settings,
    settle_all,
    settled,
    with_events,
)
from dastak.accounts.idempotency import Asked, KeptAnswer, Standing
from dastak.accounts.operator import Operator, Presence, Role
from dastak.accounts.session import Session
from dastak.accounts.sign_in import SignIn, guess, send
from dastak.journeys.kyc_link.link import StaticLink
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.kyc_link.template import Template
from dastak.journeys.paging import Cursor
from dastak.journeys.tally import Kind
from dastak.journeys.video_kyc.ports import CaseFilter, SlotClaim
from dastak.journeys.video_kyc.rooms import View
from dastak.journeys.video_kyc.signal import Recorded
from dastak.journeys.video_kyc.table import Stage
from dastak.notices.notice import NoticeOutcome
from dastak.store.postgres import (
    compositions,
    deliveries,
    dispatchers,
    history,
    idempotency,
    lane,
    links,
    notices,
    settlement,
    tallies,
    video_kycs,
)
from dastak.store.postgres.attempt_rows import attempt_row, copy_attempts
from dastak.store.postgres.engine import Connection, PoolSettings
from dastak.store.postgres.outbox import ADD_DELIVERIES, ADD_EVENTS
from dastak.store.postgres.store import PostgresStore
from dastak.store.vault import Vault
from dastak.webhooks.delivery import Claimed, DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, EventFilter, Resent
from dastak.webhooks.verdict import Outcome
from dastak_sdk import CheckType
from support.distribution import PARTS, looked_into, make_distributed, part_of
from support.explained import ExplainedEngine, Ran
from unit.journeys.video_kyc.cases import NOW as BEGUN_AT
from unit.journeys.video_kyc.cases import after

MERCHANTS = [f"mer_{number}" for number in range(1, 9)]
WALKS = {
    deliveries.WAITING: "who has something due, endpoint by endpoint",
    deliveries.CLOCK_WENT_BACK: "at a dispatcher's first claim",
    deliveries.PENDING: "a gauge",
    dispatchers.ORPHANS: "leases of the dead",
    links.TO_EXPIRE: "the clock",
    links.NEXT_EXPIRY: "the clock",
    notices.CLAIM: "the notifier",
    notices.NEXT_DUE: "the notifier",
    idempotency.FORGET: "old keys",
    video_kycs.DUE: "the clock of cases",
    video_kycs.NEXT_DUE: "the clock of cases",
    compositions.NEXT: "whoever makes files of recordings",
}
"""What is about all merchants, and all that may be."""

HOT = {
    "ADD": links.ADD,
    "SAVE": links.SAVE,
    "CLAIM": deliveries.CLAIM,
    "ADD_EVENTS": ADD_EVENTS,
    "ADD_DELIVERIES": ADD_DELIVERIES,
    "LOCK": lane.LOCK,
    "CHOOSE": lane.CHOOSE,
    "FINISH": settlement.FINISH,
    "GIVE_UP": settlement.GIVE_UP,
    "WAIT": settlement.WAIT,
    "HIDDEN": history.HIDDEN,
    "ADD_CASE": video_kycs.ADD,
    "SAVE_CASE": video_kycs.SAVE,
    "QUEUE": video_kycs.WAITING,
    "COUNT": tallies.COUNT,
}
ONLY_ADDS = {"ADD", "ADD_EVENTS", "ADD_DELIVERIES", "ADD_CASE", "COUNT"}
"""A row that is added goes to its part without a scan."""

INDEXES = """
    SELECT t.relname AS table, i.relname AS index, a.attname AS leads
    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
    WHERE t.relkind = 'p' AND x.indisunique AND NOT t.relispartition"""
WITH_MERCHANT = """
    SELECT DISTINCT c.table_name FROM information_schema.columns AS c JOIN pg_class AS t ON t.relname = c.table_name
    WHERE c.column_name = 'merchant_id' AND c.table_schema = 'public' AND NOT t.relispartition"""


@dataclass
class Cluster:
    """A store on the cut schema, and what it did."""

    store: PostgresStore
    tables: Mapping[str, str]
    parts: Mapping[str, int]
    ran: list[Ran]
    url: str

    @property
    def ports(self) -> Ports:
        return ports_of(self.store)

    def touched(self, one: Ran) -> set[int]:
        """The parts of merchants' tables that it looked into."""
        return {part for table, part in looked_into(one.plan, self.tables) if self.tables[table] == "merchant_id"}

    def named(self, one: Ran) -> set[int]:
        """The parts of the merchants that its values name."""
        return {self.parts[value] for value in _flat(one.values) if value in self.parts}


@pytest.fixture
async def cluster(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cluster]:
    tables = await make_distributed(database)
    connection = await asyncpg.connect(database)
    parts = {merchant: await part_of(connection, merchant) for merchant in MERCHANTS}
    await connection.close()
    ran: list[Ran] = []
    monkeypatch.setattr(ExplainedEngine, "ran", ran, raising=False)
    monkeypatch.setattr("dastak.store.postgres.store.Engine", ExplainedEngine)
    store = PostgresStore(PoolSettings(database, size=4), Vault([MASTER_KEY]), Ids(), PUBLIC_URL)
    assert await store.open() == []
    yield Cluster(store, tables, parts, ran, database)
    await store.close()


async def test_every_table_of_merchants_is_cut_and_every_unique_key_leads_with_what_cuts_it(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url)
    indexes = await connection.fetch(INDEXES)
    with_merchant = {row[0] for row in await connection.fetch(WITH_MERCHANT)}
    await connection.close()
    assert with_merchant == {*cluster.tables, "api_keys"}
    assert {row["leads"] for row in indexes if row["table"] == "codes"} == {"digest"}
    assert [row["index"] for row in indexes if row["leads"] != cluster.tables[row["table"]]] == []
    assert set(cluster.parts.values()) == set(range(PARTS)), "merchants in every part"


async def test_the_whole_way_of_many_merchants_and_each_statement_stays_where_its_merchants_are(
    cluster: Cluster,
) -> None:
    for merchant in MERCHANTS:
        await _arrive(cluster.ports, merchant)
    await _deliver(cluster.ports)
    for merchant in MERCHANTS:
        await _work_at_the_console(cluster.ports, merchant)
        await _meet(cluster.ports, merchant)
        await _read_back(cluster.ports, merchant)
        await _send_again(cluster.ports, merchant)
        await _leave(cluster.ports, merchant)
    await _tell_customers(cluster.ports)
    await _what_the_clock_does(cluster)

    strays = {one.sql for one in cluster.ran if one.sql not in WALKS and not cluster.touched(one) <= cluster.named(one)}
    assert sorted(strays) == []
    assert {one.sql for one in cluster.ran} >= set(WALKS), "a walk that no longer is one need not be listed"
    walked = {sql: [cluster.touched(one) for one in cluster.ran if one.sql == sql] for sql in WALKS}
    assert all(any(len(touched) == PARTS for touched in of) for of in walked.values()), "the plans show what they touch"


@pytest.mark.parametrize("merchant", MERCHANTS[:2])
async def test_a_hot_statement_for_one_merchant_looks_into_one_part(cluster: Cluster, merchant: str) -> None:
    for one in (merchant, next(other for other in MERCHANTS if cluster.parts[other] != cluster.parts[merchant])):
        await _arrive(cluster.ports, one)
    room = _room_for(merchant)
    cluster.ran.clear()
    await cluster.ports.links.add_link(a_link(77, merchant), [])
    await with_events(cluster.ports, a_link(77, merchant), 4)
    for outcome in (Outcome.RETRY, Outcome.GIVEN_UP, Outcome.DELIVERED):
        claimed = list(await cluster.ports.deliveries.claim(NOW, NOW + LEASE, room))
        assert {one.endpoint.merchant_id for one in claimed} == {merchant}
        await settle_all(cluster.ports, claimed, outcome)
    await cluster.ports.history.event_page(merchant, EventFilter(), 0, 100, 1000)
    await _meet(cluster.ports, merchant)
    for name, sql in HOT.items():
        seen = [cluster.touched(one) for one in cluster.ran if one.sql == sql]
        assert seen, name
        assert set().union(*seen) == (set() if name in ONLY_ADDS else {cluster.parts[merchant]}), name
    pages = [one for one in cluster.ran if one.sql.startswith(history.EVENTS)]
    assert [cluster.touched(one) for one in pages] == [{cluster.parts[merchant]}]


async def test_a_row_that_is_added_locks_its_own_part_only(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url)
    await connection.execute("BEGIN")
    claimed = Claimed("dlv_1", an_endpoint(1, "mer_1"), "evt_1", "TYPE", "jrn_1", 1, b"{}", "secret", 1, 0, NOW, 1)
    row = attempt_row(settled(claimed, Outcome.DELIVERED, NOW), b"sealed")
    await copy_attempts(cast("Connection", connection), [row])
    locked = await connection.fetch(
        "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'RowExclusiveLock'"
    )
    await connection.close()
    own = f"attempts_{cluster.parts['mer_1']}"
    assert {row[0] for row in locked} == {"attempts", own, f"{own}_rest"}


async def _arrive(ports: Ports, merchant: str) -> None:
    """A merchant with two endpoints, templates and links, of which one has moved and each lane has two events."""
    await ports.merchants.add_merchant(a_merchant(merchant))
    await ports.templates.put_template(merchant, Template("Own", (CheckType.PAN,)))
    assert [one.name for one in await ports.templates.templates(merchant)] == ["Own"]
    static = StaticLink(merchant, f"static-{merchant}", "Own", "", active=True)
    await ports.static_links.put_static_link(static)
    found = await ports.static_links.static_link_by_code(static.code)
    assert found is not None
    assert found.merchant_id == merchant
    for number, policy in enumerate((LanePolicy.RELAXED, LanePolicy.STRICT), start=1):
        assert await ports.endpoints.add_endpoint(an_endpoint(number, merchant, policy))
    number = MERCHANTS.index(merchant) + 1
    link = a_link(number, merchant)
    message = replace(a_message(number), merchant_id=merchant, journey_id=link.id)
    await ports.links.add_link(link, [message])
    assert await ports.links.link_by_code(link.code) == link
    assert await ports.links.link_by_verification_id(merchant, link.verification_id) == link
    assert await ports.links.link_by_reference_id(merchant, link.reference_id) == link
    moved = await with_events(ports, link, 2)
    assert await ports.links.save_link(moved, (), (), a_consent(moved))
    asked = Asked(merchant, "key", "digest")
    begun = await ports.idempotency.begin(asked, "ticket", NOW, LEASE)
    assert begun.ticket is not None
    assert await ports.idempotency.finish(begun.ticket, KeptAnswer(201, (), b"{}"), NOW)
    assert (await ports.idempotency.begin(asked, "other", NOW, LEASE)).standing is Standing.ANSWERED


async def _deliver(ports: Ports) -> None:
    """First events: retried, then delivered. Second ones: given up at the relaxed endpoint, still owed at the other."""
    first = list(await ports.deliveries.claim(NOW, NOW + LEASE, Space()))
    assert [(one.sequence, one.attempt) for one in first] == [(1, 1)] * 2 * len(MERCHANTS)
    await ports.deliveries.release(first)
    first = list(await ports.deliveries.claim(NOW, NOW + LEASE, Space()))
    later = NOW + 60 * SECOND
    await ports.deliveries.settle([settled(one, Outcome.RETRY, NOW, later) for one in first], NOW)
    second = list(await ports.deliveries.claim(NOW, NOW + LEASE, Space()))
    assert {(one.sequence, one.endpoint.lane_policy) for one in second} == {(2, LanePolicy.RELAXED)}
    await settle_all(ports, second, Outcome.GIVEN_UP)
    assert await ports.deliveries.next_due() == later
    again = list(await ports.deliveries.claim(later, later + LEASE, Space()))
    assert [(one.sequence, one.attempt) for one in again] == [(1, 2)] * 2 * len(MERCHANTS)
    await settle_all(ports, again, Outcome.DELIVERED, later)
    assert await ports.backlog.pending(1000) == len(MERCHANTS)


async def _work_at_the_console(ports: Ports, merchant: str) -> None:
    """An operator is made, signs in, goes online and is deactivated."""
    operator = Operator(f"opr_{merchant}", merchant, "Meera", "meera@asha.example", (Role.AGENT,), NOW, NOW)
    await ports.operators.add_operator(operator)
    assert await ports.operators.operator_by_email(merchant, operator.email) == operator
    assert await ports.operators.operators(merchant) == [operator]
    kept = send(SignIn(merchant, "place"), operator.id, "digest", NOW)
    assert await ports.sign_ins.save_sign_in(kept, None, NOW)
    after, _ = guess(await ports.sign_ins.sign_in(merchant, "place"), "digest", NOW)
    session = Session(f"ses_{merchant}", merchant, operator.id, f"token-{merchant}", NOW, NOW, "")
    assert await ports.sign_ins.open_session(after, session)
    await ports.sign_ins.note_use(session, NOW)
    assert await ports.sign_ins.session(merchant, session.token_digest) == (session, operator)
    assert await ports.sign_ins.sessions(merchant, operator.id) == [session]
    await ports.presence.put_presence(Presence(merchant, operator.id, NOW, NOW))
    assert await ports.presence.heard(merchant, operator.id, NOW)
    assert await ports.presence.presence(merchant, operator.id) in await ports.presence.presences(merchant)
    assert await ports.operators.save_operator(replace(operator, active=False))
    await ports.presence.end_presence(merchant, operator.id)
    assert not await ports.sign_ins.end_session(merchant, operator.id, session.id)


async def _meet(ports: Ports, merchant: str) -> None:
    """A case is made, booked, waits, is decided and listed; another stays with the agent. Nothing is told."""
    store, user = ports.video_kycs, a_user(1, merchant)
    await ports.vkyc_users.add_user(user)
    assert await ports.vkyc_users.save_user(user)
    assert await ports.vkyc_users.user_by_reference_id(merchant, 1) == await ports.vkyc_users.user_by_id(
        merchant, "user-1"
    )
    first, second = (a_case_of(500 + number, merchant) for number in (1, 2))
    for case in (first, second):
        await store.add_case(case, (), ())
    booked = moved_to(Stage.SCHEDULED, first)
    assert booked.schedule is not None
    claim = SlotClaim(booked.schedule.at, 1)
    assert await store.save_case(booked, (), (), case_consent(first), claim)
    assert await store.slots_booked(merchant, claim.at, claim.at + SECOND) == {claim.at: 1}
    waits = replace(moved_to(Stage.WAITING, first), version=1)
    assert await store.save_case(waits, (), ())
    assert await store.waiting(merchant, 9) == [replace(waits, version=2)]
    assert await store.waiting_ahead(waits) == 0
    assert await store.save_case(moved_to(Stage.IN_CALL, second), (), ())
    live = await store.case_of_agent(merchant, AGENT)
    assert live is not None
    assert live == await store.case_by_verification_id(merchant, second.verification_id)
    assert live == await store.case_by_reference_id(merchant, second.reference_id)
    assert live == await store.case_by_code(second.code)
    decided = after(moved_to(Stage.DECIDED, first), [Recorded("call_1", f"spool/{merchant}.call_1")], BEGUN_AT)
    assert await store.save_case(replace(decided, version=2), (), ())
    newer, older = await store.cases(merchant, CaseFilter(), None, 9)
    for wanted in (CaseFilter(), CaseFilter(phone=first.phone), CaseFilter(statuses=("POST_VIDEO_CALL", "VIDEO_CALL"))):
        assert await store.cases(merchant, wanted, None, 9) == [newer, older]
        assert await store.cases(merchant, wanted, Cursor(newer.created_at, newer.id), 9) == [older]
        assert sum((await store.count_cases(merchant, wanted)).values()) == 2
    assert await store.cases_to_review(merchant, CaseFilter(), None, 9) == [older]
    assert len(await store.handling_times(merchant, 9)) == 1
    view = View(merchant, first.id, "recording", "opr_1", "203.0.113.9", NOW)
    await ports.evidence_views.note_view(view)
    assert await ports.evidence_views.views(merchant, first.id) == (view,)


async def _read_back(ports: Ports, merchant: str) -> None:
    (link,) = await ports.links.links(merchant, LinkFilter(), None, 2)
    assert await ports.links.link_by_id(merchant, link.id) == link
    assert await ports.links.links(merchant, LinkFilter(phone=link.phone), None, 2) == [link]
    assert await ports.links.links(merchant, LinkFilter(), Cursor(link.created_at, link.id), 2) == []
    assert await ports.tallies.tallies(merchant, Kind.KYC_LINK, link.created_at, link.created_at + SECOND)
    page = await ports.history.event_page(merchant, EventFilter(), 0, 1, 1000)
    rest = await ports.history.event_page(merchant, EventFilter(), page.rows[-1].position, 10, 1000)
    assert [event.sequence for event in (*page.rows, *rest.rows)] == [1, 2]
    assert await ports.history.event(merchant, page.rows[0].id) == page.rows[0]
    of_journey = await ports.history.events(merchant, EventFilter(journey_id=page.rows[0].journey_id), 0, 10)
    assert len(of_journey) == 2
    assert set(await ports.history.latest_positions([merchant])) == {merchant}
    for state, count in ((DeliveryState.DELIVERED, 2), (DeliveryState.GIVEN_UP, 1), (DeliveryState.PENDING, 1)):
        found = await ports.history.deliveries(merchant, DeliveryFilter(state=state), 0, 10)
        assert [row.state for row in found] == [state] * count
    everything = await ports.history.deliveries(merchant, DeliveryFilter(), 0, 10)
    verification = DeliveryFilter(verification_id=everything[0].verification_id)
    assert await ports.history.deliveries(merchant, verification, 0, 10) == everything
    assert [len(await ports.history.attempts(merchant, row.id)) for row in everything] == [
        {DeliveryState.DELIVERED: 2, DeliveryState.GIVEN_UP: 1, DeliveryState.PENDING: 0}[row.state]
        for row in everything
    ]


async def _send_again(ports: Ports, merchant: str) -> None:
    (lost,) = await ports.history.deliveries(merchant, DeliveryFilter(state=DeliveryState.GIVEN_UP), 0, 10)
    assert await ports.history.resend(merchant, lost.id, NOW) is Resent.BEGUN
    room = _room_for(merchant)
    later = NOW + 120 * SECOND
    claimed = list(await ports.deliveries.claim(later, later + LEASE, room))
    assert [one.sequence for one in claimed] == [2, 2]
    await ports.deliveries.settle(
        [settled(one, Outcome.DELIVERED if one.id == lost.id else Outcome.GONE, later, later) for one in claimed], later
    )
    resent = await ports.history.delivery(merchant, lost.id)
    assert resent is not None
    assert (resent.state, resent.attempts) == (DeliveryState.DELIVERED, 2)


async def _leave(ports: Ports, merchant: str) -> None:
    """The strict endpoint answered 410: enabled again as a relaxed one, then deleted with what it is owed."""
    endpoint = an_endpoint(2, merchant)
    stored = await ports.endpoints.endpoint(merchant, endpoint.id)
    assert stored is not None
    assert stored.state is EndpointState.DISABLED
    await put_settings(ports.endpoints, endpoint, NOW)
    await put_settings(ports.endpoints, replace(endpoint, state=EndpointState.DELETED), NOW)
    assert [one.id for one in await ports.endpoints.endpoints(merchant)] == [an_endpoint(1, merchant).id]
    cancelled = await ports.history.deliveries(merchant, DeliveryFilter(state=DeliveryState.CANCELLED), 0, 10)
    assert [row.endpoint_id for row in cancelled] == [endpoint.id]
    assert await ports.templates.delete_template(merchant, "Own")
    assert await ports.static_links.deactivate_static_link(merchant, "Own") is not None


async def _tell_customers(ports: Ports) -> None:
    claimed = await ports.notices.claim_notices(NOW, NOW + LEASE, 100)
    assert {one.notice.merchant_id for one in claimed} == set(MERCHANTS)
    outcomes = [
        NoticeOutcome(one.notice.id, one.notice.merchant_id, sent=at % 2 == 0, retry_at=None if at % 2 == 0 else NOW)
        for at, one in enumerate(claimed)
    ]
    await ports.notices.settle_notices(outcomes, NOW)
    assert await ports.notices.next_notice_due() == NOW
    assert len(await ports.notices.claim_notices(NOW, NOW + LEASE, 100)) == len(MERCHANTS) // 2


async def _what_the_clock_does(cluster: Cluster) -> None:
    expiry = await cluster.ports.links.next_expiry()
    assert expiry is not None
    assert len(await cluster.ports.links.links_to_expire(expiry, 100)) == len(MERCHANTS)
    due = await cluster.ports.video_kycs.next_due()
    assert due is not None
    ends = {case.merchant_id: case for case in await cluster.ports.video_kycs.cases_due(due + timedelta(days=60), 100)}
    assert set(ends) == set(MERCHANTS)
    for _ in MERCHANTS:
        composition = await cluster.ports.compositions.claim_composition(NOW, NOW + LEASE)
        assert composition is not None
        await cluster.ports.compositions.composition_progress(composition, 0.5, NOW + LEASE)
        await cluster.ports.compositions.composition_failed(composition, "no space", NOW + LEASE)
        assert await cluster.ports.compositions.composition_state(composition.merchant_id, composition.case_id)
    assert await cluster.ports.idempotency.forget(NOW + 48 * 3600 * SECOND, 100) == len(MERCHANTS)
    assert await cluster.ports.backlog.pending(10) == 0


def _room_for(merchant: str) -> Space:
    """Every other merchant's windows are full."""
    others = [an_endpoint(number, other).id for other in MERCHANTS if other != merchant for number in (1, 2)]
    return Space(taken=Counter(dict.fromkeys(others, 1000)))


def _flat(values: tuple[Any, ...]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, str) and value.startswith('{"'):
            flat += value[2:-2].split('","')
        else:
            flat += value if isinstance(value, list) else [value]
    return [value for value in flat if isinstance(value, str)]
