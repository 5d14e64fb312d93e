"""No sequence of signals, legal or not, breaks the rules of a Video KYC, and none leaves a case stuck."""

from datetime import datetime, timedelta

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dastak.journeys.errors import JourneyError
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.tally import newly
from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.move import Happening, begin, move, payload
from dastak.journeys.video_kyc.progress import steps_of
from dastak.journeys.video_kyc.signal import (
    AadhaarAbandoned,
    AadhaarFailed,
    AadhaarPassed,
    AadhaarStarted,
    Accepted,
    AgentDecided,
    AuditorDecided,
    Away,
    Booked,
    Cancelled,
    Composed,
    Consented,
    Detailed,
    Examined,
    Joined,
    Kind,
    LeftCall,
    LeftQueue,
    LivenessJudged,
    LivenessMade,
    Noted,
    PrecheckFailed,
    PrecheckPassed,
    QuestionJudged,
    Queued,
    Recorded,
    Released,
    Signal,
    StillTaken,
    TimeUp,
    Unbooked,
)
from dastak.journeys.video_kyc.table import EVENTS, FINAL, PRECHECK_FAILURES, STAGES, TABLE, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak_sdk import EVENT_TYPES, SUB_STATUSES
from unit.journeys.video_kyc.cases import (
    END,
    NOW,
    RECORDING,
    a_case,
    a_still,
    device,
    ip,
    liveness,
    place,
    whole_interview,
)

OPERATORS = ("opr_1", "opr_2", "opr_3")
CALLS = st.integers(0, 3)
HEARTBEATS = frozenset({Kind.JOINED, Kind.AWAY})


