"""How far journeys have come: each step as it is made, and what no step is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.kyc_link.link import Check
from dastak.journeys.kyc_link.progress import steps_of
from dastak.journeys.phone_otp import PhoneOtp
from dastak.journeys.tally import SLOT, newly, slot_of
from dastak.journeys.video_kyc import progress
from dastak.journeys.video_kyc.table import Stage
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.journeys.people import NOW, a_check, a_link
from unit.journeys.video_kyc.cases import WAYS, after, begun, case_at

OTP = PhoneOtp("d", NOW, NOW)


def test_a_link_comes_to_its_steps_one_after_the_other() -> None:
    fresh = a_link(Check(CheckType.AADHAAR), Check(CheckType.PAN))
    opened = replace(fresh, otp=OTP)
    began = replace(opened, checks=(replace(fresh.checks[0], starts=1), fresh.checks[1]))
    first = replace(opened, checks=(a_check(CheckType.AADHAAR, CheckStatus.SUCCESS, 1), fresh.checks[1]))
    done = replace(
        first, checks=(first.checks[0], a_check(CheckType.PAN, CheckStatus.SUCCESS, 2)), form_status=FormStatus.SUCCESS
    )
    assert steps_of(fresh) == ("created",)
    assert newly(steps_of(fresh), steps_of(opened)) == ("opened",)
    assert newly(steps_of(opened), steps_of(began)) == ("began",)
    assert newly(steps_of(began), steps_of(first)) == (CheckType.AADHAAR.value,)
    assert newly(steps_of(first), steps_of(done)) == (CheckType.PAN.value, "done")


def test_a_failed_check_is_a_beginning_and_an_expired_link_has_ended() -> None:
    link = a_link(a_check(CheckType.PAN, CheckStatus.FAILED, 1), status=FormStatus.EXPIRED)
    assert steps_of(link) == ("created", "opened", "began", "ended")


@pytest.mark.parametrize(
    ("stage", "furthest"),
    [
        (Stage.OPENED, "created"),
        (Stage.PREPARING, "checked"),
        (Stage.SCHEDULED, "checked"),
        (Stage.WAITING, "queued"),
        (Stage.ASSIGNED, "queued"),
        (Stage.IN_CALL, "talked"),
        (Stage.DROPPED, "talked"),
        (Stage.DECIDED, "decided"),
    ],
)
def test_a_case_has_come_the_whole_way_to_its_furthest_step(stage: Stage, furthest: str) -> None:
    assert progress.steps_of(case_at(stage)) == progress.WAY[: progress.WAY.index(furthest) + 1]


def test_how_a_case_came_out_is_said_beside_the_way() -> None:
    assert progress.steps_of(case_at(Stage.REVIEWED)) == (*progress.WAY, "approved")
    assert progress.steps_of(case_at(Stage.EXPIRED)) == ("created", "ended")


def test_a_case_that_falls_back_is_not_counted_again() -> None:
    case, seen = begun(given=True), [("created",)]
    for signal in WAYS[Stage.DROPPED]:
        before = progress.steps_of(case)
        case = after(case, (signal,)) if signal.kind.value not in {"aadhaar_started", "aadhaar_passed"} else case
        seen.append(newly(before, progress.steps_of(case)))  # type: ignore[arg-type]
    counted = [step for steps in seen for step in steps]
    assert counted == list(progress.WAY[: progress.WAY.index("talked") + 1])


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_half_hour_begins_on_the_hour_or_in_its_middle_and_has_its_instant(at: datetime) -> None:
    slot = slot_of(at)
    assert slot <= at < slot + SLOT
    assert (slot.minute % 30, slot.second, slot.microsecond) == (0, 0, 0)
    assert slot_of(slot) == slot
    assert slot_of(slot + SLOT - timedelta(microseconds=1)) == slot
