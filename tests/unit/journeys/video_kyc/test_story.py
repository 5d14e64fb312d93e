"""What merchants hear of a Video KYC, signal by signal, to the letter of the contract's samples."""

from datetime import timedelta

import pytest

from dastak.journeys.errors import IllegalSignal
from dastak.journeys.video_kyc.call import CallEnd, Party
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.clock import AGENT_GRACE, CUSTOMER_GRACE
from dastak.journeys.video_kyc.errors import (
    AlreadyDecided,
    AuditorIsAgent,
    CaseClosed,
    NotReady,
    NotWaiting,
    NotYours,
    RecordedElsewhere,
    SlotUnavailable,
    StepClosed,
)
from dastak.journeys.video_kyc.in_call import missing_for_approval
from dastak.journeys.video_kyc.move import Happening, begin, move, payload
from dastak.journeys.video_kyc.precheck import judge_location
from dastak.journeys.video_kyc.signal import (
    AadhaarFailed,
    Accepted,
    AgentDecided,
    AuditorDecided,
    Away,
    Booked,
    Cancelled,
    Composed,
    Consented,
    Detailed,
    Joined,
    LeftCall,
    LeftQueue,
    PrecheckFailed,
    PrecheckPassed,
    QuestionJudged,
    Queued,
    Recorded,
    Released,
    TimeUp,
    Unbooked,
)
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import Priority
from unit.journeys.video_kyc.cases import (
    AGENT,
    AUDITOR,
    END,
    IN_CALL,
    LINK,
    NOW,
    OTHER_AGENT,
    READY,
    RECORDING,
    SLOT_AT,
    a_case,
    after,
    approval,
    begun,
    case_at,
    device,
    joined,
    minutes,
    prechecks,
    review,
    told,
    whole_interview,
)


def test_the_good_journey_tells_its_events_in_order_with_the_contract_s_fields() -> None:
    first = begin(a_case(), NOW)
    case, heard = told(first.case, (*IN_CALL, *whole_interview(), approval(), review()))
    everything = (*first.happenings, *heard)
    assert [(one.type.value, one.data.status, one.data.sub_status) for one in everything] == [
        ("VKYC_USER_LINK_GENERATED", "RECEIVED", "LINK_GENERATED"),
        ("VKYC_USER_AADHAAR_VERIFIED", "PRE_VIDEO_CALL", "AADHAAR_VERIFICATION_SUCCESS"),
        ("VKYC_USER_CALL_QUEUED", "PRE_VIDEO_CALL", "USER_QUEUED"),
        ("VKYC_USER_CALL_STARTED", "VIDEO_CALL", "USER_ACCEPTED_MEETING"),
        ("VKYC_USER_CALL_COMPLETED", "POST_VIDEO_CALL", "AGENT_APPROVED"),
        ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_REVIEWED", "AUDITOR_APPROVED"),
    ]
    assert [one.sequence for one in everything] == [1, 2, 3, 4, 5, 6]
    assert case.due_at is None
    assert everything[-1].data.to_json() == {
        "verification_id": "test333",
        "reference_id": 10449,
        "user_reference_id": 10259,
        "user_id": "test11",
        "status": "AUDITOR_REVIEWED",
        "sub_status": "AUDITOR_APPROVED",
        "vkyc_link": LINK,
        "link_expiry": "2026-02-09",
        "recording_link": RECORDING,
        "meeting_schedule": None,
        "auditor_remarks": "Looks Good",
        "agent_remarks": "Good to go",
    }


def test_before_the_call_is_completed_recording_and_remarks_are_null() -> None:
    _, heard = told(begun(), IN_CALL)
    for one in heard:
        assert (one.data.recording_link, one.data.agent_remarks, one.data.auditor_remarks) == (None, None, None)


def test_the_auditor_s_remarks_are_null_until_the_review() -> None:
    data = payload(case_at(Stage.DECIDED))
    assert (data.recording_link, data.agent_remarks, data.auditor_remarks) == (RECORDING, "Good to go", None)


