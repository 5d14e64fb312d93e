"""What auditors read and type: every line of a timeline has words, addresses lead back to where they were made."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.call import CallEnd
from dastak.journeys.video_kyc.case_desk import RESENT
from dastak.journeys.video_kyc.clock import Due
from dastak.journeys.video_kyc.interview import Liveness
from dastak.journeys.video_kyc.signal import Kind
from dastak.journeys.video_kyc.table import Stage
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.web.case_words import HAPPENED, happened
from dastak.web.console.interview_words import CHALLENGES
from dastak.web.console.review import facts
from dastak.web.console.review.narrowing import Narrowing, cursor_of, cursor_text, narrowing
from dastak.web.console.review.typed import REMARKS_LIMIT, mistakes_of, typed_of
from dastak.web.console.review.words import CALL_ENDS, age, length
from unit.journeys.video_kyc.cases import AGENT, NOW, case_at

REASONS = ("Fraud suspected", "Other")
DAYS = st.none() | st.dates(date(1970, 1, 2), date(2100, 1, 1))


def test_everything_that_can_happen_has_words() -> None:
    by_the_clock = {Kind.TIME_UP.value}
    assert {kind.value for kind in Kind} - by_the_clock <= HAPPENED.keys()
    assert {due.value for due in Due} <= HAPPENED.keys()
    assert RESENT in HAPPENED
    assert set(CALL_ENDS) == set(CallEnd)
    assert {name for template in AGENT_TEMPLATES.values() for name in template.challenges} <= CHALLENGES.keys()


def test_a_decision_and_a_check_say_how_they_ended() -> None:
    assert happened("agent_decided", "AGENT_REJECTED") == "Decided, as the agent: rejected"
    assert happened("precheck_failed", "USER_PROXY_DETECTED").endswith(": a proxy was found")
    assert happened("joined", "AGENT_APPROVED") == "Came into the call"
    assert happened("something_new", "") == "Something new"


def test_a_timeline_is_short_and_says_who_did_what() -> None:
    lines = facts.timeline(case_at(Stage.REVIEWED), {AGENT: "Ravi"})
    assert lines[0]["words"] == "The link was made"
    assert (lines[-1]["words"], lines[-1]["mark"]) == ("Decided, as the auditor: approved", "good")
    judged = next(line for line in lines if line["words"] == "Judged a question")
    assert (judged["times"], judged["by"]) == ("2", "Ravi")


def test_the_seed_is_drawn_from_again() -> None:
    case = case_at(Stage.DECIDED)
    assert not facts.is_as_drawn(case, Liveness("4711", ("turn_left", "smile"), "seed", NOW))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_ages(span: timedelta, words: str) -> None:
    assert age(span) == words


def test_lengths() -> None:
    assert [length(timedelta(seconds=one)) for one in (0, 59, 60, 250)] == ["0 s", "59 s", "1 min 0 s", "4 min 10 s"]


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - given apart
    st.from_regex(r"[A-Za-z0-9_]{1,64}", fullmatch=True),
)
def test_a_place_in_a_table_is_found_again_to_the_microsecond(at: datetime, id_: str) -> None:
    assert cursor_of(cursor_text(Cursor(at, id_))) == Cursor(at, id_)


@given(st.text(max_size=80))
def test_what_is_no_place_begins_at_the_beginning(text: str) -> None:
    found = cursor_of(text)
    assert found is None or cursor_of(cursor_text(found)) == found


@given(DAYS, DAYS, st.booleans(), st.text(st.characters(exclude_categories=("C", "Z")), max_size=64))
def test_a_narrowing_goes_through_an_address_and_back(
    first: date | None, last: date | None, mine: bool, search: str
) -> None:
    given = {
        "from": first.isoformat() if first else "",
        "until": last.isoformat() if last else "",
        "whose": "mine" if mine else "",
        "q": search,
    }
    wanted = narrowing(given)
    assert (wanted.first, wanted.mine, wanted.search) == (first, mine, search)
    assert (wanted.last == last) == (not wanted.mistakes)
    assert bool(wanted.query()) == any((wanted.first, wanted.last, mine, search))


@given(st.dictionaries(st.sampled_from(["from", "until", "whose", "q"]), st.text(max_size=200)))
def test_nothing_that_is_typed_breaks_a_narrowing(query: dict[str, str]) -> None:
    wanted = narrowing(query)
    wanted.query()
    wanted.reviewed("opr_1")
    assert wanted.phone is None or len(wanted.phone) == 10


@pytest.mark.parametrize("typed", ["9876543210", "+91 98765 43210", "91-98765-43210", "(98765) 43210"])
def test_a_phone_number_in_any_spelling(typed: str) -> None:
    assert Narrowing(search=typed).phone == "9876543210"


@pytest.mark.parametrize("typed", ["", "v-1", "1234567890", "98765432101", "+44 9876543210", "٩٨٧٦٥٤٣٢١٠"])
def test_what_is_no_phone_number(typed: str) -> None:
    assert Narrowing(search=typed).phone is None


@given(st.dictionaries(st.sampled_from(["decision", "reason", "remarks"]), st.text(max_size=1200)))
def test_what_an_auditor_types_is_a_decision_or_a_mistake(form: dict[str, str]) -> None:
    typed = typed_of(form)
    if not mistakes_of(typed, REASONS):
        assert typed.decision in {"approve", "reject"}
        assert (typed.reason in REASONS) == (typed.decision == "reject")
        assert len(typed.remarks) <= REMARKS_LIMIT
        assert all(char.isprintable() or char == "\n" for char in typed.remarks)
