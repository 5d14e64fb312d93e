"""Every case that can be has exactly one page, and one that lets the customer go on."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.errors import JourneyError
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.clock import PRECHECK_LIFE, SLOT
from dastak.journeys.video_kyc.move import move
from dastak.journeys.video_kyc.signal import (
    AadhaarFailed,
    AadhaarPassed,
    AadhaarStarted,
    Accepted,
    Booked,
    Cancelled,
    Consented,
    Detailed,
    Joined,
    LeftCall,
    LeftQueue,
    PrecheckFailed,
    Queued,
    Released,
    Signal,
    TimeUp,
    Unbooked,
)
from dastak.journeys.video_kyc.table import PRECHECK_FAILURES, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.hosted.video.front import SHOWERS
from dastak.web.hosted.video.place import CLOSED, Page, Wish, place
from unit.journeys.video_kyc.cases import (
    AGENT,
    NOW,
    READY,
    SLOT_AT,
    WAYS,
    after,
    approval,
    begun,
    case_at,
    prechecks,
    review,
    whole_interview,
)

TEMPLATES = Path(__file__).parents[4] / "src" / "dastak" / "web" / "hosted" / "templates"

SIGNALS: tuple[Signal, ...] = (
    Consented(),
    Detailed({"gender": "Female"}),
    AadhaarStarted(AadhaarSession("ref", "3712", NOW)),
    AadhaarPassed({}),
    AadhaarFailed("no"),
    *prechecks(),
    *(PrecheckFailed(check, name) for name, checks in PRECHECK_FAILURES.items() for check in checks),
    Booked(SLOT_AT),
    Unbooked(),
    Queued(),
    LeftQueue(),
    Accepted("call_1", AGENT),
    Joined(Party.AGENT, "call_1"),
    Joined(Party.CUSTOMER, "call_1"),
    Released("call_1"),
    LeftCall("call_1"),
    *whole_interview(),
    approval(),
    review(),
    TimeUp(),
    Cancelled(),
)

WAITS = st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(minutes=40), PRECHECK_LIFE, timedelta(days=1)])


def lived(given_: bool, signals: Sequence[Signal], waits: Sequence[timedelta]) -> list[tuple[VideoKyc, timedelta]]:
    """Every case along the way, with how long after the beginning it stood so; what is not allowed is left out."""
    case, since = begun(given=given_), timedelta(0)
    seen = [(case, since)]
    for signal, wait in zip(signals, waits, strict=True):
        since += wait
        try:
            case = move(case, signal, NOW + since).case
        except JourneyError:
            continue
        seen.append((case, since))
    return seen


@given(st.booleans(), st.lists(st.tuples(st.sampled_from(SIGNALS), WAITS), max_size=25), st.text(max_size=8))
def test_every_case_has_one_page_that_fits_it(
    given_: bool, life: list[tuple[Signal, timedelta]], nonsense: str
) -> None:
    steps = [signal for signal, _ in life]
    for head in ((), READY):
        lives = [*head, *steps]
        waits = [timedelta(0)] * len(head) + [wait for _, wait in life]
        for case, since in lived(given_, lives, waits):
            now = NOW + since
            for wish in ("", *Wish, nonsense):
                page = place(case, now, wish)
                assert (page in CLOSED) == (STAGES[case.sub_status] in CLOSING), (page, case.sub_status)
                assert (page is Page.QUEUE) == (case.queue is not None)
                assert (page is Page.CALL) == (case.call is not None)
                if page in {Page.JOIN, Page.QUEUE}:
                    assert page is Page.QUEUE or not missing_for_call(case, now)


CLOSING = {Stage.DECIDED, Stage.REVIEWED, Stage.EXPIRED}


@pytest.mark.parametrize("page", Page)
def test_every_page_has_a_template(page: Page) -> None:
    assert (TEMPLATES / "video" / f"{page.value}.html").exists() or (TEMPLATES / f"{page.value}.html").exists()
    assert page not in CLOSED or page not in SHOWERS


def test_steps_come_in_their_order() -> None:
    case, pages = begun(), []
    for signal in (None, *READY):
        case = case if signal is None else move(case, signal, NOW).case
        pages.append(place(case, NOW))
    assert pages == [
        Page.CONSENT,
        Page.DETAILS,
        Page.AADHAAR,
        Page.AADHAAR_OTP,
        Page.READY,
        Page.READY,
        Page.READY,
        Page.JOIN,
    ]


def test_a_given_aadhaar_is_not_asked_for() -> None:
    case = after(begun(given=True), [Consented(), Detailed({"gender": "Other"})])
    assert place(case, NOW) is Page.READY


def test_without_a_try_left_the_customer_is_told_whom_to_ask() -> None:
    case = after(begun(), [Consented(), Detailed({"gender": "Other"}), *[AadhaarFailed("no")] * 5])
    assert place(case, NOW, Wish.CHECKS) is Page.AADHAAR_STUCK


@pytest.mark.parametrize("sub_status", sorted(PRECHECK_FAILURES))
def test_a_failed_check_has_its_page_until_the_customer_checks_again(sub_status: str) -> None:
    case = move(case_at(Stage.PREPARING), PrecheckFailed(PRECHECK_FAILURES[sub_status][0], sub_status), NOW).case
    assert place(case, NOW) is Page.CHECK_FAILED
    assert place(case, NOW, Wish.CHECKS) is Page.CHECKS
    assert place(case, NOW, Wish.SCHEDULE) is Page.SLOTS


def test_a_booking_waits_for_its_time_and_then_leads_to_the_queue() -> None:
    case = after(case_at(Stage.PREPARING), [Booked(SLOT_AT)])
    assert place(case, NOW) is Page.BOOKED
    assert place(case, NOW, Wish.CHECKS) is Page.JOIN
    in_time = SLOT_AT - timedelta(minutes=5)
    assert place(case, in_time) is Page.BOOKED, "the checks of yesterday are too old: begin here"
    ready = after(case, prechecks(in_time), in_time)
    assert place(ready, in_time) is Page.JOIN


def test_old_checks_are_done_again_before_the_queue() -> None:
    case = case_at(Stage.PREPARING)
    assert place(case, NOW + PRECHECK_LIFE - timedelta(seconds=1), Wish.CHECKS) is Page.JOIN
    assert place(case, NOW + PRECHECK_LIFE, Wish.CHECKS) is Page.CHECKS


def test_who_waits_or_talks_is_nowhere_else_whatever_the_address_says() -> None:
    for stage, page in ((Stage.WAITING, Page.QUEUE), (Stage.ASSIGNED, Page.CALL), (Stage.IN_CALL, Page.CALL)):
        assert {place(case_at(stage), NOW, wish) for wish in ("", *Wish)} == {page}


def test_ends_are_told_apart() -> None:
    assert place(after(begun(), WAYS[Stage.EXPIRED]), NOW) is Page.CANCELLED
    late = begun().expires_at
    assert place(move(begun(), TimeUp(), late).case, late) is Page.EXPIRED
    assert place(case_at(Stage.DECIDED), NOW) is place(case_at(Stage.REVIEWED), NOW) is Page.DONE
    assert place(case_at(Stage.DROPPED), NOW) is Page.REJOIN
    waited = move(case_at(Stage.WAITING), TimeUp(), NOW + timedelta(minutes=30)).case
    assert place(waited, NOW + timedelta(minutes=30)) is Page.NO_AGENT


def test_a_check_that_fails_between_a_dropped_call_and_the_next_is_explained() -> None:
    case = move(case_at(Stage.DROPPED), PrecheckFailed(Precheck.DEVICE, "USER_VIDEO_CHECK_FAILED"), NOW).case
    assert place(case, NOW) is Page.CHECK_FAILED


def test_slots_are_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) == SLOT