def test_a_rejection_without_remarks_tells_its_reason() -> None:
    rejected = AgentDecided(AGENT, approved=False, remarks=None, reason="Fraud suspected", recording_link=RECORDING)
    case, heard = told(case_at(Stage.IN_CALL), (rejected,))
    assert (heard[0].type.value, heard[0].data.sub_status) == ("VKYC_USER_CALL_COMPLETED", "AGENT_REJECTED")
    assert heard[0].data.agent_remarks == "Fraud suspected"
    refused = AuditorDecided(AUDITOR, approved=False, remarks="See minute 2", reason="Fraud suspected")
    _, heard = told(case, (refused,))
    assert heard[0].data.sub_status == "AUDITOR_REJECTED"
    assert heard[0].data.auditor_remarks == "See minute 2"


def test_a_booking_is_told_with_its_time_in_utc_and_shown_while_it_lives() -> None:
    case, heard = told(begun(given=True), (Consented(), Detailed({"gender": "Male"}), Booked(SLOT_AT)))
    assert [(one.type.value, one.data.sub_status) for one in heard] == [
        ("VKYC_USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED")
    ]
    assert heard[0].data.meeting_schedule == "2026-01-11T05:00:00Z"
    early = SLOT_AT - minutes(5)
    case, heard = told(case, (*prechecks(early), Queued()), early)
    assert [(one.type.value, one.data.sub_status) for one in heard] == [
        ("VKYC_USER_CALL_QUEUED", "SCHEDULED_USER_QUEUED")
    ]
    assert heard[0].data.meeting_schedule == "2026-01-11T05:00:00Z"
    _, heard = told(case, (Accepted("call_1", AGENT), *joined()), SLOT_AT)
    assert heard[0].data.meeting_schedule is None


def test_whoever_booked_waits_before_those_who_did_not() -> None:
    early = SLOT_AT - minutes(5)
    case = after(after(begun(), (*READY, Booked(SLOT_AT))), (*prechecks(early), Queued()), early)
    assert case.queue is not None
    assert case.queue.priority is Priority.AHEAD
    assert case.queue.priority < Priority.ORDINARY


def test_starting_now_long_before_the_slot_gives_the_booking_back() -> None:
    case = after(case_at(Stage.SCHEDULED), (Queued(),))
    assert case.sub_status == "USER_QUEUED"
    assert case.schedule is None


def test_booking_anew_is_told_and_the_same_slot_twice_is_not() -> None:
    later = SLOT_AT + minutes(15)
    _, heard = told(case_at(Stage.SCHEDULED), (Booked(SLOT_AT), Booked(later), Booked(later)))
    assert [one.data.meeting_schedule for one in heard] == ["2026-01-11T05:15:00Z"]


@pytest.mark.parametrize(
    "at", [NOW, NOW - minutes(30), SLOT_AT + minutes(1), END, END - minutes(15) + timedelta(seconds=1)]
)
def test_a_slot_must_be_to_come_on_the_quarter_and_within_the_link_s_life(at: object) -> None:
    with pytest.raises(SlotUnavailable):
        move(case_at(Stage.PREPARING), Booked(at), NOW)  # type: ignore[arg-type]


def test_a_booking_given_back_leaves_the_case_where_its_finished_steps_had_brought_it() -> None:
    case, heard = told(case_at(Stage.SCHEDULED), (Unbooked(),))
    assert (case.sub_status, case.schedule, heard) == ("USER_DEVICE_CHECK_SUCCESS", None, [])


def test_nobody_comes_to_the_slot_and_the_customer_can_start_or_book_anew() -> None:
    case = case_at(Stage.SCHEDULED)
    assert case.due_at == SLOT_AT - minutes(30)
    case = after(case, (TimeUp(),), SLOT_AT - minutes(30))
    assert case.sub_status == "USER_MEETING_SCHEDULED"
    assert case.due_at == SLOT_AT + minutes(15)
    case = after(case, (TimeUp(),), SLOT_AT + minutes(15))
    assert case.sub_status == "USER_DEVICE_CHECK_SUCCESS"
    assert case.schedule is None
    assert case.timeline[-1].what == "no_show"
    assert move(case, Booked(SLOT_AT + minutes(30)), SLOT_AT + minutes(15)).happenings


