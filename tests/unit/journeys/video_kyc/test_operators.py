"""What agents and auditors can do with a Video KYC, also all at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.chance import draw_questions
from dastak.journeys.video_kyc.errors import (
    AgentBusy,
    AlreadyDecided,
    AuditorIsAgent,
    CaseNotFound,
    NotReady,
    NotWaiting,
    NotYours,
    StepClosed,
    UnknownReason,
)
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import AGENT, AUDITOR, OTHER_AGENT, a_still
from unit.journeys.video_kyc.house import MERCHANT, House

REASON = "Liveness not confirmed"


@pytest.fixture
def house() -> House:
    return House()


async def test_of_many_agents_who_accept_at_once_exactly_one_gets_the_customer(house: House) -> None:
    case = await house.waiting()
    agents = [f"opr_{number}" for number in range(12)]
    house.roster.who |= set(agents)
    answers = await asyncio.gather(
        *(house.agents.accept(MERCHANT, agent, case.id) for agent in agents), return_exceptions=True
    )
    got = [answer for answer in answers if isinstance(answer, VideoKyc)]
    assert len(got) == 1
    assert all(isinstance(answer, NotWaiting) for answer in answers if answer not in got)
    assert len((await house.stored(case)).calls) == 1


async def test_of_many_agents_who_ask_for_the_next_each_gets_another_customer(house: House) -> None:
    ids = {(await house.waiting(f"v-{number}")).id for number in range(5)}
    agents = [f"opr_{number}" for number in range(8)]
    house.roster.who |= set(agents)
    answers = await asyncio.gather(*(house.agents.accept_next(MERCHANT, agent) for agent in agents))
    assert sorted(case.id for case in answers if case) == sorted(ids)


async def test_an_agent_who_clicks_everywhere_at_once_gets_one_customer(house: House) -> None:
    cases = [await house.waiting(f"v-{number}") for number in range(4)]
    answers = await asyncio.gather(
        *(house.agents.accept(MERCHANT, AGENT, case.id) for case in cases), return_exceptions=True
    )
    assert sum(isinstance(answer, VideoKyc) for answer in answers) == 1
    assert all(isinstance(answer, AgentBusy | VideoKyc) for answer in answers)
    assert len(await house.agents.queue(MERCHANT)) == 3


async def test_accepting_the_same_customer_again_is_resuming(house: House) -> None:
    case = await house.in_call()
    assert (await house.agents.accept(MERCHANT, AGENT, case.id)).calls == case.calls
    resumed = await house.agents.current(MERCHANT, AGENT)
    assert resumed is not None
    assert resumed.id == case.id


async def test_only_an_agent_who_is_online_accepts(house: House) -> None:
    case = await house.waiting()
    await house.agents.go_offline(MERCHANT, AGENT)
    with pytest.raises(NotReady):
        await house.agents.accept(MERCHANT, AGENT, case.id)
    await house.agents.go_online(MERCHANT, AGENT)
    assert (await house.agents.accept(MERCHANT, AGENT, case.id)).live_agent_id == AGENT


async def test_an_agent_whose_browser_died_resumes_within_the_grace_and_loses_the_customer_after_it(
    house: House,
) -> None:
    case = await house.in_call()
    await house.agents.write_notes(MERCHANT, AGENT, case.id, "speaks softly")
    await house.agents.lose_call(MERCHANT, AGENT, case.id)
    house.clock.advance(timedelta(seconds=30))
    assert (await house.agents.join_call(MERCHANT, AGENT, case.id)).notes == "speaks softly"
    await house.agents.lose_call(MERCHANT, AGENT, case.id)
    house.clock.advance(timedelta(seconds=45))
    other = await house.waiting("v-2")
    assert await house.agents.current(MERCHANT, AGENT) is None
    assert [one.id for one in await house.agents.queue(MERCHANT)] == [case.id, other.id]
    assert house.heard()[-1] == ("CALL_QUEUED", "USER_QUEUED")
    with pytest.raises(NotYours):
        await house.agents.join_call(MERCHANT, AGENT, case.id)


async def test_nobody_works_on_another_agent_s_case(house: House) -> None:
    case = await house.in_call()
    agents, who = house.agents, OTHER_AGENT
    acts: tuple[Callable[[], Awaitable[VideoKyc]], ...] = (
        lambda: agents.read(MERCHANT, who, case.id),
        lambda: agents.judge_question(MERCHANT, who, case.id, 1, passed=True),
        lambda: agents.make_liveness(MERCHANT, who, case.id),
        lambda: agents.note_still(MERCHANT, who, case.id, a_still(StillKind.PAN, "stl_1")),
        lambda: agents.release(MERCHANT, who, case.id),
        lambda: agents.approve(MERCHANT, who, case.id, None),
        lambda: agents.reject(MERCHANT, who, case.id, "Other", None),
    )
    for act in acts:
        with pytest.raises(NotYours):
            await act()
    with pytest.raises(CaseNotFound):
        await agents.read("mer_2", AGENT, case.id)


async def test_the_code_and_the_challenges_are_drawn_by_the_server_and_differ(house: House) -> None:
    case = await house.in_call()
    drawn = set()
    for _ in range(10):
        after = await house.agents.make_liveness(MERCHANT, AGENT, case.id)
        assert after.liveness is not None
        assert len(after.liveness.code) == 4
        assert len(after.liveness.challenges) == 2
        drawn.add((after.liveness.code, after.liveness.challenges))
    assert len(drawn) > 5
    with pytest.raises(StepClosed):
        await house.agents.judge_liveness(MERCHANT, AGENT, case.id, "blink", passed=True)


async def test_another_call_of_a_case_has_other_questions_unless_they_are_the_merchants_own(house: House) -> None:
    for own in (False, True):
        case = await house.in_call(f"v-{own}")
        if not own:
            drawn = draw_questions("a seed", AGENT_TEMPLATES[case.agent_template])
            house.cases.rows[case.id] = replace(await house.stored(case), questions=drawn)
        first = (await house.stored(case)).questions
        await house.agents.release(MERCHANT, AGENT, case.id)
        second = (await house.agents.accept(MERCHANT, AGENT, case.id)).questions
        assert len(second) == len(first)
        assert ({one.question for one in first} & {one.question for one in second} == set()) is not own
        await house.agents.release(MERCHANT, AGENT, case.id)
        await house.customer.leave_queue(case.code)


async def test_an_approval_needs_everything_and_a_rejection_a_reason_of_the_list(house: House) -> None:
    case = await house.in_call()
    with pytest.raises(NotReady):
        await house.agents.approve(MERCHANT, AGENT, case.id, None)
    with pytest.raises(UnknownReason):
        await house.agents.reject(MERCHANT, AGENT, case.id, "I do not like it", None)
    after = await house.agents.reject(MERCHANT, AGENT, case.id, REASON, None)
    assert after.sub_status == "AGENT_REJECTED"
    assert house.heard()[-1] == ("CALL_COMPLETED", "AGENT_REJECTED")


async def test_a_decision_sent_twice_counts_once_and_another_one_is_refused(house: House) -> None:
    case = await house.interviewed(await house.in_call())
    answers = await asyncio.gather(*(house.agents.approve(MERCHANT, AGENT, case.id, "ok") for _ in range(5)))
    assert {answer.sub_status for answer in answers} == {"AGENT_APPROVED"}
    assert house.heard().count(("CALL_COMPLETED", "AGENT_APPROVED")) == 1
    with pytest.raises(AlreadyDecided):
        await house.agents.reject(MERCHANT, AGENT, case.id, REASON, None)


async def test_an_auditor_never_reviews_a_case_that_they_took_a_call_of(house: House) -> None:
    case = await house.decided()
    with pytest.raises(AuditorIsAgent):
        await house.auditors.approve(MERCHANT, AGENT, case.id, None)
    with pytest.raises(AuditorIsAgent):
        await house.auditors.read(MERCHANT, AGENT, case.id)
    page, _ = await house.auditors.pending(MERCHANT, AGENT, CaseFilter(), None, 10)
    assert not page
    page, _ = await house.auditors.pending(MERCHANT, AUDITOR, CaseFilter(), None, 10)
    assert [one.id for one in page] == [case.id]


async def test_of_auditors_who_decide_at_once_exactly_one_does(house: House) -> None:
    case = await house.decided()
    acts = [house.auditors.approve(MERCHANT, f"opr_a{number}", case.id, None) for number in range(4)]
    acts += [house.auditors.reject(MERCHANT, f"opr_r{number}", case.id, REASON, None) for number in range(4)]
    answers = await asyncio.gather(*acts, return_exceptions=True)
    assert sum(isinstance(answer, VideoKyc) for answer in answers) == 1
    assert all(isinstance(answer, VideoKyc | JourneyError) for answer in answers)
    assert [event for event, _ in house.heard()].count("AUDITOR_REVIEW_COMPLETED") == 1


async def test_a_review_sent_twice_by_the_same_auditor_counts_once(house: House) -> None:
    case = await house.decided()
    await house.auditors.reject(MERCHANT, AUDITOR, case.id, REASON, "see minute 2")
    again = await house.auditors.reject(MERCHANT, AUDITOR, case.id, REASON, "see minute 2")
    assert again.sub_status == "AUDITOR_REJECTED"
    with pytest.raises(AlreadyDecided):
        await house.auditors.approve(MERCHANT, AUDITOR, case.id, None)
    with pytest.raises(UnknownReason):
        await house.auditors.reject(MERCHANT, AUDITOR, (await house.decided("v-2")).id, "no such reason", None)


async def test_the_auditor_s_lists_and_counters_agree(house: House) -> None:
    cases = []
    for number in range(5):
        house.clock.advance(timedelta(minutes=1))
        cases.append(await house.decided(f"v-{number}"))
    await house.auditors.approve(MERCHANT, AUDITOR, cases[0].id, None)
    await house.auditors.reject(MERCHANT, AUDITOR, cases[1].id, REASON, None)
    assert await house.auditors.counts(MERCHANT, CaseFilter(auditor_id=AUDITOR)) == {
        "pending": 3,
        "approved": 1,
        "rejected": 1,
    }
    first, following = await house.auditors.pending(MERCHANT, AUDITOR, CaseFilter(), None, 2)
    rest, end = await house.auditors.pending(MERCHANT, AUDITOR, CaseFilter(), following, 2)
    assert [one.id for one in (*first, *rest)] == [case.id for case in cases[2:]]
    assert end is None
    only, _ = await house.auditors.reviewed(MERCHANT, CaseFilter(sub_statuses=("AUDITOR_REJECTED",)), None, 10)
    assert [one.id for one in only] == [cases[1].id]
    assert await house.auditors.reviewed(MERCHANT, CaseFilter(sub_statuses=("USER_QUEUED",)), None, 10) == ([], None)


async def test_a_case_is_not_the_auditor_s_before_the_agent_has_decided(house: House) -> None:
    case = await house.in_call()
    with pytest.raises(CaseNotFound):
        await house.auditors.read(MERCHANT, AUDITOR, case.id)
    with pytest.raises(StepClosed):
        await house.auditors.approve(MERCHANT, AUDITOR, case.id, None)


async def test_recordings_and_findings_are_written_down_even_when_the_case_is_over(house: House) -> None:
    case = await house.decided()
    await house.auditors.approve(MERCHANT, AUDITOR, case.id, None)
    await house.evidence.recorded(MERCHANT, case.id, case.calls[-1].id, "rec/1")
    await house.evidence.examined(MERCHANT, case.id, "stl_pan", {"pan": "XXXXX1234X"})
    after = await house.evidence.composed(MERCHANT, case.id, "rec/1.mp4", "ab" * 32)
    assert after.recording is not None
    assert (after.recording.reference, after.calls[-1].recording) == ("rec/1.mp4", "rec/1")
    assert after.stills[0].facts == {"pan": "XXXXX1234X"}
    saves = house.cases.saves
    await house.evidence.composed(MERCHANT, case.id, "rec/1.mp4", "ab" * 32)
    assert house.cases.saves == saves, "a repeat was written again"
    with pytest.raises(CaseNotFound):
        await house.evidence.composed(MERCHANT, "jrn_x", "r", "s")
