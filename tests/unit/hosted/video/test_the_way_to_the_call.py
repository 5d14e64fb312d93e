"""A customer's way by plain forms: steps, booking, queue, and out again."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any, TypeVar

import pytest

from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.web.hosted.video.consent import consent_record, consent_text
from unit.hosted.browser import Browser
from unit.hosted.fake_desk import CODE
from unit.hosted.standing import PAGE
from unit.hosted.video.case_pages import before_checks
from unit.hosted.video.hall import Hall, path_of
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import AADHAAR_OTP, DETAILS, GOOD_AADHAAR, MERCHANT, PHONE_OTP, WORKING

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_a_customer_goes_through_all_steps_to_the_queue() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    path, browser = path_of(case), hall.browser()
    start = browser.open(path)
    assert "Asha Bank asks you to confirm who you are" in start.text
    assert "PAN card" in start.text
    assert "Asha Gupta" not in start.text
    browser.send(f"{path}/otp")
    assert "Before we begin" in browser.send(f"{path}/otp/confirm", otp=PHONE_OTP).text
    assert "About you" in browser.send(f"{path}/consent", consent="yes").text
    assert "Your Aadhaar number" in browser.send(f"{path}/details", **DETAILS).text
    assert "Enter the Aadhaar OTP" in browser.send(f"{path}/aadhaar", aadhaar_number=GOOD_AADHAAR, consent="yes").text
    assert "Get ready for the video call" in browser.send(f"{path}/aadhaar/otp", otp=AADHAAR_OTP).text
    assert "Begin the checks" in browser.open(f"{path}?step=checks").text
    pass_the_checks(hall, case.code)
    assert "Everything works" in browser.open(path).text
    queue = browser.send(f"{path}/queue")
    assert "You are next" in queue.text
    assert "less than 6 minutes" in queue.text
    assert hall.house.heard()[-1] == ("CALL_QUEUED", "USER_QUEUED")


def pass_the_checks(hall: Hall, code: str) -> None:
    run(hall.house.customer.check_ip(code, "203.0.113.9"))
    run(hall.house.customer.report_location(code, 18.52, 73.86, 20.0))
    run(hall.house.customer.report_device(code, WORKING))


def test_the_words_that_were_agreed_to_are_kept_word_for_word() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    browser = hall.inside(case)
    assert consent_text("Asha Bank") in unescape(browser.open(path_of(case)).text)
    assert browser.submit(f"{path_of(case)}/consent").status == 422
    assert hall.house.cases.consents == []
    browser.send(f"{path_of(case)}/consent", consent="yes")
    (kept,) = hall.house.cases.consents
    assert (kept.purpose, kept.client_ip) == ("video_kyc", "203.0.113.9")
    assert "video-kyc-consent-1" in consent_record("Asha Bank")


def test_details_that_are_wrong_are_shown_again_with_what_is_wrong() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    browser = hall.inside(case)
    browser.send(f"{path_of(case)}/consent", consent="yes")
    reply = browser.submit(f"{path_of(case)}/details", **(DETAILS | {"gender": "None of them"}))
    assert reply.status == 422
    assert "Gender: choose one of the list." in reply.text
    assert "<option selected>Salaried</option>" in reply.text


def test_a_wrong_aadhaar_otp_says_how_many_tries_are_left_and_a_used_form_does_nothing() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    path, browser = path_of(case), hall.inside(case)
    browser.send(f"{path}/consent", consent="yes")
    browser.send(f"{path}/details", **DETAILS)
    browser.send(f"{path}/aadhaar", aadhaar_number=GOOD_AADHAAR, consent="yes")
    assert browser.page
    form = browser.page.hidden(f"{path}/aadhaar/otp") | {"otp": "999999"}
    assert browser.post(f"{path}/aadhaar/otp", form).status == 303
    assert browser.post(f"{path}/aadhaar/otp", form).status == 303
    assert "2 tries left" in browser.open(path).text
    assert run(hall.house.stored(case)).aadhaar.tries == 1


def test_booking_changing_and_giving_back() -> None:
    hall = Hall()
    case = run(ready_at(hall))
    path, browser = path_of(case), hall.inside(case)
    page = browser.open(f"{path}?step=schedule")
    assert "Saturday 10 January" in page.text
    assert "Sat 10 Jan" in page.text
    assert "12:45 PM" in page.text
    booked = browser.send(f"{path}/slot", at="2026-01-11T06:30:00+00:00")
    assert "Your call is booked" in booked.text
    assert "12:00 PM to 12:15 PM" in booked.text
    assert "Open this link at 11:50 AM" in booked.text
    assert hall.house.heard()[-1] == ("CALL_SCHEDULED", "USER_MEETING_SCHEDULED")
    assert "Now booked: <strong>Sunday 11 January, 12:00 PM</strong>" in browser.open(f"{path}?step=schedule").text
    assert "12:15 PM to 12:30 PM" in browser.send(f"{path}/slot", at="2026-01-11T06:45:00+00:00").text
    now_instead = browser.open(f"{path}?step=checks").text
    assert "gives back your booked time, Sunday 11 January, 12:15 PM" in now_instead
    browser.open(path)
    assert "Everything works" in browser.send(f"{path}/slot/back").text
    assert run(hall.house.stored(case)).schedule is None


async def ready_at(hall: Hall) -> Any:
    return await hall.house.ready()


@pytest.mark.parametrize(
    "at", ["2026-01-11T06:31:00+00:00", "2026-01-09T06:30:00+00:00", "2026-01-11T02:00:00Z", "x", ""]
)
def test_a_slot_that_is_none_is_not_booked(at: str) -> None:
    hall = Hall()
    case = run(hall.house.ready())
    browser = hall.inside(case)
    browser.open(f"{path_of(case)}?step=schedule")
    reply = browser.submit(f"{path_of(case)}/slot", at=at)
    assert reply.status == 409
    assert "Choose another one." in reply.text
    assert run(hall.house.stored(case)).schedule is None


def test_the_calendar_file_is_the_customers_alone() -> None:
    hall = Hall()
    case = run(hall.house.ready())
    path, browser = path_of(case), hall.inside(case)
    assert browser.get(f"{path}/calendar.ics").location == path, "nothing is booked"
    browser.open(f"{path}?step=schedule")
    browser.send(f"{path}/slot", at="2026-01-11T06:30:00+00:00")
    file = browser.get(f"{path}/calendar.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "attachment" in file.headers["content-disposition"]
    assert "DTSTART:20260111T063000Z" in file.text
    assert hall.browser().get(f"{path}/calendar.ics").location == path


def test_at_the_booked_time_the_page_leads_in_and_the_customer_comes_first() -> None:
    hall = Hall()
    case = run(hall.house.ready())
    path, browser = path_of(case), hall.inside(case)
    browser.open(f"{path}?step=schedule")
    browser.send(f"{path}/slot", at="2026-01-10T07:45:00+00:00")
    hall.house.clock.advance(timedelta(minutes=36))
    assert "Everything works" in hall.inside(case).open(path).text
    browser = hall.inside(case)
    assert "You are next" in browser.send(f"{path}/queue").text
    assert hall.house.heard()[-1] == ("CALL_QUEUED", "SCHEDULED_USER_QUEUED")


def test_leaving_the_queue_and_choosing_a_time_instead() -> None:
    hall = Hall()
    case = run(hall.house.waiting())
    path, browser = path_of(case), hall.inside(case)
    left = browser.send(f"{path}/queue/leave", then="").text
    assert "Everything works" in left
    assert "You are not in the queue any more." in left
    browser.send(f"{path}/queue")
    form = browser.page.hidden(f"{path}/queue/leave") if browser.page else {}
    assert form["then"] == "schedule"
    assert browser.post(f"{path}/queue/leave", form).location == f"{path}?step=schedule"
    assert run(hall.house.stored(case)).queue is None


def test_who_does_not_come_into_the_call_is_told_so() -> None:
    hall = Hall()
    case = run(hall.house.waiting())
    run(hall.house.agents.accept(MERCHANT, AGENT, case.id))
    hall.house.clock.advance(timedelta(seconds=91))
    absent = hall.inside(case).open(path_of(case)).text
    assert "An agent was ready, but your page did not come into the call." in absent
    assert "Join the queue" in absent


def test_who_misses_the_booked_time_is_told_so() -> None:
    hall = Hall()
    late = run(before_checks(hall.house))
    run(hall.house.customer.book(late.code, run(hall.house.customer.slots(late.code))[0].at))
    hall.house.clock.advance(timedelta(hours=1))
    passed = hall.inside(late).open(path_of(late)).text
    assert "Your booked time has passed." in passed
    assert "Start now" in passed


def test_after_half_an_hour_without_an_agent_the_customer_is_told() -> None:
    hall = Hall()
    case = run(hall.house.waiting())
    hall.house.clock.advance(timedelta(minutes=31))
    assert "No agent could take your call" in hall.inside(case).open(path_of(case)).text


def test_a_queue_cannot_be_joined_with_checks_of_yesterday() -> None:
    hall = Hall()
    case = run(hall.house.ready())
    browser = hall.inside(case)
    browser.open(path_of(case))
    form = browser.page.hidden(f"{path_of(case)}/queue") if browser.page else {}
    stale = replace(run(hall.house.stored(case)), prechecks=replace(case.prechecks, location=None))
    hall.house.cases.rows[case.id] = stale
    assert browser.post(f"{path_of(case)}/queue", form).location == f"{path_of(case)}?step=checks"


def test_leaving_the_call_leads_to_rejoining() -> None:
    hall = Hall()
    case = run(hall.house.in_call())
    path, browser = path_of(case), hall.inside(case)
    page = browser.open(path)
    assert "Your video call" in page.text
    assert "The call ended early" in browser.send(f"{path}/call/end").text
    assert hall.house.heard()[-1] == ("DROPOFF_FROM_CALL", "USER_DROPPED_OFF")
    assert [seat.call_id for seat in hall.rooms.closed] == [case.calls[-1].id]
    assert "You are next" in browser.send(f"{path}/queue").text


def test_a_decided_call_is_done_and_says_nothing_of_the_decision() -> None:
    for approved in (True, False):
        hall = Hall()
        case = run(hall.house.interviewed(run(hall.house.in_call())))
        if approved:
            run(hall.house.agents.approve(MERCHANT, AGENT, case.id, "Good to go"))
        else:
            run(hall.house.agents.reject(MERCHANT, AGENT, case.id, "Fraud suspected", "no"))
        stranger = hall.browser().open(path_of(case))
        assert stranger.status == 200
        assert "Your video call is done" in stranger.text
        assert "Asha Gupta" not in stranger.text
        assert "Fraud" not in stranger.text


def test_the_token_of_the_merchants_app_lets_in_and_leaves_the_address() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    path, browser = path_of(case), hall.browser()
    token = run(hall.house.issuer.access_token(MERCHANT, case.reference_id, case.user_id)).token
    reply = browser.get(f"{path}?token={token}")
    assert (reply.status, reply.location) == (303, path)
    assert "Before we begin" in browser.open(path).text
    for wrong in ("", "x", token[:-2]):
        refused = hall.browser()
        assert refused.get(f"{path}?token={wrong}").location == f"{path}?ended=1"
        assert "Send code" in refused.open(f"{path}?ended=1").text


def test_both_journeys_share_one_address() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    assert "about two minutes" in hall.browser().open(PAGE).text
    assert "about ten minutes" in hall.browser().open(path_of(case)).text
    link, inside = hall.browser(), hall.inside(case)
    link.open(PAGE)
    link.send(f"{PAGE}/otp")
    assert "Your Aadhaar number" in link.send(f"{PAGE}/otp/confirm", otp="111000").text
    assert link.page
    fields = link.page.hidden(f"{PAGE}/aadhaar")
    assert inside.post(f"{path_of(case)}/aadhaar", fields).status == 403, "a token of another link"
    assert hall.links.links[CODE].check is not None


def test_a_code_of_neither_journey_is_not_found() -> None:
    hall = Hall()
    replies = [hall.browser().get("/verification/Never0000000"), hall.browser().get("/verification/Never0000000/live")]
    assert replies[0].status == 404
    assert "We cannot find this link" in replies[0].text
    assert replies[1].status == 204, "who is not inside learns nothing of any code"


def test_a_case_that_expired_or_was_cancelled_says_so_to_anybody() -> None:
    hall = Hall()
    case = run(hall.house.new_case())
    run(hall.house.merchant.cancel(MERCHANT, "v-1"))
    gone = hall.browser().open(path_of(case))
    assert (gone.status, "was cancelled" in gone.text) == (410, True)
    other = run(hall.house.new_case("v-2"))
    hall.house.clock.now = other.expires_at
    late = hall.browser().open(path_of(other))
    assert (late.status, "has expired" in late.text) == (410, True)


def test_a_failure_is_explained_and_the_next_check_mends_it() -> None:
    hall = Hall()
    case = run(hall.house.ready())
    browser: Browser = hall.inside(case)
    hall.house.addresses.finding = IpFinding("IN", is_proxy=True)
    run(hall.house.customer.check_ip(case.code, "203.0.113.9"))
    page = browser.open(path_of(case))
    assert "Your connection hides where you are" in page.text
    assert "Turn off any VPN app" in page.text
    assert "Begin the checks" in browser.open(f"{path_of(case)}?step=checks").text
    hall.house.addresses.finding = IpFinding("IN", is_proxy=False)
    run(hall.house.customer.check_ip(case.code, "203.0.113.9"))
    assert "Everything works" in browser.open(path_of(case)).text