@pytest.mark.parametrize(
    ("check", "sub_status"),
    [
        (Precheck.IP, "USER_PROXY_DETECTED"),
        (Precheck.LOCATION, "USER_LOCATION_OUTSIDE_INDIA"),
        (Precheck.LOCATION, "USER_LOCATION_PERMISSION_DISABLED"),
        (Precheck.DEVICE, "USER_AUDIO_CHECK_FAILED"),
        (Precheck.DEVICE, "USER_VIDEO_CHECK_FAILED"),
        (Precheck.DEVICE, "TECHNICAL_FAILURE"),
    ],
)
def test_a_failed_precheck_is_told_once_and_must_be_passed_before_the_queue(check: Precheck, sub_status: str) -> None:
    failed = PrecheckFailed(check, sub_status)
    case, heard = told(case_at(Stage.PREPARING), (failed, failed))
    assert [(one.type.value, one.data.sub_status) for one in heard] == [("VKYC_USER_PRECHECK_FAILED", sub_status)]
    with pytest.raises(NotReady) as refused:
        move(case, Queued(), NOW)
    assert refused.value.missing == (check.value,)
    assert after(case, (*prechecks(), Queued())).sub_status == "USER_QUEUED"


def test_a_precheck_cannot_fail_as_another_one() -> None:
    with pytest.raises(StepClosed):
        move(begun(), PrecheckFailed(Precheck.IP, "USER_AUDIO_CHECK_FAILED"), NOW)


def test_an_aadhaar_that_is_not_confirmed_is_told_each_time_until_no_try_is_left() -> None:
    case, heard = told(begun(), (AadhaarFailed("no"),) * 5)
    assert [one.data.sub_status for one in heard] == ["AADHAAR_VERIFICATION_FAILED"] * 5
    with pytest.raises(StepClosed):
        move(case, AadhaarFailed("no"), NOW)


def test_an_aadhaar_code_that_is_never_typed_expires() -> None:
    case = after(begun(), READY[:3])
    assert case.due_at == NOW + minutes(10)
    case, heard = told(case, (TimeUp(),), NOW + minutes(10))
    assert [one.data.sub_status for one in heard] == ["AADHAAR_VERIFICATION_EXPIRED"]
    assert case.aadhaar.session is None


def test_what_is_missing_for_the_queue_is_named_in_the_order_of_the_steps() -> None:
    case = after(begun(), (PrecheckPassed(device()),))
    with pytest.raises(NotReady) as refused:
        move(case, Queued(), NOW)
    assert refused.value.missing == ("consent", "details", "aadhaar", "ip", "location")


def test_aadhaar_details_from_the_merchant_skip_the_step() -> None:
    case = after(begun(given=True), (Consented(), Detailed({"gender": "Male"}), *prechecks(), Queued()))
    assert case.sub_status == "USER_QUEUED"


def test_prechecks_grow_old() -> None:
    with pytest.raises(NotReady):
        move(case_at(Stage.PREPARING), Queued(), NOW + timedelta(hours=4))


def test_a_customer_who_leaves_the_queue_comes_back_without_repeating_anything() -> None:
    case, heard = told(case_at(Stage.WAITING), (LeftQueue(), Queued()))
    assert [one.data.sub_status for one in heard] == ["USER_QUEUED"]
    assert case.queue is not None


def test_joining_the_queue_twice_is_joining_it_once() -> None:
    case, heard = told(case_at(Stage.WAITING), (Queued(),), NOW + minutes(1))
    assert case == case_at(Stage.WAITING)
    assert not heard


def test_nobody_takes_the_call_and_the_customer_is_told_so() -> None:
    case, heard = told(case_at(Stage.WAITING), (TimeUp(),), NOW + minutes(30))
    assert (case.sub_status, case.queue, heard) == ("NO_AGENT_FOUND", None, [])
    assert after(case, (Queued(),), NOW + minutes(31)).queue is not None


