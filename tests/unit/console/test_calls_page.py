"""Going online, who waits, and taking a customer."""

import re
from datetime import timedelta

import pytest

from dastak.accounts.operator import Role
from unit.console.standing import CALLS, Standing
from unit.hosted.browser import Browser, Reply
from unit.journeys.video_kyc.cases import AGENT, OTHER_AGENT
from unit.journeys.video_kyc.house import MERCHANT

WORKS = {"camera": "works", "microphone": "works"}


@pytest.fixture
def standing() -> Standing:
    return Standing()


def waiting(standing: Standing, *ids: str) -> list[str]:
    """Customers who wait, a minute apart; their cases' ids."""
    found = []
    for verification_id in ids:
        found.append(standing.do(standing.house.waiting(verification_id)).id)
        standing.house.clock.advance(timedelta(minutes=1))
    return found


def offered(page: Reply) -> list[str]:
    """The cases on the page, in order."""
    return re.findall(r'name="case" value="(\w+)"', page.text)


def take(browser: Browser, case_id: str = "") -> Reply:
    """Take that customer, or the next."""
    assert browser.page is not None
    return browser.post(f"{CALLS}/accept", browser.page.hidden(f"{CALLS}/accept") | {"case": case_id})


def test_an_agent_goes_online_after_a_device_check_and_offline_again(standing: Standing) -> None:
    standing.house.roster.who.clear()
    browser = standing.browser()
    page = browser.open(CALLS)
    assert "data-device" in page.text
    assert browser.send(f"{CALLS}/online", **WORKS).text.count("Nobody waits") == 1
    assert standing.house.roster.who == {AGENT}
    assert "data-device" in browser.send(f"{CALLS}/offline").text
    assert standing.house.roster.who == set()


@pytest.mark.parametrize("found", [{}, {"camera": "works"}, {"microphone": "works"}, {**WORKS, "camera": "no"}])
def test_nobody_goes_online_whose_page_has_not_tried_both_devices(standing: Standing, found: dict[str, str]) -> None:
    standing.house.roster.who.clear()
    browser = standing.browser()
    browser.open(CALLS)
    assert "once your camera and your microphone work" in browser.send(f"{CALLS}/online", **found).text
    assert standing.house.roster.who == set()


def test_whatever_an_agent_does_counts_as_being_there_and_opening_a_page_does_not(standing: Standing) -> None:
    browser = standing.browser()
    page = browser.open(CALLS)
    assert "Are you still there?" not in page.text
    assert standing.presence.acts == []
    take(browser)
    assert browser.post(f"{CALLS}/here", page.hidden(f"{CALLS}/offline")).location == CALLS
    assert standing.presence.acts == [AGENT] * 2


def test_the_pages_of_calls_alone_may_use_camera_and_microphone(standing: Standing) -> None:
    browser = standing.browser()
    assert "camera=(self), microphone=(self)" in browser.open(CALLS).headers["permissions-policy"]
    assert "camera=(), microphone=()" in browser.open("/console").headers["permissions-policy"]


def test_who_waits_is_shown_in_order_by_first_name_and_masked_phone(standing: Standing) -> None:
    ids = waiting(standing, "v-1", "v-2")
    page = standing.browser().open(CALLS)
    assert offered(page) == ids
    assert "<strong>Asha</strong>" in page.text
    assert "•••••••210" in page.text
    for secret in ("Gupta", "9876543210", "asha@example.com"):
        assert secret not in page.text
    assert "waits since 12:30 · 2 min" in page.text
    assert "2 customers wait." in page.text


def test_whoever_was_cut_off_by_an_agent_stands_first_and_it_says_why(standing: Standing) -> None:
    first, second = waiting(standing, "v-1", "v-2")
    standing.do(standing.house.agents.accept(MERCHANT, AGENT, second))
    standing.do(standing.house.agents.release(MERCHANT, AGENT, second))
    page = standing.browser().open(CALLS)
    assert offered(page) == [second, first]
    assert "was cut off, goes first" in page.text


def test_a_booked_slot_is_named_in_the_queue_and_before_it(standing: Standing) -> None:
    case = standing.do(standing.house.ready())
    slot = standing.house.clock().replace(minute=30)
    standing.do(standing.house.customer.book(case.code, slot))
    page = standing.browser().open(CALLS)
    assert "Booked within two hours" in page.text
    assert "13:00" in page.text
    standing.house.clock.advance(timedelta(minutes=25))
    standing.do(standing.house.customer.join_queue(case.code))
    assert "booked for 13:00" in standing.browser().open(CALLS).text


def test_taking_the_next_leads_to_the_case_and_so_does_every_page_of_calls_from_then_on(standing: Standing) -> None:
    first, _ = waiting(standing, "v-1", "v-2")
    browser = standing.browser()
    browser.open(CALLS)
    assert take(browser).location == f"/console/call/{first}"
    assert standing.browser().get(CALLS).location == f"/console/call/{first}", "also in another browser, after a crash"


def test_a_certain_customer_can_be_taken_and_a_second_click_changes_nothing(standing: Standing) -> None:
    _, second = waiting(standing, "v-1", "v-2")
    browser = standing.browser()
    browser.open(CALLS)
    for _ in range(2):
        assert take(browser, second).location == f"/console/call/{second}"


def test_the_agent_who_comes_second_is_told_so_kindly_and_sees_who_waits_now(standing: Standing) -> None:
    (case,) = waiting(standing, "v-1")
    standing.house.roster.who.add(OTHER_AGENT)
    fast, slow = standing.browser(OTHER_AGENT), standing.browser()
    fast.open(CALLS)
    slow.open(CALLS)
    take(fast, case)
    answer = slow.open(take(slow, case).location)
    assert "a moment faster" in answer.text
    assert offered(answer) == []


@pytest.mark.parametrize("case_id", ["jrn_none", "x" * 300, "'; --"])
def test_a_case_that_is_not_there_is_one_that_was_missed(standing: Standing, case_id: str) -> None:
    waiting(standing, "v-1")
    browser = standing.browser()
    browser.open(CALLS)
    assert take(browser, case_id).location == f"{CALLS}?news=missed"


def test_nobody_to_take_is_said(standing: Standing) -> None:
    browser = standing.browser()
    page = browser.open(CALLS)
    assert "disabled" in page.text
    assert "Nobody waits just now" in browser.open(take(browser).location).text


def test_an_agent_whose_time_online_is_over_is_asked_for_the_device_check(standing: Standing) -> None:
    (case,) = waiting(standing, "v-1")
    browser = standing.browser()
    browser.open(CALLS)
    standing.house.roster.who.clear()
    page = browser.open(take(browser, case).location)
    assert "You went offline" in page.text
    assert "data-device" in page.text


def test_an_agent_with_a_customer_gets_no_second_one(standing: Standing) -> None:
    first, second = waiting(standing, "v-1", "v-2")
    browser = standing.browser()
    browser.open(CALLS)
    take(browser, first)
    assert browser.get(take(browser, second).location).location == f"/console/call/{first}"


def test_auditors_and_strangers_get_no_page_of_calls(standing: Standing) -> None:
    assert standing.browser("opr_auditor", Role.AUDITOR).get(CALLS).status == 403
    assert Browser(standing.app).get(CALLS).location == "/console/sign-in"
    browser = standing.browser()
    browser.open(CALLS)
    assert browser.post(f"{CALLS}/accept", {"token": "0" * 64}).status == 403


def test_an_unknown_word_of_news_says_nothing(standing: Standing) -> None:
    assert "<script>" not in standing.browser().open(f"{CALLS}?news=<script>").text
