"""Lanes, against a simple model: whatever happens in whatever order, nothing owed is lost and nothing overtakes.

The machine drives events, claims, outcomes, resends, disabling, deleting, policy changes, leases that run out and
crashes. Every claim is judged by the model's own reading of design §4; at the end everything must drain.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conformance.house import HOUSES, House
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    put_settings,
    settled,
)
from dastak.journeys.kyc_link.link import KycLink
from dastak.webhooks.delivery import Claimed, DeliveryState
from dastak.webhooks.endpoint import Endpoint, EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, Resent
from dastak.webhooks.verdict import Outcome

T = TypeVar("T")
LONG_AGO = NOW - timedelta(days=1)
JOURNEYS = 2
FASTEST = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it; fsync costs nothing there
FINISHED = {Outcome.DELIVERED: DeliveryState.DELIVERED, Outcome.GIVEN_UP: DeliveryState.GIVEN_UP}

Lane = tuple[str, str]


@dataclass
class Owed:
    """One delivery, as the model sees it."""

    id: str
    lane: Lane
    sequence: int
    body: bytes
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    failures: int = 0
    not_before: datetime = LONG_AGO
    leased_until: datetime | None = None
    interrupted: bool = False
    """Its process died while it was in flight: it may go on at once, whatever came before it meanwhile."""
    logged: list[int] = field(default_factory=list)
    arrived: bool = False
    """Some attempt was answered with success."""

    @property
    def pending(self) -> bool:
        return self.state is DeliveryState.PENDING


class Lanes(RuleBasedStateMachine):
    """Two or three endpoints, two journeys, one dispatcher."""

    house_name = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=FASTEST if FASTEST.is_dir() else None))
        self.house: House = self.do(self._opened())
        self.now = NOW
        self.endpoints: dict[str, Endpoint] = {}
        self.links: list[KycLink] = []
        self.owed: dict[str, Owed] = {}
        self.flying: list[Claimed] = []
        """Claimed and not settled, in this life of the process; some of their leases may have run out."""

    async def _opened(self) -> House:
        return await HOUSES[self.house_name](self.folder)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    # -- what happens ------------------------------------------------------------------------------------------------

    @initialize(shapes=st.lists(st.tuples(st.sampled_from(LanePolicy), st.integers(1, 3)), min_size=1, max_size=3))
    def begin(self, shapes: list[tuple[LanePolicy, int]]) -> None:
        self.do(self.house.ports.merchants.add_merchant(a_merchant()))
        for number, (policy, window) in enumerate(shapes, start=1):
            endpoint = an_endpoint(number, policy=policy, window=window)
            self.do(self.house.ports.endpoints.add_endpoint(endpoint))
            self.endpoints[endpoint.id] = endpoint
        self.links = [a_link(number) for number in range(1, JOURNEYS + 1)]
        for link in self.links:
            self.do(self.house.ports.links.add_link(link, ()))

    @rule(journey=st.integers(0, JOURNEYS - 1), count=st.integers(1, 3))
    def events_happen(self, journey: int, count: int) -> None:
        link = self.links[journey]
        events = [an_event(link, link.sequence + n, self.now) for n in range(1, count + 1)]
        after = replace(link, sequence=link.sequence + count)
        assert self.do(self.house.ports.links.save_link(after, events, ()))
        self.links[journey] = replace(after, version=after.version + 1)
        for event in events:
            rows = self.do(self.house.ports.history.deliveries("mer_1", DeliveryFilter(event_id=event.id), 0, 10))
            alive = [e.id for e in self.endpoints.values() if e.state is not EndpointState.DELETED]
            assert sorted(row.endpoint_id for row in rows) == sorted(alive)
            for row in rows:
                self.owed[row.id] = Owed(row.id, (row.endpoint_id, link.id), event.sequence, event.body)

    @rule(span=st.sampled_from([SECOND, 5 * SECOND, 30 * SECOND, LEASE, 10 * LEASE]))
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule(total=st.sampled_from([1, 2, 100]))
    def the_dispatcher_claims(self, total: int) -> None:
        self.claim(total)

    @precondition(lambda self: self.flying)
    @rule(
        data=st.data(),
        outcome=st.sampled_from([*Outcome, Outcome.RETRY]),
        wait=st.sampled_from([SECOND, 30 * SECOND, 20 * LEASE]),
    )
    def an_attempt_ends(self, data: st.DataObject, outcome: Outcome, wait: timedelta) -> None:
        count = data.draw(st.integers(1, len(self.flying)))
        ended = [self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1))) for _ in range(count)]
        self.settle(ended, outcome, self.now + wait)

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def the_dispatcher_gives_back(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(self.flying)))
        back = [self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1))) for _ in range(count)]
        self.do(self.house.ports.deliveries.release(back))
        for one in back:
            owed = self.owed[one.id]
            if owed.pending and owed.leased_until is not None and owed.attempts == one.attempt:
                owed.attempts, owed.leased_until = owed.attempts - 1, None

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def the_merchant_resends(self, data: st.DataObject) -> None:
        owed = self.owed[data.draw(st.sampled_from(sorted(self.owed)))]
        resent = self.do(self.house.ports.history.resend("mer_1", owed.id, self.now))
        deleted = self.endpoints[owed.lane[0]].state is EndpointState.DELETED
        assert (resent is Resent.IMPOSSIBLE) == deleted
        assert deleted or (resent is Resent.IN_FLIGHT) == (owed.leased_until is not None)
        if resent is Resent.BEGUN:
            owed.state, owed.failures, owed.not_before = DeliveryState.PENDING, 0, LONG_AGO

    @rule(data=st.data(), state=st.sampled_from([*EndpointState, EndpointState.ENABLED, EndpointState.ENABLED]))
    def an_endpoint_is_switched(self, data: st.DataObject, state: EndpointState) -> None:
        endpoint = self.endpoints[data.draw(st.sampled_from(sorted(self.endpoints)))]
        if endpoint.state is EndpointState.DELETED:
            return
        self.save(replace(endpoint, state=state))
        if state is EndpointState.DELETED:
            for owed in self.of_endpoint(endpoint.id):
                if owed.pending:
                    owed.state, owed.leased_until, owed.interrupted = DeliveryState.CANCELLED, None, False

    @rule(data=st.data(), policy=st.sampled_from(LanePolicy), window=st.integers(1, 3))
    def an_endpoint_is_changed(self, data: st.DataObject, policy: LanePolicy, window: int) -> None:
        endpoint = self.endpoints[data.draw(st.sampled_from(sorted(self.endpoints)))]
        if endpoint.state is not EndpointState.DELETED:
            self.save(replace(endpoint, lane_policy=policy, window=window))

    @rule()
    def the_process_crashes(self) -> None:
        self.do(self.house.crash())
        self.flying.clear()
        for owed in self.owed.values():
            if owed.leased_until is not None:
                owed.leased_until, owed.interrupted = None, True

    # -- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def two_of_one_lane_are_never_leased_together(self) -> None:
        leased = Counter(owed.lane for owed in self.owed.values() if owed.leased_until is not None)
        assert all(count == 1 for count in leased.values())

    @invariant()
    def next_due_is_when_the_next_claim_can_succeed(self) -> None:
        if any(owed.interrupted for owed in self.owed.values()):
            return
        due = self.do(self.house.ports.deliveries.next_due())
        times = [self.lane_due(lane) for lane in self.waiting_lanes()]
        assert (due is None) == (not times)
        if due is not None:
            assert max(due, self.now) == max(min(times), self.now)

    def teardown(self) -> None:
        try:
            if self.endpoints:
                self.everything_drains()
                self.the_log_agrees()
        finally:
            self.do(self.house.close())
            self.loop.close()
            shutil.rmtree(self.folder)

    def everything_drains(self) -> None:
        for endpoint in list(self.endpoints.values()):
            if endpoint.state is not EndpointState.DELETED:
                self.save(replace(endpoint, state=EndpointState.ENABLED))
        for _ in range(5 * len(self.owed) + 20):
            due = self.do(self.house.ports.deliveries.next_due())
            if due is None:
                break
            self.now = max(self.now, due)
            self.claim(100)
            self.settle(self.flying, Outcome.DELIVERED, self.now)
            self.flying = []
        assert not [owed for owed in self.owed.values() if owed.pending], "owed, and never to be sent"

    def the_log_agrees(self) -> None:
        for owed in self.owed.values():
            row = self.do(self.house.ports.history.delivery("mer_1", owed.id))
            assert row is not None
            assert (row.state, row.attempts, row.sequence) == (owed.state, owed.attempts, owed.sequence)
            assert (row.finished_at is None) == owed.pending
            attempts = self.do(self.house.ports.history.attempts("mer_1", owed.id))
            assert [attempt.number for attempt in attempts] == sorted(owed.logged)

    # -- the model ---------------------------------------------------------------------------------------------------

    def claim(self, total: int) -> None:
        taken = Counter(one.endpoint.id for one in self.flying)
        room = Space(total, taken)
        claimed = self.do(self.house.ports.deliveries.claim(self.now, self.now + LEASE, room))
        assert len(claimed) <= total
        must, may = self.claimable()
        for one in claimed:
            self.judge_claim(one)
        counts = Counter(one.endpoint.id for one in claimed)
        for endpoint in self.endpoints.values():
            left = room.left(endpoint.id, endpoint.window)
            assert counts[endpoint.id] <= left
            if len(claimed) < total:
                assert counts[endpoint.id] >= min(left, must[endpoint.id]), "something due was left lying"
                assert counts[endpoint.id] <= must[endpoint.id] + may[endpoint.id]
        self.flying += claimed

    def judge_claim(self, one: Claimed) -> None:
        owed = self.owed[one.id]
        endpoint = self.endpoints[owed.lane[0]]
        lane = [other for other in self.of_lane(owed.lane) if other is not owed and other.pending]
        begun_before = owed.interrupted or owed.leased_until is not None
        assert owed.pending
        assert endpoint.state is EndpointState.ENABLED
        assert owed.leased_until is None or owed.leased_until <= self.now, "leased twice"
        assert all(other.leased_until is None for other in lane), "two of one lane"
        assert owed.not_before <= self.now, "sent before its time"
        assert (one.attempt, one.failures) == (owed.attempts + 1, owed.failures)
        assert (one.endpoint, one.journey_id, one.sequence) == (endpoint, owed.lane[1], owed.sequence)
        assert (one.body, one.client_secret) == (owed.body, "dks_mer_1_secret")
        if not begun_before:
            earlier = [other for other in lane if other.sequence < owed.sequence]
            if endpoint.lane_policy is LanePolicy.STRICT:
                assert not earlier, "overtaken in a strict lane"
            if owed.attempts == 0:
                assert all(other.attempts for other in earlier), "a first attempt overtook another"
        owed.attempts += 1
        owed.leased_until, owed.interrupted = self.now + LEASE, False

    def settle(self, ended: list[Claimed], outcome: Outcome, retry_at: datetime) -> None:
        when = retry_at if outcome is Outcome.RETRY else None
        self.do(self.house.ports.deliveries.settle([settled(one, outcome, self.now, when) for one in ended], self.now))
        for one in ended:
            owed = self.owed[one.id]
            owed.logged.append(one.attempt)
            endpoint = self.endpoints[owed.lane[0]]
            if outcome is Outcome.GONE and endpoint.state is EndpointState.ENABLED:
                gone = replace(endpoint, state=EndpointState.DISABLED, disabled_reason="gone", updated_at=self.now)
                self.endpoints[endpoint.id] = gone
            had_arrived, owed.arrived = owed.arrived, owed.arrived or outcome is Outcome.DELIVERED
            if not owed.pending or (owed.attempts != one.attempt and outcome is not Outcome.DELIVERED):
                continue  # too late: cancelled, or another attempt is under way; but what did arrive is delivered
            owed.leased_until = None
            owed.state = FINISHED.get(outcome, DeliveryState.PENDING)
            if outcome is Outcome.GIVEN_UP and had_arrived:
                owed.state = DeliveryState.DELIVERED  # a resend that fails does not undo it
            if outcome is Outcome.RETRY:
                owed.not_before, owed.failures = retry_at, owed.failures + 1
            if outcome is Outcome.GONE:
                owed.not_before = LONG_AGO

    def save(self, endpoint: Endpoint) -> None:
        after = replace(endpoint, updated_at=self.now)
        self.do(put_settings(self.house.ports.endpoints, after, self.now))
        self.endpoints[endpoint.id] = after

    def claimable(self) -> tuple[Counter[str], Counter[str]]:
        """Lanes per endpoint from which something must, or may, be claimed now."""
        must: Counter[str] = Counter()
        may: Counter[str] = Counter()
        for lane in self.waiting_lanes():
            if any(owed.interrupted for owed in self.of_lane(lane)):
                may[lane[0]] += 1
            elif self.lane_due(lane) <= self.now:
                must[lane[0]] += 1
        return must, may

    def waiting_lanes(self) -> list[Lane]:
        enabled = {e.id for e in self.endpoints.values() if e.state is EndpointState.ENABLED}
        return sorted({owed.lane for owed in self.owed.values() if owed.pending and owed.lane[0] in enabled})

    def lane_due(self, lane: Lane) -> datetime:
        """When the policy lets something of this lane go."""
        pending = sorted((owed for owed in self.of_lane(lane) if owed.pending), key=lambda owed: owed.sequence)
        leased = [owed.leased_until for owed in pending if owed.leased_until is not None]
        if leased:
            return leased[0]
        if self.endpoints[lane[0]].lane_policy is LanePolicy.STRICT:
            return pending[0].not_before
        return min(owed.not_before for owed in pending)

    def of_lane(self, lane: Lane) -> list[Owed]:
        return [owed for owed in self.owed.values() if owed.lane == lane]

    def of_endpoint(self, endpoint_id: str) -> list[Owed]:
        return [owed for owed in self.owed.values() if owed.lane[0] == endpoint_id]


@pytest.mark.parametrize("house_name", sorted(HOUSES))
def test_whatever_happens_lanes_keep_their_order_and_lose_nothing(house_name: str) -> None:
    machine = type("LanesOfOneHouse", (Lanes,), {"house_name": house_name})
    checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=checks),
    )