def test_only_one_agent_gets_the_customer() -> None:
    with pytest.raises(NotWaiting):
        move(case_at(Stage.ASSIGNED), Accepted("call_2", OTHER_AGENT), NOW)


def test_the_call_starts_once_when_both_are_there() -> None:
    case, heard = told(case_at(Stage.ASSIGNED), (Joined(Party.CUSTOMER, "call_1"), Joined(Party.CUSTOMER, "call_1")))
    assert not heard
    case, heard = told(case, (Joined(Party.AGENT, "call_1"), Joined(Party.AGENT, "call_1")))
    assert [one.type.value for one in heard] == ["VKYC_USER_CALL_STARTED"]


def test_a_customer_who_does_not_come_to_the_call_is_no_drop_off() -> None:
    case, heard = told(case_at(Stage.ASSIGNED), (TimeUp(),), NOW + timedelta(seconds=90))
    assert (case.sub_status, heard) == ("USER_DEVICE_CHECK_SUCCESS", [])
    assert case.calls[-1].end is CallEnd.CUSTOMER_ABSENT


def test_an_agent_who_does_not_come_sends_the_customer_to_the_front() -> None:
    case = after(case_at(Stage.ASSIGNED), (Joined(Party.CUSTOMER, "call_1"),))
    case, heard = told(case, (TimeUp(),), NOW + timedelta(seconds=90))
    assert [one.type.value for one in heard] == ["VKYC_USER_CALL_QUEUED"]
    assert case.queue is not None
    assert case.queue.priority is Priority.FRONT


def test_a_short_loss_of_the_customer_is_no_drop_off_and_a_longer_one_is() -> None:
    lost = after(case_at(Stage.IN_CALL), (Away(Party.CUSTOMER, "call_1"),))
    back = after(lost, (Joined(Party.CUSTOMER, "call_1"),), NOW + timedelta(seconds=5))
    with pytest.raises(IllegalSignal):
        move(back, TimeUp(), NOW + CUSTOMER_GRACE)
    case, heard = told(lost, (TimeUp(),), NOW + CUSTOMER_GRACE)
    assert [(one.type.value, one.data.status) for one in heard] == [("VKYC_USER_DROPOFF_FROM_CALL", "VIDEO_CALL")]
    assert case.calls[-1].end is CallEnd.CUSTOMER_LEFT


def test_a_drop_off_rejoins_ahead_of_the_queue_without_repeating_steps_but_the_interview_begins_anew() -> None:
    case = after(case_at(Stage.IN_CALL), (*whole_interview(), LeftCall("call_1")))
    prechecks = case.prechecks
    case, heard = told(case, (Queued(), Accepted("call_2", OTHER_AGENT), *joined("call_2")), NOW + minutes(2))
    assert [one.data.sub_status for one in heard] == ["USER_QUEUED", "USER_ACCEPTED_MEETING"]
    assert case.prechecks == prechecks
    assert [call.id for call in case.calls] == ["call_1", "call_2"]
    missing = ("question_1", "question_2", "liveness", "pan_still", "face_still")
    assert missing_for_approval(case) == missing, "the film is of call_2"


def test_a_place_outside_india_in_a_call_is_kept_and_stands_in_the_way_of_an_approval() -> None:
    case = after(case_at(Stage.IN_CALL), whole_interview())
    case, heard = told(case, (judge_location(25.2, 55.3, 20, NOW), judge_location(25.3, 55.3, 20, NOW)), NOW)
    assert (heard, STAGES[case.sub_status], missing_for_approval(case)) == ([], Stage.IN_CALL, ("location",))
    assert case.prechecks.abroad is not None
    assert case.prechecks.abroad.latitude == 25.3
    assert [entry.what for entry in case.timeline].count("outside_india") == 1
    with pytest.raises(NotReady):
        move(case, AgentDecided(AGENT, True, None, None, RECORDING), NOW)
    assert move(case, AgentDecided(AGENT, False, None, "Other", RECORDING), NOW).case.agent is not None
    back = after(case, (judge_location(18.5, 73.8, 20, NOW),))
    assert (missing_for_approval(back), back.prechecks.abroad) == ((), None)
    assert back.timeline[-1].what == "back_in_india"


