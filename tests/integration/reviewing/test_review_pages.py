"""The auditor's pages over real HTTP, without script."""

import json
import re
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Self

import pytest

from dastak.journeys.video_kyc.clock import REVIEW_WITHIN
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from integration.reviewing.bureau import BOTH, SECOND, SHA256, Bureau
from support.customer import Page
from unit.journeys.video_kyc.cases import AGENT, AUDITOR, a_still
from unit.journeys.video_kyc.house import MERCHANT

REASON = "Liveness not confirmed"


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    with Bureau() as bureau:
        yield bureau


def words(page: Page) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def numbers(page: Page) -> list[int]:
    return [int(found) for found in re.findall(r'<p class="number">(\d+)</p>', page.text)]


def listed(page: Page) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*>\s*<(?:a|span)[^>]*>([^<]+)<', page.text)


def link(page: Page, text: str) -> str:
    found = re.search(rf'<a href="/console/reviews([^"]*)"[^>]*>{text}</a>', page.text)
    assert found, f"no link {text}"
    return unescape(found.group(1))


# Home and tables


def test_the_counters_say_what_waits_and_how_reviews_ended(bureau: Bureau) -> None:
    cases = [bureau.decided(f"v-{number}") for number in range(4)]
    rejected = bureau.do(bureau.house.in_call("v-9"))
    bureau.do(bureau.house.agents.reject(MERCHANT, AGENT, rejected.id, REASON, None))
    bureau.do(bureau.house.auditors.approve(MERCHANT, AUDITOR, cases[0].id, None))
    bureau.do(bureau.house.auditors.approve(MERCHANT, SECOND, cases[1].id, None))
    bureau.do(bureau.house.auditors.reject(MERCHANT, AUDITOR, cases[2].id, REASON, None))
    auditor = bureau.person()
    page = auditor.go("")
    assert numbers(page) == [2, 2, 1]
    assert "approved by the agent: 1" in words(page)
    assert "rejected by the agent: 1" in words(page)
    assert numbers(auditor.go("?whose=mine")) == [2, 1, 1]


def test_the_days_are_those_of_india_and_both_count(bureau: Bureau) -> None:
    case = bureau.decided()
    bureau.later(hours=24 - 7 - 5.5 - 0.1)  # from 12:30 in India to a moment before midnight
    bureau.do(bureau.house.auditors.approve(MERCHANT, AUDITOR, case.id, None))
    auditor = bureau.person()
    assert numbers(auditor.go("?from=2026-01-10&until=2026-01-10"))[1] == 1
    assert numbers(auditor.go("?from=2026-01-11"))[1] == 0
    assert numbers(auditor.go("?until=2026-01-09"))[1] == 0
    page = auditor.go("?from=2026-01-10&until=2026-01-09")
    assert (page.status, "must not be before the first" in words(page)) == (422, True)
    assert auditor.go("?from=soon&until=9999-12-31").status == 422


def test_a_home_with_nothing_to_do_says_so(bureau: Bureau) -> None:
    page = bureau.person().go("")
    assert numbers(page) == [0, 0, 0]
    assert "Nothing waits for review" in words(page)
    for table in ("pending", "approved", "rejected"):
        page = bureau.person().go(f"/{table}")
        assert (page.status, listed(page)) == (200, [])


def test_what_waits_comes_oldest_first_and_page_by_page(bureau: Bureau) -> None:
    for number in range(30):
        bureau.later(minutes=1)
        bureau.decided(f"v-{number:02d}")
    bureau.later(hours=3)
    auditor = bureau.person()
    first = auditor.go("/pending")
    rest = auditor.go(link(first, "Next page"))
    assert listed(first) + listed(rest) == [f"v-{number:02d}" for number in range(30)]
    assert "3 hours" in words(first)
    assert "Next page" not in words(rest)
    assert listed(auditor.go(link(rest, "First page"))) == listed(first)


def test_reviewed_cases_are_in_the_table_of_their_end_with_who_and_why(bureau: Bureau) -> None:
    good, bad = bureau.decided("v-good"), bureau.decided("v-bad")
    bureau.do(bureau.house.auditors.approve(MERCHANT, AUDITOR, good.id, "Looks <Good>"))
    bureau.do(bureau.house.auditors.reject(MERCHANT, SECOND, bad.id, REASON, None))
    auditor = bureau.person()
    approved, rejected = auditor.go("/approved"), auditor.go("/rejected")
    assert (listed(approved), listed(rejected)) == (["v-good"], ["v-bad"])
    assert "Looks &lt;Good&gt;" in approved.text
    assert "Farah Khan" in words(rejected)
    assert REASON in words(rejected)
    assert listed(auditor.go("/rejected?whose=mine")) == []


