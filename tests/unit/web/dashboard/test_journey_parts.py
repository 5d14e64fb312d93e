"""The pure parts of the journeys' pages: what narrows, what is masked, what a CSV file may hold, what a story tells."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.move import move
from dastak.journeys.kyc_link.signal import CheckFailed, CheckPassed, LinkCancelled
from dastak.journeys.sealing import sealed
from dastak.journeys.video_kyc.table import Stage
from dastak.web.dashboard.journeys.case_story import case_lines, case_states
from dastak.web.dashboard.journeys.csv_text import DANGEROUS, line, safe
from dastak.web.dashboard.journeys.export import CASE_HEAD, LINK_HEAD, case_row, link_row
from dastak.web.dashboard.journeys.link_story import link_lines, link_states
from dastak.web.dashboard.journeys.listed import Page, looked_up
from dastak.web.dashboard.journeys.listed import link_row as listed_row
from dastak.web.dashboard.journeys.masking import mask_email, mask_name, masked
from dastak.web.dashboard.journeys.narrowing import narrowing
from dastak.web.dashboard.journeys.notices import SAID, said
from dastak.web.dashboard.journeys.story import MOST_SHOWN, Line, Sort, Story, told
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryRow, EventRow
from dastak_sdk import CheckType
from unit.journeys.people import NOW, a_link
from unit.journeys.video_kyc.cases import WAYS, case_at

INDIA = ZoneInfo("Asia/Kolkata")
LATER = NOW + timedelta(hours=1)


def test_a_search_may_be_a_number_of_ours_or_a_phone_in_several_forms() -> None:
    asked = narrowing({"q": " 98765 43210 "}, ())
    assert asked.phones == ("9876543210", "+919876543210", "919876543210")
    assert narrowing({"q": "+91 98765-43210"}, ()).phones == ("+919876543210", "9876543210", "919876543210")
    assert narrowing({"q": "10449"}, ()).reference_id == 10449
    assert narrowing({"q": "case-7"}, ()).phones == ()
    assert narrowing({"q": "case-7"}, ()).reference_id is None
    assert narrowing({"q": "9" * 30}, ()).reference_id is None


def test_days_are_those_of_the_merchant_s_zone_the_last_one_included() -> None:
    asked = narrowing({"from": "2026-01-10", "until": "2026-01-11", "status": "SUCCESS"}, ("SUCCESS",))
    assert asked.created(INDIA) == (
        datetime(2026, 1, 9, 18, 30, tzinfo=UTC),
        datetime(2026, 1, 11, 18, 30, tzinfo=UTC),
    )
    assert asked.query() == "?status=SUCCESS&from=2026-01-10&until=2026-01-11"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "tomorrow"}, "from"),
        ({"until": "0001-01-01"}, "until"),
        ({"from": "2026-02-01", "until": "2026-01-01"}, "until"),
    ],
)
def test_what_is_no_day_narrows_nothing_and_is_named(query: dict[str, str], field: str) -> None:
    asked = narrowing(query, ())
    assert [name for name, _ in asked.mistakes] == [field]


@given(st.dictionaries(st.sampled_from(["q", "status", "from", "until"]), st.text(max_size=80)))
def test_any_query_is_read_and_leads_to_itself_again(query: dict[str, str]) -> None:
    asked = narrowing(query, ("RECEIVED",))
    assert asked.created(INDIA) is not None
    assert len(asked.search) <= 64
    assert asked.query().startswith("?") or not asked.query()


def test_customers_are_masked_to_what_tells_two_apart() -> None:
    assert mask_name("Asha Rani Gupta") == "A••• R••• G•••"
    assert mask_email("asha@example.com") == "a•••@example.com"
    shown = masked("Asha", "+919876543210", None)
    assert (shown.phone[-3:], shown.email, shown.is_whole) == ("210", "", False)
    assert "9876" not in shown.phone


@given(st.text(max_size=50))
def test_no_cell_of_a_file_is_a_formula_and_every_cell_comes_back(value: str) -> None:
    said_ = safe(value)
    assert not said_.lstrip(" ").startswith(DANGEROUS)
    assert said_.removeprefix("'") == value.removeprefix("'") or said_ == f"'{value}"
    assert next(csv.reader(io.StringIO(line([value, "next"]), newline=""))) == [said_, "next"]


def test_a_phone_number_with_a_plus_is_text() -> None:
    assert (
        line(["+919876543210", None, 7, '=HYPERLINK("http://x")'])
        == '\'+919876543210,,7,"\'=HYPERLINK(""http://x"")"\r\n'
    )


def test_rows_of_a_file_have_a_cell_for_every_head_and_nobody_s_data_unless_whole() -> None:
    link = replace(a_link(), phone="+919876543210", name="Asha Gupta", email="asha@example.com")
    for row, head in (
        (link_row(link, is_whole=False), LINK_HEAD),
        (case_row(case_at(Stage.REVIEWED), is_whole=False), CASE_HEAD),
    ):
        assert len(row) == len(head)
        assert "Asha" not in line(row)
        assert "987654" not in line(row)
    assert "Asha Gupta" in line(link_row(link, is_whole=True))


def test_only_known_words_can_be_put_on_a_page_by_its_address() -> None:
    assert said({"said": "cancelled"}) == SAID["cancelled"]
    assert said({"said": "<b>Send money</b>"}) == ""


def _event(number: int, type_: str, at: datetime, body: bytes | None = None) -> EventRow:
    return EventRow(number, f"evt_{number}", "jrn_1", "v", type_, number, at, body)


def _events(*signals: CheckPassed | CheckFailed | LinkCancelled) -> tuple[object, list[EventRow]]:
    link, rows = a_link(), []
    for minute, signal in enumerate(signals, 1):
        moved = move(link, signal, NOW + timedelta(minutes=minute))
        link = moved.link
        for one in moved.happenings:
            body = sealed(link, one, "evt", secret="dks_secret").body
            rows.append(_event(one.sequence, one.type.value, one.at, body))
    return link, rows


def test_the_story_of_a_link_says_what_each_event_found_out() -> None:
    link, events = _events(CheckFailed(CheckType.PAN, 7, "Wrong."), CheckPassed(CheckType.PAN, 8), LinkCancelled())
    lines = link_lines(link, events)  # type: ignore[arg-type]
    assert [(one.words, one.more) for one in lines if one.sort is Sort.CHECK] == [
        ("PAN: not confirmed", "run 7"),
        ("PAN: confirmed", "run 8"),
        ("Aadhaar: expired", ""),
        ("Bank account: expired", ""),
        ("UPI: expired", ""),
    ]
    assert [one.words for one in lines if one.sort is Sort.STATE] == ["The link was made", "The link is expired"]
    states = link_states(link, events, LATER)  # type: ignore[arg-type]
    assert [one.name for one in states] == ["Open", "Expired"]
    assert states[0].end == states[1].start == NOW + timedelta(minutes=3)


def test_an_event_whose_body_is_gone_still_has_its_line() -> None:
    events = [_event(1, "KYC_LINK_ACTION_PERFORMED", NOW)]
    story = told([], link_lines(a_link(), events), events, [], {}, LATER)
    assert [one.words for one in story.lines] == ["The link was made", "KYC_LINK_ACTION_PERFORMED"]


def test_deliveries_are_told_with_where_they_went_and_lead_to_their_page() -> None:
    one = DeliveryRow(
        1,
        "dlv_1",
        "evt_1",
        "KYC_LINK_SUCCESS",
        "jrn_1",
        "v",
        1,
        "ep_gone",
        DeliveryState.GIVEN_UP,
        3,
        None,
        503,
        "",
        NOW,
        LATER,
    )
    story = told([], [], [], [one, replace(one, id="dlv_2", state=DeliveryState.PENDING, finished_at=None)], {}, LATER)
    assert story.lines[1].words == "Given up: KYC_LINK_SUCCESS to an endpoint that is gone"
    assert story.lines[1].more == "3 attempts, last answer 503"
    assert story.lines[1].href == "/dashboard/deliveries/dlv_1"
    assert story.lanes[3].stretches[1].end == LATER


@pytest.mark.parametrize("stage", WAYS)
def test_the_story_of_a_case_has_every_line_of_its_timeline_and_stages_without_a_hole(stage: Stage) -> None:
    case = case_at(stage)
    assert len(case_lines(case, {"opr_agent": "Meera"})) == len(case.timeline)
    states = case_states(case, NOW + timedelta(hours=1))
    assert states, "a case always stands somewhere"
    assert all(a.end == b.start for a, b in pairwise(states))
    assert states[-1].end == NOW + timedelta(hours=1)


def test_a_long_story_is_shown_from_its_end_unless_all_is_asked_for() -> None:
    lines = tuple(Line(NOW + timedelta(seconds=n), Sort.STATE, str(n)) for n in range(MOST_SHOWN + 5))
    story = Story(lines, ())
    assert story.latest(whole=False) == lines[5:]
    assert story.latest(whole=True) == lines


async def test_a_search_goes_on_with_the_form_of_the_phone_that_was_found() -> None:
    asked = narrowing({"q": "9876543210"}, ())
    tried: list[str | None] = []

    async def nothing() -> KycLink | None:
        return None

    async def page(phone: str | None) -> Page[KycLink]:
        tried.append(phone)
        return ([a_link()] if phone == "+919876543210" else []), None

    found = await looked_up(asked, None, (nothing, nothing), page, listed_row)
    assert [row.verification_id for row in found.rows] == [a_link().verification_id]
    assert tried == ["9876543210", "+919876543210"]
    assert found.wanted is not None
    assert found.wanted.search == "+919876543210"