def test_who_was_outside_india_when_a_call_broke_off_is_checked_anew_before_the_next() -> None:
    case = after(case_at(Stage.IN_CALL), (judge_location(25.2, 55.3, 20, NOW), LeftCall("call_1")))
    with pytest.raises(NotReady) as refused:
        move(case, Queued(), NOW)
    assert refused.value.missing == ("location",)
    assert after(case, (judge_location(18.5, 73.8, 20, NOW), Queued())).queue is not None


def test_what_is_no_place_at_all_changes_nothing_in_a_call() -> None:
    case = case_at(Stage.IN_CALL)
    assert move(case, judge_location(18.5, 73.8, 9000, NOW), NOW).case == case
    assert move(case, PrecheckFailed(Precheck.LOCATION, "USER_LOCATION_PERMISSION_DISABLED"), NOW).case == case
    with pytest.raises(StepClosed):
        move(case, PrecheckFailed(Precheck.DEVICE, "USER_VIDEO_CHECK_FAILED"), NOW)


def test_a_film_is_made_of_the_call_that_was_decided_in_if_it_was_recorded_and_once() -> None:
    case = case_at(Stage.DECIDED)
    assert case.call_to_compose is None, "nothing was recorded"
    case = after(case, (Recorded("call_1", "spool/mer_1.call_1"),))
    assert case.call_to_compose == "call_1"
    assert after(case, (Composed("mer_1/jrn_1/call_1.mp4", "cd" * 32),)).call_to_compose is None


def test_an_agent_who_vanishes_in_the_call_puts_the_customer_at_the_front() -> None:
    case = after(case_at(Stage.IN_CALL), (QuestionJudged(1, passed=True), Away(Party.AGENT, "call_1")))
    case, heard = told(case, (TimeUp(),), NOW + AGENT_GRACE)
    assert [(one.type.value, one.data.sub_status) for one in heard] == [("VKYC_USER_CALL_QUEUED", "USER_QUEUED")]
    assert case.queue is not None
    assert case.queue.priority is Priority.FRONT
    assert case.questions[0].passed is True
    assert case.calls[-1].end is CallEnd.AGENT_LOST


def test_an_agent_whose_browser_died_comes_back_within_the_grace() -> None:
    case = after(case_at(Stage.IN_CALL), (Away(Party.AGENT, "call_1"),))
    case, heard = told(case, (Joined(Party.AGENT, "call_1"),), NOW + timedelta(seconds=30))
    assert not heard
    assert case.call is not None
    assert case.call.agent_away_since is None


def test_an_agent_can_give_the_customer_back() -> None:
    case = after(case_at(Stage.IN_CALL), (Released("call_1"),))
    assert case.queue is not None
    assert case.queue.priority is Priority.FRONT


def test_signals_of_a_past_call_do_nothing_to_the_next() -> None:
    case = after(case_at(Stage.DROPPED), (Queued(), Accepted("call_2", OTHER_AGENT), *joined("call_2")))
    for late in (LeftCall("call_1"), Away(Party.CUSTOMER, "call_1"), Joined(Party.AGENT, "call_1")):
        with pytest.raises(StepClosed):
            move(case, late, NOW)
    assert after(case, (Recorded("call_1", "rec/1"),)).calls[0].recording == "rec/1"


def test_a_call_is_recorded_where_it_was_recorded_first() -> None:
    case = after(case_at(Stage.IN_CALL), (Recorded("call_1", "spool/a"), Recorded("call_1", "spool/a")))
    with pytest.raises(RecordedElsewhere):
        move(case, Recorded("call_1", "spool/b"), NOW)


def test_approval_needs_everything_done_and_rejection_needs_a_reason() -> None:
    case = case_at(Stage.IN_CALL)
    with pytest.raises(NotReady) as refused:
        move(case, approval(), NOW)
    assert refused.value.missing == ("question_1", "question_2", "liveness", "pan_still", "face_still")
    with pytest.raises(NotReady):
        move(case, AgentDecided(AGENT, approved=False, remarks="x", reason=None, recording_link=RECORDING), NOW)