def test_a_case_is_found_by_its_id_and_by_the_phone_in_any_spelling(bureau: Bureau) -> None:
    bureau.decided("v-1")
    done = bureau.decided("v-2")
    bureau.do(bureau.house.auditors.approve(MERCHANT, AUDITOR, done.id, None))
    auditor = bureau.person()
    assert listed(auditor.go("/pending?q=v-1")) == ["v-1"]
    for phone in ("9876543210", "%2B91+98765+43210", "91-98765-43210"):
        assert listed(auditor.go(f"/pending?q={phone}")) == ["v-1"]
        assert listed(auditor.go(f"/approved?q={phone}")) == ["v-2"]
    page = auditor.go("/pending?q=v-2")
    assert (listed(page), "under Approved" in words(page)) == ([], True)
    assert listed(auditor.go(link(page, "Approved"))) == ["v-2"]
    for unknown in ("v-3", "9876543211", "%00x", "%ff%fe", "x" * 500, "<b>"):
        page = auditor.go(f"/pending?q={unknown}")
        assert (page.status, listed(page)) == (200, [])
        assert "<b>" not in page.text


def test_phones_are_masked_and_broken_cursors_begin_at_the_beginning(bureau: Bureau) -> None:
    bureau.decided()
    auditor = bureau.person()
    for after in ("", "x", "1-", "99999999999999999-jrn", "1" * 99 + "-jrn", "-1-jrn"):
        page = auditor.go(f"/pending?after={after}")
        assert page.status == 200
        assert "9876543210" not in page.text
    assert "•••••••210" in auditor.go("/pending").text


# Who may


