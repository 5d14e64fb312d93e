"""The table of Video KYC is whole, and the move keeps to it."""

from datetime import timedelta

import pytest

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.move import move
from dastak.journeys.video_kyc.signal import (
    AadhaarAbandoned,
    AadhaarFailed,
    AadhaarPassed,
    AadhaarStarted,
    Accepted,
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
from dastak.journeys.video_kyc.table import EVENTS, FINAL, PRECHECK_FAILURES, PRECHECK_PASSES, STAGES, TABLE, Stage
from dastak_sdk import EVENT_TYPES, SUB_STATUSES, EventType, Product, VideoKycStatus
from unit.journeys.video_kyc.cases import (
    NOW,
    SLOT_AT,
    WAYS,
    a_session,
    a_still,
    approval,
    case_at,
    ip,
    liveness,
    review,
)

ONE_OF_EACH: tuple[Signal, ...] = (
    Consented(),
    Detailed({"gender": "Female"}),
    AadhaarStarted(a_session()),
    AadhaarAbandoned(),
    AadhaarPassed({}),
    AadhaarFailed("no"),
    PrecheckPassed(ip()),
    PrecheckFailed(Precheck.DEVICE, "USER_VIDEO_CHECK_FAILED"),
    Booked(SLOT_AT + timedelta(hours=1)),
    Unbooked(),
    Queued(),
    LeftQueue(),
    Accepted("call_9", "opr_9"),
    Joined(Party.AGENT, "call_1"),
    Away(Party.AGENT, "call_1"),
    LeftCall("call_1"),
    Released("call_1"),
    QuestionJudged(1, passed=False),
    LivenessMade(liveness()),
    LivenessJudged("code", passed=True),
    StillTaken(a_still(StillKind.PAN, "stl_9")),
    Noted("n"),
    approval(),
    review(),
    Recorded("call_1", "rec/1"),
    Composed("rec/1.mp4", "cd" * 32),
    Examined("stl_pan", {"pan": "XXXXX1234X"}),
    Cancelled(),
    TimeUp(),
)

NEVER_MADE = {"INSUFFICIENT_BALANCE"}
"""Nobody has a balance here, and the contract makes no case of it."""


def test_there_is_one_signal_of_each_kind_here() -> None:
    assert [signal.kind for signal in ONE_OF_EACH] == list(Kind)


def test_every_sub_status_has_a_stage_and_every_stage_a_row() -> None:
    assert STAGES.keys() == SUB_STATUSES.keys() - NEVER_MADE
    assert TABLE.keys() == set(Stage) == set(STAGES.values())


def test_a_stage_belongs_to_one_status() -> None:
    for stage in Stage:
        statuses = {SUB_STATUSES[name].status for name, its in STAGES.items() if its is stage}
        assert len(statuses) == 1, stage
    assert {SUB_STATUSES[name].status for name in STAGES} == set(VideoKycStatus) - {VideoKycStatus.REJECTED}


def test_events_are_those_of_the_catalogue_and_carry_only_what_it_says() -> None:
    for sub_status, type_ in EVENTS.items():
        assert sub_status in {each.name for each in EVENT_TYPES[type_.value].sub_statuses}
    ten = {EventType(name) for name, spec in EVENT_TYPES.items() if spec.product is Product.VIDEO_KYC}
    assert set(EVENTS.values()) == ten
    assert len(ten) == 10


def test_every_failure_of_a_precheck_is_told_and_no_pass_is() -> None:
    assert {EVENTS[name] for name in PRECHECK_FAILURES} == {EventType.VKYC_USER_PRECHECK_FAILED}
    assert not set(PRECHECK_PASSES.values()) & EVENTS.keys()


def test_final_stages_only_take_what_is_still_written_down_and_stay() -> None:
    for stage in FINAL:
        assert TABLE[stage].keys() <= {Kind.RECORDED, Kind.COMPOSED, Kind.EXAMINED}
        assert all(outcomes == (stage,) for outcomes in TABLE[stage].values())


def test_every_stage_that_is_not_final_has_a_way_out_on_the_clock() -> None:
    for stage in set(Stage) - FINAL:
        assert Kind.TIME_UP in TABLE[stage], stage


def test_the_ways_lead_where_they_say() -> None:
    for stage in WAYS:
        assert STAGES[case_at(stage).sub_status] is stage


@pytest.mark.parametrize("stage", WAYS)
@pytest.mark.parametrize("signal", ONE_OF_EACH, ids=lambda signal: signal.kind.value)
def test_a_pair_outside_the_table_raises_and_a_pair_inside_leads_where_the_table_says(
    stage: Stage, signal: Signal
) -> None:
    case = case_at(stage)
    outcomes = TABLE[stage].get(signal.kind)
    try:
        moved = move(case, signal, NOW)
    except JourneyError:
        assert case == case_at(stage), "a refused signal changed the case"
        return
    assert outcomes is not None, "an illegal pair was taken"
    assert STAGES[moved.case.sub_status] in outcomes
    assert moved.case.status is SUB_STATUSES[moved.case.sub_status].status
