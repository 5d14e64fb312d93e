"""What holds for every page of an agent: headers, one heading, labels, nothing inline; and for every form, whatever it holds."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.console.standing import CALLS, Standing
from unit.console.test_case_page import Desk
from unit.hosted.browser import Browser, Reply
from unit.journeys.video_kyc.cases import AGENT

LIMIT = 80_000


def offline(standing: Standing) -> Reply:
    standing.house.roster.who.clear()
    return standing.browser().open(CALLS)


def queue(standing: Standing) -> Reply:
    standing.do(standing.house.waiting("v-1"))
    standing.do(standing.house.waiting("v-2"))
    return standing.browser().open(CALLS)


def case(standing: Standing) -> Reply:
    desk = Desk(standing, standing.do(standing.house.in_call()))
    desk.interview()
    return desk.browser.open(desk.path)


def fresh_case(standing: Standing) -> Reply:
    return Desk(standing, standing.do(standing.house.in_call())).page


def gone(standing: Standing) -> Reply:
    return standing.browser().open("/console/call/jrn_none")


EVERY_PAGE: dict[str, tuple[int, Callable[[Standing], Reply]]] = {
    "offline": (200, offline),
    "nobody": (200, lambda standing: standing.browser().open(CALLS)),
    "queue": (200, queue),
    "case": (200, case),
    "fresh case": (200, fresh_case),
    "gone": (409, gone),
}


@pytest.fixture(params=EVERY_PAGE)
def page(request: pytest.FixtureRequest) -> Reply:
    status, come_to = EVERY_PAGE[request.param]
    reply = come_to(Standing())
    assert reply.status == status
    return reply


def test_the_page_carries_every_header(page: Reply) -> None:
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(page: Reply) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|javascript:|https?://", page.text)
    for url in re.findall(r'(?:src|href|action)="([^"]+)"', page.text):
        assert url.startswith(("/static/console/", "/console", "#"))


def test_the_page_is_light(page: Reply) -> None:
    standing = Standing()
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    answers = [Browser(standing.app).get(url) for url in files]
    assert {answer.status for answer in answers} == {200}
    assert len(page.text.encode()) + sum(len(answer.body) for answer in answers) < LIMIT


def test_the_page_has_one_heading_of_the_first_rank_and_a_title(page: Reply) -> None:
    assert page.text.count("<h1") == 1
    assert re.search(r"<title>[^<]+</title>", page.text)


def test_every_id_is_there_once_and_every_reference_leads_to_one(page: Reply) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    for name in ("aria-labelledby", "aria-describedby", "for"):
        for found in re.findall(rf'\b{name}="([^"]+)"', page.text):
            assert set(found.split()) <= set(ids), (name, found)
    fields = re.findall(r"<(?:textarea|select)[^>]*\bid=\"([^\"]+)\"", page.text)
    assert set(fields) <= set(re.findall(r'<label for="([^"]+)"', page.text))


def test_every_form_carries_the_session_s_token(page: Reply) -> None:
    forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
    assert forms
    assert all('name="token" value="' in form for form in forms)


ACTS = ("questions", "liveness", "liveness/draw", "notes", "stills", "approve", "reject")
FIELDS = ("question", "verdict", "task", "kind", "notes", "reason", "remarks", "case")
VALUES = st.one_of(
    st.text(max_size=40), st.sampled_from(["pass", "fail", "1", "code", "pan", "face", "Other", "jrn_1"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.dictionaries(st.sampled_from(FIELDS), VALUES)), max_size=6))
def test_whatever_forms_hold_the_agent_gets_an_answer_and_the_case_stays_one_person_s(
    sent: list[tuple[str, dict[str, str]]],
) -> None:
    standing = Standing()
    desk = Desk(standing, standing.do(standing.house.in_call()))
    for act, fields in sent:
        status, said = desk.send(act, **fields)
        assert status in {200, 422}
        assert {"parts", "go"} & said.keys()
        assert desk.post(act, **fields).status == 303
    assert {call.agent_id for call in desk.case.calls} == {AGENT}
