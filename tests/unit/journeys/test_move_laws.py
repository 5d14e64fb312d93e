"""No sequence of signals, legal or not, breaks the rules of a KYC Link."""

from datetime import datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dastak.journeys.errors import JourneyError
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.move import Happening, move, payload
from dastak.journeys.kyc_link.progress import steps_of
from dastak.journeys.kyc_link.signal import (
    AadhaarAbandoned,
    AadhaarStarted,
    CheckFailed,
    CheckPassed,
    LinkCancelled,
    LinkExpired,
    Signal,
)
from dastak.journeys.tally import newly
from dastak_sdk import CheckStatus, CheckType, EventType, FormStatus
from unit.journeys.people import END, NOW, a_link, a_session, check_types, templates

TERMINAL = {EventType.KYC_LINK_SUCCESS, EventType.KYC_LINK_EXPIRED}
OPEN = {CheckStatus.RECEIVED, CheckStatus.FAILED}


class AnyLife(RuleBasedStateMachine):
    """One link, signals in any order at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.runs = 0
        self.heard: list[Happening] = []
        self.link: KycLink = a_link()
        self.counted: list[str] = []
        self.performed: dict[CheckType, list[int]] = {}

    @initialize(checks=templates, max_tries=st.integers(1, 4))
    def begin(self, checks: tuple[CheckType, ...], max_tries: int) -> None:
        self.link = a_link(*(Check(type_) for type_ in checks), max_tries=max_tries)

    @rule(type_=check_types)
    def a_check_passes(self, type_: CheckType) -> None:
        self.runs += 1
        self.answer(CheckPassed(type_, self.runs, {"of": type_.value}))

    @rule(type_=check_types)
    def a_check_fails(self, type_: CheckType) -> None:
        self.runs += 1
        self.answer(CheckFailed(type_, self.runs, "no"))

    @rule()
    def aadhaar_starts(self) -> None:
        self.answer(AadhaarStarted(a_session()))

    @rule()
    def aadhaar_is_abandoned(self) -> None:
        self.answer(AadhaarAbandoned())

    @rule()
    def the_merchant_cancels(self) -> None:
        self.answer(LinkCancelled())

    @rule()
    def the_clock_says_it_is_over(self) -> None:
        self.answer(LinkExpired())

    @rule(span=st.sampled_from([timedelta(minutes=1), timedelta(hours=20), END - NOW]))
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    def answer(self, signal: Signal) -> None:
        """Send the signal; a refusal must leave everything as it was, a move must be heard exactly where it should."""
        before = self.link
        try:
            moved = move(before, signal, self.now)
        except JourneyError:
            event(f"{signal.kind.value} refused")
            assert self.link == before
            return
        assert before.form_status is FormStatus.RECEIVED, "a finished link moved"
        performed = isinstance(signal, CheckPassed | CheckFailed)
        assert bool(moved.happenings) == (performed or isinstance(signal, LinkExpired | LinkCancelled))
        if isinstance(signal, LinkExpired):
            assert self.now >= before.expires_at
        elif not isinstance(signal, LinkCancelled):
            assert self.now < before.expires_at
        if isinstance(signal, CheckPassed | CheckFailed):
            self.performed.setdefault(signal.type, []).append(signal.reference_id)
            assert moved.happenings[0].type is EventType.KYC_LINK_ACTION_PERFORMED
            assert moved.happenings[0].data.form_status == "RECEIVED"
        assert all(happening.at == self.now for happening in moved.happenings)
        self.counted += newly(steps_of(before), steps_of(moved.link))
        self.link = moved.link
        self.heard += moved.happenings
        if moved.happenings:
            assert moved.happenings[-1].data == payload(self.link), "the last event says something else than the link"

    @invariant()
    def events_are_numbered_from_one_without_a_gap(self) -> None:
        assert [happening.sequence for happening in self.heard] == list(range(1, len(self.heard) + 1))
        assert self.link.sequence == len(self.heard)

    @invariant()
    def a_link_is_counted_once_for_each_step_that_it_came_to(self) -> None:
        assert sorted(("created", *self.counted)) == sorted(steps_of(self.link))

    @invariant()
    def at_most_one_event_ends_the_link_and_it_is_the_last(self) -> None:
        ends = [happening.type in TERMINAL for happening in self.heard]
        assert sum(ends) <= 1
        assert not any(ends[:-1])
        assert any(ends) == (self.link.form_status is not FormStatus.RECEIVED)

    @invariant()
    def one_event_per_performed_check(self) -> None:
        told = [happening for happening in self.heard if happening.type is EventType.KYC_LINK_ACTION_PERFORMED]
        assert len(told) == sum(len(runs) for runs in self.performed.values())

    @invariant()
    def reference_ids_are_zero_exactly_while_never_performed_and_else_unique(self) -> None:
        for check in self.link.checks:
            runs = self.performed.get(check.type, [])
            assert check.reference_id == (runs[-1] if runs else 0)
            assert (check.reference_id == 0) == (check.tries == 0)
        given_out = [check.reference_id for check in self.link.checks if check.reference_id]
        assert len(set(given_out)) == len(given_out)

    @invariant()
    def tries_are_bounded_and_counted(self) -> None:
        for check in self.link.checks:
            assert check.tries == len(self.performed.get(check.type, []))
            assert check.tries <= self.link.max_tries

    @invariant()
    def the_form_succeeds_exactly_when_every_check_has(self) -> None:
        all_done = all(check.status is CheckStatus.SUCCESS for check in self.link.checks)
        assert (self.link.form_status is FormStatus.SUCCESS) == all_done

    @invariant()
    def checks_expire_only_with_their_link_and_only_if_never_performed(self) -> None:
        for check in self.link.checks:
            if check.status is CheckStatus.EXPIRED:
                assert self.link.form_status is FormStatus.EXPIRED
                assert check.tries == 0
            if self.link.form_status is FormStatus.EXPIRED:
                assert check.status is not CheckStatus.RECEIVED

    @invariant()
    def a_session_is_open_only_on_an_open_check_of_an_open_link(self) -> None:
        for check in self.link.checks:
            if check.aadhaar is not None:
                assert check.status in OPEN
                assert self.link.form_status is FormStatus.RECEIVED

    @invariant()
    def what_identifies_the_link_never_changes(self) -> None:
        assert (self.link.id, self.link.verification_id, self.link.reference_id) == (
            "jrn_1",
            "testverificationid",
            235461,
        )
        assert self.link.expires_at == END

    @invariant()
    def the_next_check_is_one_that_takes_a_pass(self) -> None:
        following = self.link.next_check()
        if following is not None and self.link.form_status is FormStatus.RECEIVED and self.now < END:
            assert move(self.link, CheckPassed(following.type, self.runs + 1), self.now).happenings


TestAnyLife = AnyLife.TestCase


@given(checks=templates, data=st.data())
def test_whatever_the_order_all_passes_end_in_success(checks: tuple[CheckType, ...], data: st.DataObject) -> None:
    link = a_link(*(Check(type_) for type_ in checks))
    heard: list[EventType] = []
    for number, type_ in enumerate(data.draw(st.permutations(checks)), start=1):
        moved = move(link, CheckPassed(type_, number), NOW)
        link = moved.link
        heard += [happening.type for happening in moved.happenings]
    assert heard == [EventType.KYC_LINK_ACTION_PERFORMED] * len(checks) + [EventType.KYC_LINK_SUCCESS]
    assert [check.type for check in link.checks] == list(checks), "the template's order is kept"
