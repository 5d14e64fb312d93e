"""An agent at the console as a person works there: live, by keyboard, without script, over a bad line, after a crash."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dastak.accounts.operator import ASKED_AFTER
from dastak.web.console.agent import pulse
from support.serving import Serving
from unit.console.standing import CALLS, Standing
from unit.journeys.video_kyc.cases import AGENT, OTHER_AGENT
from unit.journeys.video_kyc.house import MERCHANT

pytestmark = pytest.mark.slow

PROBLEMS_ALLOWED = re.compile("Failed to load resource|net::ERR")


@pytest.fixture(autouse=True)
def _nothing_is_wrong_on_the_page(agent: Page) -> Any:
    """No script fails, and no policy is broken."""
    wrong: list[str] = []
    agent.on("pageerror", lambda error: wrong.append(str(error)))
    agent.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield
    assert [words for words in wrong if not PROBLEMS_ALLOWED.search(words)] == []


async def gone_offline(standing: Standing) -> None:
    standing.house.roster.who.clear()


def in_call(standing: Standing, serving: Serving) -> str:
    """A customer in the room with the agent; the path of the case."""
    return f"/console/call/{serving.run(standing.house.in_call()).id}"


def test_an_agent_goes_online_sees_customers_come_and_go_and_is_online_while_the_page_is_open(
    agent: Page, standing: Standing, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.2)
    standing.house.roster.who.clear()
    agent.goto(CALLS)
    expect(agent.get_by_text("Camera works")).to_be_visible()
    agent.get_by_role("button", name="Go online").click()
    expect(agent.get_by_text("Nobody waits.")).to_be_visible()
    expect(agent.get_by_role("button", name="Take the next customer")).to_be_disabled()
    agent.evaluate("window.same = true")
    case = serving.run(standing.house.waiting())
    expect(agent.get_by_text("1 customer waits.")).to_be_visible()
    expect(agent).to_have_title(re.compile(r"^\(1\) Calls"))
    button = agent.get_by_role("button", name="Take Asha")
    button.focus()
    serving.run(standing.house.waiting("v-2"))
    expect(agent.get_by_text("2 customers wait.")).to_be_visible()
    expect(button.first).to_be_focused()
    standing.house.roster.who.add(OTHER_AGENT)
    serving.run(standing.house.agents.accept(MERCHANT, OTHER_AGENT, case.id))
    expect(agent.get_by_text("1 customer waits.")).to_be_visible()
    assert agent.evaluate("window.same"), "all of it without loading the page again"
    assert AGENT in standing.presence.beats
    serving.run(gone_offline(standing))
    expect(agent.get_by_role("heading", name="Go online")).to_be_visible()


def test_an_agent_who_does_nothing_is_asked_and_any_key_answers(
    agent: Page, standing: Standing, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.2)
    standing.presence.last_act = standing.house.clock() - ASKED_AFTER
    agent.goto(CALLS)
    expect(agent.get_by_text("Are you still there?")).to_be_visible()
    expect(agent).to_have_title(re.compile("^Are you there"))
    agent.keyboard.press("Shift")
    expect(agent.get_by_text("Are you still there?")).to_be_hidden()
    expect(agent).to_have_title(re.compile("^Calls"))
    assert standing.presence.acts == [AGENT]
    serving.run(gone_offline(standing))
    expect(agent.get_by_text("nobody answered whether you are there")).to_be_visible()


def test_a_call_is_no_absence_however_little_its_agent_clicks(
    agent: Page, standing: Standing, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.2)
    path = in_call(standing, serving)
    standing.presence.last_act = standing.house.clock() - ASKED_AFTER
    with agent.expect_response(lambda answer: answer.url.endswith("/live")):
        agent.goto(path)
    expect(agent.get_by_text("The customer is in the room")).to_be_visible()
    assert AGENT in standing.presence.acts
    assert standing.presence.last_act == standing.house.clock()


def test_a_whole_interview_by_keyboard(agent: Page, standing: Standing, serving: Serving) -> None:
    case = serving.run(standing.house.waiting())
    agent.goto(CALLS)
    expect(agent.get_by_role("button", name="Keys ?")).to_be_visible()
    agent.keyboard.press("n")
    expect(agent.get_by_role("heading", name="Asha Gupta")).to_be_visible()
    taken = serving.run(standing.house.stored(case))
    expect(agent.get_by_text("on the way into the room")).to_be_visible()
    serving.run(standing.house.customer.join_call(case.code, taken.calls[-1].id))
    expect(agent.get_by_text("The customer is in the room since")).to_be_visible()
    agent.keyboard.press("?")
    expect(agent.get_by_role("dialog", name="Keys")).to_be_visible()
    agent.keyboard.press("Escape")
    expect(agent.get_by_role("dialog", name="Keys")).to_be_hidden()
    agent.keyboard.press("j")
    expect(agent.get_by_role("button", name="Pass question 1")).to_be_focused()
    agent.keyboard.press("y")
    expect(agent.get_by_role("button", name="Pass question 1")).to_have_attribute("aria-pressed", "true")
    agent.keyboard.press("l")
    expect(agent.get_by_role("button", name="Pass Reads the code")).to_be_visible()
    for number in range(1, 4):
        agent.keyboard.press("j")
        agent.keyboard.press("y")
        expect(agent.locator('.tasks [aria-pressed="true"]')).to_have_count(number + 1)
    expect(agent.get_by_text("Confirmed.")).to_be_visible()
    for key, words in (("p", "PAN card, taken at"), ("f", "Face, taken at")):
        agent.keyboard.press(key)
        expect(agent.get_by_alt_text(words)).to_be_visible()
        assert agent.get_by_alt_text(words).evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    expect(agent.get_by_text("Everything is there for an approval.")).to_be_visible()
    agent.keyboard.press("o")
    agent.keyboard.type("Seems at ease. y n p")
    expect(agent.get_by_text("Saved at")).to_be_visible()
    agent.keyboard.press("Escape")
    agent.locator("h1").evaluate("() => document.activeElement.blur()")
    agent.keyboard.press("a")
    expect(agent.locator("#approve-remarks")).to_be_focused()
    agent.keyboard.type("Good to go")
    agent.keyboard.press("Tab")
    agent.keyboard.press("Enter")
    expect(agent.get_by_text("Approved. An auditor reviews the case next.")).to_be_visible()
    decided = serving.run(standing.house.stored(case))
    assert decided.agent is not None
    assert (decided.agent.remarks, decided.notes) == ("Good to go", "Seems at ease. y n p")


def test_single_keys_can_be_turned_off_and_stay_so(agent: Page, standing: Standing, serving: Serving) -> None:
    serving.run(standing.house.waiting())
    agent.goto(CALLS)
    agent.get_by_role("button", name="Keys ?").click()
    agent.get_by_label("Use single keys on these pages").uncheck()
    agent.get_by_role("button", name="Close").click()
    agent.reload()
    expect(agent.get_by_role("button", name="Keys ?")).to_be_visible()
    agent.keyboard.press("n")
    agent.keyboard.press("?")
    expect(agent.get_by_role("dialog")).to_have_count(0)
    assert agent.url.endswith(CALLS)


def test_everything_but_the_video_works_without_script(
    agents: Callable[..., BrowserContext], standing: Standing, serving: Serving
) -> None:
    case = serving.run(standing.house.waiting())
    page = agents(script=False).new_page()
    page.goto(CALLS)
    page.get_by_role("button", name="Take the next customer").click()
    expect(page.get_by_role("heading", name="Asha Gupta")).to_be_visible()
    taken = serving.run(standing.house.stored(case))
    serving.run(standing.house.agents.join_call(MERCHANT, AGENT, case.id))
    serving.run(standing.house.customer.join_call(case.code, taken.calls[-1].id))
    page.get_by_role("button", name="Fail question 1").click()
    expect(page.get_by_role("button", name="Fail question 1")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take the picture (PAN card)").click()
    expect(page.get_by_alt_text("PAN card, taken at")).to_be_visible()
    page.get_by_role("textbox", name="Notes for the auditor").fill("Another person was in the room.")
    page.get_by_role("button", name="Save the notes").click()
    page.get_by_text("Approve…").click()
    page.get_by_role("button", name="Approve and end the call").click()
    expect(page.get_by_text("cannot be done yet")).to_be_visible()
    page.get_by_text("Reject…").click()
    page.get_by_label("Reason").select_option("Customer was prompted by somebody")
    page.get_by_role("button", name="Reject and end the call").click()
    expect(page.get_by_text("Rejected. An auditor reviews the case next.")).to_be_visible()
    decided = serving.run(standing.house.stored(case))
    assert decided.agent is not None
    assert (decided.agent.reason, decided.notes) == (
        "Customer was prompted by somebody",
        "Another person was in the room.",
    )


def test_after_a_crash_the_console_leads_back_to_the_case_as_it_was(
    agents: Callable[..., BrowserContext], agent: Page, standing: Standing, serving: Serving
) -> None:
    path = in_call(standing, serving)
    agent.goto(path)
    agent.get_by_role("button", name="Pass question 1").click()
    expect(agent.get_by_role("button", name="Pass question 1")).to_have_attribute("aria-pressed", "true")
    agent.context.close()
    again = agents().new_page()
    again.goto(CALLS)
    assert again.url.endswith(path)
    expect(again.get_by_role("button", name="Pass question 1")).to_have_attribute("aria-pressed", "true")


def test_the_window_that_came_last_has_the_call_in_whichever_browser(
    agents: Callable[..., BrowserContext], standing: Standing, serving: Serving
) -> None:
    path = in_call(standing, serving)
    first, second = (agents().new_page() for _ in range(2))
    first.goto(path)
    with first.expect_response("**/call/join"):
        pass
    second.goto(path)
    expect(first.get_by_text("This call goes on in another window.")).to_be_visible()
    expect(second.get_by_text("This call goes on in another window.")).to_be_hidden()
    first.get_by_role("button", name="Try again").click()
    expect(second.get_by_text("This call goes on in another window.")).to_be_visible()


def test_a_page_whose_customer_has_left_says_so_by_itself(agent: Page, standing: Standing, serving: Serving) -> None:
    case = serving.run(standing.house.in_call())
    agent.goto(f"/console/call/{case.id}")
    serving.run(standing.house.customer.leave_call(case.code, case.calls[-1].id))
    expect(agent.get_by_role("heading", name="This customer is not with you any more")).to_be_visible()
    expect(agent.get_by_text("The customer left the call")).to_be_visible()
    agent.get_by_role("link", name="To the queue").click()
    expect(agent.get_by_text("Nobody waits.")).to_be_visible()


def test_a_page_whose_stream_is_refused_stays_until_its_agent_must_sign_in_anew(
    agent: Page, standing: Standing, serving: Serving
) -> None:
    agent.route("**/live", lambda route: route.fulfill(status=503))
    agent.goto(CALLS)
    expect(agent.get_by_text("The server cannot be heard just now.")).to_be_visible()
    agent.unroute_all()
    serving.run(standing.house.waiting())
    expect(agent.get_by_text("1 customer waits.")).to_be_visible()
    expect(agent.get_by_text("The server cannot be heard just now.")).to_be_hidden()
    agent.route("**/live", lambda route: route.fulfill(status=401))
    agent.reload()
    standing.people.operators.clear()
    expect(agent).to_have_url(re.compile("/console/sign-in"))


def test_over_a_lost_network_nothing_typed_is_lost_and_the_agent_is_told(
    agent: Page, standing: Standing, serving: Serving
) -> None:
    path = in_call(standing, serving)
    agent.goto(path)
    agent.context.set_offline(True)
    agent.get_by_role("button", name="Pass question 1").click()
    expect(agent.get_by_text("That did not reach the server.")).to_be_visible()
    agent.get_by_role("textbox", name="Notes for the auditor").fill("Typed in a tunnel.")
    expect(agent.get_by_text("Not saved yet.")).to_be_visible()
    agent.get_by_role("textbox", name="Notes for the auditor").blur()
    agent.context.set_offline(False)
    expect(agent.get_by_text("Saved at")).to_be_visible()
    agent.get_by_role("button", name="Pass question 1").click()
    expect(agent.get_by_role("button", name="Pass question 1")).to_have_attribute("aria-pressed", "true")
    expect(agent.get_by_text("That did not reach the server.")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1200])
def test_no_page_scrolls_sideways(
    agents: Callable[..., BrowserContext], standing: Standing, serving: Serving, width: int
) -> None:
    standing.house.roster.who.clear()
    page = agents(viewport={"width": width, "height": 800}).new_page()
    for path in (CALLS, CALLS, in_call_later(standing, serving)):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
        standing.house.roster.who.add(AGENT)


def in_call_later(standing: Standing, serving: Serving) -> str:
    standing.house.roster.who.add(AGENT)
    path = in_call(standing, serving)
    standing.house.roster.who.clear()
    return path