def test_only_auditors_come_in_and_only_when_signed_in(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    agent, stranger = bureau.person(AGENT), bureau.person("nobody")
    paths = ["", "/next", "/pending", *(f"/{case.id}{end}" for end in ("", "/recording", "/live", "/stills/stl_pan"))]
    for path in paths:
        assert agent.go(path).status == 403
        assert stranger.go(path).url == "/console/sign-in"
    assert not bureau.views.rows


def test_an_auditor_who_took_a_call_of_the_case_sees_nothing_of_it(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided("v-1", BOTH))
    other = bureau.decided("v-2")
    both = bureau.person(BOTH)
    page = both.go("/pending")
    assert listed(page) == ["v-2"]
    assert "in which you took a call are left out" in words(page)
    assert "somebody else reviews" in words(both.go("/pending?q=v-1"))
    for end in ("", "/recording", "/stills/stl_pan"):
        page = both.go(f"/{case.id}{end}")
        assert (page.status, "Another auditor will" in words(page)) == (403, True)
    assert both.go("/next").url == f"/console/reviews/{other.id}"
    assert not bureau.views.rows


def test_what_is_not_there_yet_or_never_was_is_not_found(bureau: Bureau) -> None:
    case = bureau.do(bureau.house.in_call("v-3"))
    auditor = bureau.person()
    for path in (f"/{case.id}", "/jrn_none", "/%00", "/a%2fb", f"/{case.id}/recording", f"/{case.id}/live"):
        assert auditor.go(path).status == 404


# The review screen


def test_the_screen_has_everything_that_the_agent_had(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    bureau.do(bureau.house.evidence.examined(MERCHANT, case.id, "stl_pan", {"pan": "XXXXX1234X", "name": "ASHA"}))
    page = bureau.person().go(f"/{case.id}")
    text = words(page)
    assert case.liveness is not None
    for said in (
        "Asha Gupta",
        "Approved by Ravi Kumar",
        "Good to go",
        "PAN XXXXX1234X",
        "18.520000, 73.860000, within 20 m",
        "203.0.113.9",
        "Camera and microphone work · round trip 80 ms · 2000 kbit/s",
        "Where were you born?",
        "Expected: Pune",
        f"Read aloud Passed {case.liveness.code}",
        case.liveness.seed,
        "the seed gives this code and this order",
        "Given by the company",
        "Employment Salaried",
        "Aadhaar Name Asha From the company.",
        "The link was made",
        "Decided, as the agent: approved",
        f"SHA-256 {SHA256}",
        "Nobody has seen the recording or a picture until now",
    ):
        assert said in text, said
    assert "9876543210" not in page.text
    assert f'src="/console/reviews/{case.id}/recording"' in page.text
    assert f'src="/console/reviews/{case.id}/stills/stl_pan"' in page.text


def test_pictures_that_were_taken_again_are_kept_apart(bureau: Bureau) -> None:
    case = bureau.do(bureau.house.in_call())
    for id_ in ("stl_old", "stl_new"):
        bureau.do(bureau.house.agents.note_still(MERCHANT, AGENT, case.id, a_still(StillKind.PAN, id_)))
    bureau.do(bureau.house.agents.reject(MERCHANT, AGENT, case.id, REASON, "blurred"))
    page = bureau.person().go(f"/{case.id}")
    assert page.text.index("stl_new") < page.text.index("Taken before: 1") < page.text.index("stl_old")
    assert "No liveness test was made" in words(page)
    assert "Nothing was recorded of the call" in words(page)


def test_playing_and_looking_is_noted_and_shown_to_auditors(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    auditor = bureau.person()
    for end in ("/recording", "/stills/stl_pan", "/recording"):
        raw(bureau, f"/{case.id}{end}")
    seen = [(view.viewer, view.reference, view.client_ip) for view in bureau.views.rows]
    reference = f"mer_1/{case.id}/call.mp4"
    assert seen == [(AUDITOR, reference, "127.0.0.1"), (AUDITOR, "stills/stl_pan", "127.0.0.1")]
    text = words(auditor.go(f"/{case.id}"))
    assert "Meera Nair: picture of the PAN card from 127.0.0.1" in text
    assert "Meera Nair: the recording" in text


def test_a_photo_that_the_customer_s_page_sent_is_shown_beside_its_picture_and_noted(bureau: Bureau) -> None:
    case = bureau.decided()
    assert raw(bureau, f"/{case.id}/stills/stl_pan/photo").status == 404
    bureau.shelf.files["large.jpg"] = b"a large photo"
    found = {"photo": "large.jpg", "photo_sha256": SHA256}
    bureau.do(bureau.house.evidence.examined(MERCHANT, case.id, "stl_pan", found))
    answer = raw(bureau, f"/{case.id}/stills/stl_pan/photo")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    page = bureau.person().go(f"/{case.id}")
    assert f'href="/console/reviews/{case.id}/stills/stl_pan/photo"' in page.text
    assert "Meera Nair: photo of the PAN card" in words(page)
    assert "large.jpg" not in page.text, "where it is kept is no finding"


def test_the_player_seeks_in_the_recording(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    answer = raw(bureau, f"/{case.id}/recording", range="bytes=3-5")
    assert (answer.status, answer.read()) == (206, b"345")
    assert answer.headers["content-range"] == "bytes 3-5/10"
    assert answer.headers["content-type"] == "video/mp4"
    still = raw(bureau, f"/{case.id}/stills/stl_face")
    kept = still.headers["content-type"], still.headers["cache-control"], still.headers["content-disposition"]
    assert kept == ("image/jpeg", "private, no-store", 'inline; filename="v-1-face.jpg"')


def test_what_is_no_longer_kept_is_said_and_not_noted(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    bureau.shelf.files.clear()
    auditor = bureau.person()
    for end in ("/recording", "/stills/stl_pan", "/stills/stl_none"):
        page = auditor.go(f"/{case.id}{end}")
        assert (page.status, "no longer kept" in words(page)) == (404, True)
    assert not bureau.views.rows


# Live


def test_the_stream_tells_of_progress_of_the_end_and_of_a_decision(bureau: Bureau) -> None:
    case = bureau.decided()
    bureau.composing(case, 0.4)
    assert "being put together: 40 %" in words(bureau.person().go(f"/{case.id}"))
    with Stream(bureau, case) as stream:
        assert stream.next() == {
            "recording": {"state": "composing", "percent": 40, "words": "The recording is being put together: 40 %"},
            "open": True,
        }
        bureau.composing(case, 0.999)
        bureau.ring(case)
        assert stream.next()["recording"]["percent"] == 99
        bureau.composing(case, 0.5, "ffmpeg ended")
        bureau.ring(case)
        assert "tried again: ffmpeg ended" in stream.next()["recording"]["words"]
        bureau.ring(bureau.composed(case))
        assert stream.next()["recording"]["state"] == "ready"
        other = bureau.person(SECOND)
        other.go(f"/{case.id}")
        other.send(f"/{case.id}/decide", decision="approve", sure="yes")
        assert stream.next()["open"] is False


def test_a_stream_ends_when_the_server_stops(bureau: Bureau) -> None:
    case = bureau.decided()
    with Stream(bureau, case) as stream:
        stream.next()
        bureau.stop_bell()
        assert stream.rest() == b""


# Deciding


def test_an_approval_is_looked_over_and_then_made_once(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    page = auditor.send(f"/{case.id}/decide", decision="approve", reason=REASON, remarks="Looks\r\n<Good>")
    assert (page.status, "Approve Asha Gupta?" in words(page)) == (200, True)
    assert "You have not played the recording" in words(page)
    assert REASON not in words(page), "an approval has no reason"
    assert bureau.do(bureau.house.stored(case)).auditor is None, "nothing is saved before one is sure"
    page = auditor.send(f"/{case.id}/decide", sure="yes")
    assert page.url == f"/console/reviews/{case.id}?decided=1"
    assert "Your decision is saved" in words(page)
    assert "Approved by Meera Nair" in words(page)
    assert f"/console/reviews/{case.id}/decide" not in page.forms
    made = bureau.do(bureau.house.stored(case)).auditor
    assert made is not None
    assert (made.operator_id, made.approved, made.remarks) == (AUDITOR, True, "Looks\n<Good>")
    assert bureau.house.heard()[-1] == ("AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED")


def test_who_goes_back_finds_what_they_typed(bureau: Bureau) -> None:
    case = bureau.decided()
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    page = auditor.send(f"/{case.id}/decide", decision="reject", reason=REASON, remarks="see 12:31")
    assert "it cannot be played yet" in words(page)
    page = auditor.send(f"/{case.id}/decide", back="yes")
    assert 'value="reject" required checked' in page.text
    assert f"<option selected>{REASON}</option>" in page.text
    assert ">see 12:31</textarea>" in page.text
    assert bureau.do(bureau.house.stored(case)).auditor is None


def test_the_confirmation_does_not_warn_who_has_played_the_recording(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    raw(bureau, f"/{case.id}/recording")
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    assert "have not" not in words(auditor.send(f"/{case.id}/decide", decision="approve"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose whether you approve or reject"),
        ({"decision": "maybe"}, "Choose whether you approve or reject"),
        ({"decision": "reject"}, "A rejection needs a reason of the list"),
        ({"decision": "reject", "reason": "I do not like it"}, "A rejection needs a reason of the list"),
        ({"decision": "approve", "remarks": "x" * 1001}, "Remarks can have 1000 letters"),
    ],
)
def test_what_cannot_be_is_said_and_not_saved(bureau: Bureau, typed: dict[str, str], said: str) -> None:
    case = bureau.decided()
    auditor = bureau.person()
    for sure in ({}, {"sure": "yes"}):
        auditor.go(f"/{case.id}")
        page = auditor.send(f"/{case.id}/decide", **typed, **sure)
        assert (page.status, said in words(page)) == (422, True)
    assert bureau.do(bureau.house.stored(case)).auditor is None


def test_of_two_auditors_the_second_sees_who_decided(bureau: Bureau) -> None:
    case = bureau.decided()
    first, second = bureau.person(AUDITOR), bureau.person(SECOND)
    for auditor in (first, second):
        auditor.go(f"/{case.id}")
        auditor.send(f"/{case.id}/decide", decision="approve" if auditor is first else "reject", reason=REASON)
    first.send(f"/{case.id}/decide", sure="yes")
    page = second.send(f"/{case.id}/decide", sure="yes")
    assert "Meera Nair has decided on this case before" in words(page)
    assert "Approved by Meera Nair" in words(page)
    assert [event for event, _ in bureau.house.heard()].count("AUDITOR_REVIEW_COMPLETED") == 1


def test_a_case_that_was_decided_meanwhile_is_not_even_asked_about(bureau: Bureau) -> None:
    case = bureau.decided()
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    bureau.do(bureau.house.auditors.approve(MERCHANT, SECOND, case.id, None))
    assert "Farah Khan has decided" in words(auditor.send(f"/{case.id}/decide", decision="approve"))


def test_the_same_decision_sent_twice_counts_once_and_another_one_is_refused(bureau: Bureau) -> None:
    case = bureau.decided()
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    confirm = auditor.send(f"/{case.id}/decide", decision="approve")
    for _ in range(2):
        auditor.page = confirm
        assert auditor.send(f"/{case.id}/decide", sure="yes").url.endswith("?decided=1")
    auditor.page = confirm
    page = auditor.send(f"/{case.id}/decide", decision="reject", reason=REASON, sure="yes")
    assert "You have decided on this case before" in words(page)
    assert bureau.do(bureau.house.stored(case)).sub_status == "AUDITOR_APPROVED"


def test_a_review_that_comes_too_late_is_told_so(bureau: Bureau) -> None:
    case = bureau.decided()
    auditor = bureau.person()
    auditor.go(f"/{case.id}")
    confirm = auditor.send(f"/{case.id}/decide", decision="approve")
    bureau.later(days=31 + REVIEW_WITHIN.days)
    bureau.do(bureau.house.sweeper.sweep())
    page = auditor.send(f"/{case.id}/decide", sure="yes")
    assert "The time for reviewing this case is over" in words(page)
    assert "ended without one" in words(page)
    auditor.page = confirm
    assert "is over" in words(auditor.send(f"/{case.id}/decide"))


def test_nobody_decides_who_may_not(bureau: Bureau) -> None:
    case = bureau.decided("v-1", BOTH)
    auditor, both = bureau.person(), bureau.person(BOTH)
    page = auditor.go(f"/{case.id}")
    form = page.forms[f"/console/reviews/{case.id}/decide"]
    both.page = page
    assert both.submit(f"/reviews/{case.id}/decide", decision="approve", sure="yes").status == 403, "not their token"
    own = both.go("").forms["/console/sign-out"].fields["token"]
    page = both._go("POST", form.action, {"token": own, "decision": "approve", "sure": "yes"})
    assert (page.status, "Another auditor will" in words(page)) == (403, True)
    agent = bureau.person(AGENT)
    agent.page = auditor.go(f"/{case.id}")
    assert agent.submit(f"/reviews/{case.id}/decide", decision="approve", sure="yes").status == 403
    assert bureau.do(bureau.house.stored(case)).auditor is None


def test_next_leads_from_case_to_case_and_then_to_the_empty_list(bureau: Bureau) -> None:
    cases = []
    for number in range(2):
        bureau.later(minutes=1)
        cases.append(bureau.decided(f"v-{number}"))
    auditor = bureau.person()
    for case in cases:
        assert auditor.go("/next").url == f"/console/reviews/{case.id}"
        auditor.send(f"/{case.id}/decide", decision="approve", sure="yes")
    assert auditor.go("/next").url == "/console/reviews/pending"
    assert "Nothing waits for review" in words(auditor._shown())


def test_a_call_that_broke_off_is_in_the_calls_and_its_agent_does_not_review(bureau: Bureau) -> None:
    case = bureau.do(bureau.house.in_call("v-1"))
    bureau.later(minutes=2)
    bureau.do(bureau.house.customer.leave_call(case.code, case.calls[-1].id))
    bureau.later(minutes=1)
    bureau.house.roster.who.add(BOTH)
    bureau.do(bureau.house.customer.join_queue(case.code))
    case = bureau.do(bureau.house.agents.accept(MERCHANT, BOTH, case.id))
    bureau.do(bureau.house.agents.join_call(MERCHANT, BOTH, case.id))
    bureau.do(bureau.house.customer.join_call(case.code, case.calls[-1].id))
    bureau.do(bureau.house.agents.reject(MERCHANT, BOTH, case.id, REASON, None))
    text = words(bureau.person().go(f"/{case.id}"))
    assert "Ravi Kumar: 2 min 0 s; the customer left" in text
    assert "Priya Shah: 0 s; the agent decided" in text


def test_when_the_store_is_away_the_page_says_so(bureau: Bureau) -> None:
    case = bureau.composed(bureau.decided())
    bureau.views.is_away = True
    page = bureau.person().go(f"/{case.id}/recording")
    assert (page.status, "cannot save right now" in words(page)) == (503, True)


def raw(bureau: Bureau, path: str, **headers: str) -> HTTPResponse:
    """One request of the auditor's browser that is no page."""
    connection = HTTPConnection("127.0.0.1", bureau.serving.port, timeout=10)
    cookie = {"cookie": f"dastak-console={MERCHANT}.{AUDITOR}", "connection": "close"}
    connection.request("GET", f"/console/reviews{path}", headers=cookie | headers)
    answer = connection.getresponse()
    if not headers:
        answer.read()
    return answer


class Stream:
    """An event stream, read event by event."""

    def __init__(self, bureau: Bureau, case: VideoKyc) -> None:
        self._connection = HTTPConnection("127.0.0.1", bureau.serving.port, timeout=10)
        cookie = {"cookie": f"dastak-console={MERCHANT}.{AUDITOR}"}
        self._connection.request("GET", f"/console/reviews/{case.id}/live", headers=cookie)
        self._answer = self._connection.getresponse()
        assert self._answer.headers["content-type"].startswith("text/event-stream")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def next(self) -> dict[str, Any]:
        """The next news."""
        for line in self._answer:
            if line.startswith(b"data: "):
                news: dict[str, Any] = json.loads(line[len(b"data: ") :])
                return news
        raise AssertionError("the stream has ended")

    def rest(self) -> bytes:
        return self._answer.read().strip()