def test_only_the_agent_of_the_call_decides_and_only_once() -> None:
    with pytest.raises(NotYours):
        move(after(case_at(Stage.IN_CALL), whole_interview()), approval(OTHER_AGENT), NOW)
    with pytest.raises(AlreadyDecided):
        move(case_at(Stage.DECIDED), approval(), NOW)


def test_nobody_who_took_a_call_of_the_case_reviews_it() -> None:
    case = after(case_at(Stage.DROPPED), (Queued(), Accepted("call_2", OTHER_AGENT), *joined("call_2")))
    case = after(case, (*whole_interview(call="call_2"), approval(OTHER_AGENT)))
    for operator in (AGENT, OTHER_AGENT):
        with pytest.raises(AuditorIsAgent):
            move(case, review(operator), NOW)
    assert move(case, review(), NOW).happenings
    with pytest.raises(AlreadyDecided):
        move(after(case, (review(),)), review(), NOW)


def test_an_auditor_who_rejects_gives_a_reason() -> None:
    with pytest.raises(NotReady):
        move(case_at(Stage.DECIDED), AuditorDecided(AUDITOR, approved=False, remarks="x", reason=None), NOW)


@pytest.mark.parametrize("stage", [Stage.OPENED, Stage.PREPARING, Stage.DROPPED, Stage.SCHEDULED, Stage.WAITING])
def test_the_link_s_end_closes_the_case_and_tells_it(stage: Stage) -> None:
    case = case_at(stage)
    with pytest.raises(CaseClosed):
        move(case, Cancelled(), END)
    heard: list[Happening] = []
    while case.due_at is not None:
        moved = move(case, TimeUp(), max(case.due_at, END))
        case, heard = moved.case, [*heard, *moved.happenings]
    last = heard[-1]
    assert (last.type.value, last.data.status, last.data.sub_status) == (
        "VKYC_USER_LINK_EXPIRED",
        "EXPIRED",
        "VKYC_EXPIRED",
    )
    assert last.data.meeting_schedule is None


def test_a_call_under_way_at_the_link_s_end_may_be_finished() -> None:
    late = END - minutes(1)
    case = after(begun(), (*READY[:4], *prechecks(late), Queued(), Accepted("call_1", AGENT), *joined()), late)
    case = after(case, (*whole_interview(), approval()), END + minutes(5))
    assert case.sub_status == "AGENT_APPROVED"
    assert move(case, review(), END + timedelta(days=1)).happenings


def test_a_case_that_nobody_reviews_expires_at_last_and_keeps_its_recording() -> None:
    case = case_at(Stage.DECIDED)
    assert case.due_at == END
    _, heard = told(case, (TimeUp(),), END)
    assert heard[0].data.sub_status == "VKYC_EXPIRED"
    assert heard[0].data.recording_link == RECORDING


def test_a_cancelled_case_is_over_for_everybody() -> None:
    case, heard = told(case_at(Stage.IN_CALL), (Cancelled(),))
    assert [one.type.value for one in heard] == ["VKYC_USER_LINK_EXPIRED"]
    assert case.calls[-1].end is CallEnd.CANCELLED
    assert case.due_at is None
    with pytest.raises(CaseClosed):
        move(case, Queued(), NOW)


def test_the_clock_does_nothing_before_its_time() -> None:
    with pytest.raises(IllegalSignal):
        move(begun(), TimeUp(), NOW)


def test_the_timeline_tells_who_did_what() -> None:
    case = case_at(Stage.REVIEWED)
    told_by = {entry.what: entry.by for entry in case.timeline}
    assert told_by["link_generated"] == "merchant"
    assert told_by["consented"] == "customer"
    assert told_by["accepted"] == AGENT
    assert told_by["agent_decided"] == AGENT
    assert told_by["auditor_decided"] == AUDITOR
    assert [entry.at for entry in case.timeline] == sorted(entry.at for entry in case.timeline)