class AnyLife(RuleBasedStateMachine):
    """One case, signals in any order at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        first = begin(a_case(), NOW)
        self.case: VideoKyc = first.case
        self.heard: list[Happening] = [*first.happenings]
        self.counted: list[str] = []
        self.accepted = 0

    @initialize(given=st.booleans(), head_start=st.sampled_from(["none", "ready", "in call", "decided"]))
    def begins(self, given: bool, head_start: str) -> None:
        first = begin(a_case(given=given), NOW)
        self.case, self.heard = first.case, [*first.happenings]
        if head_start != "none":
            self.everything_before_the_queue()
        if head_start in {"in call", "decided"}:
            self.the_customer_queues()
            self.an_agent_accepts("opr_1")
            self.somebody_joins(Party.CUSTOMER, 0)
            self.somebody_joins(Party.AGENT, 0)
        if head_start == "decided":
            for signal in whole_interview(self.now):
                self.answer(signal)
            self.an_agent_decides("opr_1", True, None)

    @rule()
    def everything_before_the_queue(self) -> None:
        for signal in (Consented(), Detailed({"gender": "Other"}), AadhaarPassed({})):
            self.answer(signal)
        for facts in (ip(self.now), place(self.now), device(self.now)):
            self.answer(PrecheckPassed(facts))

    @rule(which=st.integers(0, 4))
    def aadhaar(self, which: int) -> None:
        session = AadhaarSession("ref", "3712", self.now)
        signals: tuple[Signal, ...] = (
            AadhaarStarted(session),
            AadhaarAbandoned(),
            AadhaarPassed({}),
            AadhaarFailed("no"),
            Consented(),
        )
        self.answer(signals[which])

    @rule(check=st.sampled_from(Precheck), sub_status=st.sampled_from(sorted(PRECHECK_FAILURES)))
    def a_precheck_fails(self, check: Precheck, sub_status: str) -> None:
        self.answer(PrecheckFailed(check, sub_status))

    @rule(slots=st.integers(-2, 200))
    def a_slot_is_booked(self, slots: int) -> None:
        base = NOW + SLOT * int((self.now - NOW) / SLOT)
        self.answer(Booked(base + SLOT * slots))

    @rule()
    def the_booking_is_given_back(self) -> None:
        self.answer(Unbooked())

    @rule()
    def the_customer_queues(self) -> None:
        self.answer(Queued())

    @rule()
    def the_customer_leaves_the_queue(self) -> None:
        self.answer(LeftQueue())

    @rule(agent=st.sampled_from(OPERATORS))
    def an_agent_accepts(self, agent: str) -> None:
        self.accepted += 1
        self.answer(Accepted(f"call_{self.accepted}", agent))

    @rule(party=st.sampled_from(Party), back=CALLS)
    def somebody_joins(self, party: Party, back: int) -> None:
        self.answer(Joined(party, self.call(back)))

    @rule(party=st.sampled_from(Party), back=CALLS)
    def somebody_is_lost(self, party: Party, back: int) -> None:
        self.answer(Away(party, self.call(back)))

    @rule(back=CALLS, by_agent=st.booleans())
    def somebody_ends_it(self, back: int, by_agent: bool) -> None:
        self.answer(Released(self.call(back)) if by_agent else LeftCall(self.call(back)))

    @rule(which=st.integers(0, 4))
    def the_agent_works(self, which: int) -> None:
        signals: tuple[Signal, ...] = (
            QuestionJudged(1, passed=True),
            LivenessMade(liveness(self.now)),
            LivenessJudged("code", passed=True),
            StillTaken(a_still(StillKind.PAN, "stl_pan", self.now)),
            Noted("n"),
        )
        self.answer(signals[which])

    @rule(agent=st.sampled_from(OPERATORS), approved=st.booleans(), reason=st.sampled_from([None, "Other"]))
    def an_agent_decides(self, agent: str, approved: bool, reason: str | None) -> None:
        self.answer(AgentDecided(agent, approved, None, reason, RECORDING))

    @rule(auditor=st.sampled_from(OPERATORS), approved=st.booleans())
    def an_auditor_decides(self, auditor: str, approved: bool) -> None:
        before = self.case
        self.answer(AuditorDecided(auditor, approved, None, "Other"))
        if self.case.auditor is not None and before.auditor is None:
            assert auditor not in before.agent_ids

    @rule(which=st.integers(0, 2), back=CALLS)
    def something_is_written_down(self, which: int, back: int) -> None:
        signals: tuple[Signal, ...] = (
            Recorded(self.call(back), "rec/x"),
            Composed("rec/x.mp4", "cd" * 32),
            Examined("stl_pan", {"k": "v"}),
        )
        self.answer(signals[which])

    @rule()
    def the_clock_strikes(self) -> None:
        self.answer(TimeUp())

    @rule()
    def the_clock_strikes_when_it_is_due(self) -> None:
        if self.case.due_at is not None:
            self.now = max(self.now, self.case.due_at)
            before = self.case
            self.answer(TimeUp())
            assert self.case != before, "the clock did nothing when it was due"

    @rule(chance=st.integers(0, 30))
    def the_merchant_cancels(self, chance: int) -> None:
        if chance == 0:
            self.answer(Cancelled())

    @rule(span=st.sampled_from([1, 19, 60, 100, 15 * 60, 3600, 5 * 3600, 86400]))
    def time_passes(self, span: int) -> None:
        self.now += timedelta(seconds=span)

    def call(self, back: int) -> str:
        """One of the latest calls' ids."""
        return f"call_{max(1, self.accepted - back)}"

    def answer(self, signal: Signal) -> None:
        """Send the signal: refused, it changes nothing; taken, it is told exactly when the table says so."""
        before, stage = self.case, STAGES[self.case.sub_status]
        try:
            moved = move(before, signal, self.now)
        except JourneyError as error:
            self.refused(signal, error, before)
            return
        event(f"{stage.value} {signal.kind.value}")
        after = moved.case
        assert STAGES[after.sub_status] in TABLE[stage][signal.kind]
        assert len(moved.happenings) <= 1
        for happening in moved.happenings:
            assert happening.type is EVENTS[after.sub_status]
            assert happening.data == payload(after), "the event says something else than the case"
            assert happening.at == self.now
        if STAGES[after.sub_status] is not stage and after.sub_status in EVENTS and not moved.happenings:
            assert after.sub_status in {"LINK_GENERATED", "AADHAAR_VERIFICATION_SUCCESS", "USER_MEETING_SCHEDULED"}, (
                "only falling back on finished steps is not told again"
            )
        self.repeated(signal, after)
        self.counted += newly(steps_of(before), steps_of(after))
        self.case = after
        self.heard += moved.happenings

    @invariant()
    def a_case_is_counted_once_at_most_for_each_step(self) -> None:
        assert len(set(self.counted)) == len(self.counted)
        assert set(steps_of(self.case)) <= {"created", *self.counted}

    def refused(self, signal: Signal, error: JourneyError, before: VideoKyc) -> None:
        """A refusal is in words that its sender understands, and changes nothing."""
        event(f"{signal.kind.value} refused: {error.code}")
        assert error.code != "illegal_signal" or isinstance(signal, TimeUp), error
        assert self.case == before

    def repeated(self, signal: Signal, after: VideoKyc) -> None:
        """The same signal at once again is either refused, or tells nothing; a performed Aadhaar check is another one."""
        if isinstance(signal, AadhaarFailed | TimeUp):
            return
        try:
            again = move(after, signal, self.now)
        except JourneyError:
            return
        assert not again.happenings, f"{signal.kind.value} was told twice"
        assert again.case.sub_status == after.sub_status

    @invariant()
    def status_and_sub_status_belong_together(self) -> None:
        assert self.case.status is SUB_STATUSES[self.case.sub_status].status

    @invariant()
    def events_are_numbered_from_one_without_a_gap(self) -> None:
        assert [happening.sequence for happening in self.heard] == list(range(1, len(self.heard) + 1))
        assert self.case.sequence == len(self.heard)

    @invariant()
    def every_event_carries_what_the_catalogue_allows_and_nulls_by_the_field_table(self) -> None:
        for happening in self.heard[-1:]:
            spec, data = EVENT_TYPES[happening.type.value], happening.data
            assert data.sub_status in {each.name for each in spec.sub_statuses}
            completed = self.case.agent is not None
            assert (data.recording_link is not None) == (data.agent_remarks is not None)
            if not completed:
                assert data.recording_link is None
            assert data.auditor_remarks is None or data.status == "AUDITOR_REVIEWED"

    @invariant()
    def the_case_holds_together(self) -> None:
        stage = STAGES[self.case.sub_status]
        assert (self.case.queue is not None) == (stage is Stage.WAITING)
        assert (self.case.call is not None) == (stage in {Stage.ASSIGNED, Stage.IN_CALL})
        assert (self.case.due_at is None) == (stage in FINAL)
        assert (self.case.agent is not None) == (self.case.recording is not None)
        if stage is Stage.SCHEDULED:
            assert self.case.schedule is not None
        if stage in FINAL | {Stage.IN_CALL, Stage.DROPPED, Stage.DECIDED}:
            assert self.case.schedule is None
        if stage in FINAL:
            assert self.case.aadhaar.session is None
        if stage in {Stage.WAITING, Stage.ASSIGNED, Stage.IN_CALL}:
            assert missing_for_call(self.case, NOW) == ()
        assert all(call.ended_at is not None for call in self.case.calls[:-1])

    @invariant()
    def the_clock_alone_ends_the_case(self) -> None:
        case, steps, now = self.case, 0, self.now
        while case.due_at is not None:
            now = max(now, case.due_at)
            after = move(case, TimeUp(), now).case
            assert after.due_at is None or after.due_at > case.due_at or after.sub_status != case.sub_status
            case, steps = after, steps + 1
            assert steps < 12, "the clock goes round in circles"
        assert STAGES[case.sub_status] in FINAL
        assert now <= max(END, self.now) + timedelta(days=8)

    @invariant()
    def what_identifies_the_case_never_changes(self) -> None:
        assert (self.case.id, self.case.verification_id, self.case.reference_id) == ("jrn_1", "test333", 10449)
        assert self.case.expires_at == END


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
