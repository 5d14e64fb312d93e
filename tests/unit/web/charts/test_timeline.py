"""Timelines: later is never further left, long gaps leave room for short ones, and everything is told in words."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from dastak.web.design.charts.chart import Tone
from dastak.web.design.charts.timeline import Lane, Mark, Stretch, positions, span_words, timeline

AT = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def said(at: datetime) -> str:
    return f"{at:%H:%M:%S}"


LANES = (
    Lane("States", (Stretch(AT, AT + SECOND, "Open"), Stretch(AT + SECOND, AT + DAY, "Done", Tone.GOOD))),
    Lane("Events", (), (Mark(AT + SECOND, "KYC_LINK_SUCCESS"),)),
    Lane("Deliveries"),
)


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), min_size=2))  # noqa: DTZ001
def test_instants_stand_in_their_order_from_one_side_to_the_other(instants: list[datetime]) -> None:
    places = positions(instants)
    assert list(places) == sorted(set(instants))
    assert all(places[a] < places[b] for a, b in pairwise(places))
    assert {min(places.values()), max(places.values())} == ({0.0, 1.0} if len(places) > 1 else {0.0})


def test_a_second_beside_a_day_can_be_seen() -> None:
    places = positions([AT, AT + SECOND, AT + DAY])
    assert places[AT + SECOND] > 0.1


def test_nothing_and_one_instant_have_their_places() -> None:
    assert positions([]) == {}
    assert positions([AT, AT]) == {AT: 0.0}


def test_lengths_are_said_in_the_largest_unit_that_fits() -> None:
    spans = (timedelta(milliseconds=40), 40 * SECOND, 12 * timedelta(minutes=1), 5 * timedelta(hours=1), 3 * DAY)
    assert [span_words(span) for span in spans] == ["40 ms", "40 s", "12 min", "5 h", "3 d"]


def test_every_stretch_and_mark_is_drawn_named_and_described() -> None:
    drawn = timeline("t", "The case", LANES, said)
    ET.fromstring(str(drawn))  # noqa: S314
    titles = [title.text for title in drawn.find("title")]
    assert titles[1:] == [
        "Open: 09:30:00 to 09:30:01",
        "Done: 09:30:01 to 09:30:00",
        "KYC_LINK_SUCCESS: 09:30:01",
    ]
    assert drawn.find("desc")[0].text == (
        "States: 2, from Open at 09:30:00 to Done at 09:30:01; "
        "Events: KYC_LINK_SUCCESS at 09:30:01; Deliveries: nothing."
    )
    assert [rect.get("class") for rect in drawn.find("rect")] == ["tone-plain", "tone-good"]
    assert "24 h" in drawn.text or "1 d" in drawn.text


def test_a_timeline_of_nothing_is_still_well_formed() -> None:
    ET.fromstring(str(timeline("t", "The case", (Lane("States"),), said)))  # noqa: S314
