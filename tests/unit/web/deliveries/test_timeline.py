"""Attempts on a line of time, and where the time of one went."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dastak.web.dashboard.deliveries.phases import phases, phases_drawn
from dastak.web.dashboard.deliveries.spans import phase, span
from dastak.web.dashboard.deliveries.timeline import ROWS, timeline
from dastak.web.design.charts.chart import Chart
from dastak.webhooks.post import Stage
from unit.web.deliveries.rows import AT, an_attempt

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
spans = st.timedeltas(timedelta(0), timedelta(days=60))


def numbers(chart: Chart) -> list[str]:
    return [label.text for label in chart.drawing.find("text") if "within" in label.get("class")]


def places(chart: Chart) -> list[tuple[float, float]]:
    marks = [label for label in chart.drawing.find("text") if "within" in label.get("class")]
    return [(float(mark.get("x").rstrip("%")), float(mark.get("y"))) for mark in marks]


def test_each_attempt_has_a_mark_with_its_number_and_the_next_one_too() -> None:
    attempts = [an_attempt(1, SECOND, 500), an_attempt(2, 10 * SECOND, None, stage=Stage.CONNECT), an_attempt(3, HOUR)]
    chart = timeline(AT, attempts, AT + DAY)
    assert numbers(chart) == ["1", "2", "3", "4"]
    assert chart.table.rows == (
        ("1", "1 s", "answered 500"),
        ("2", "10 s", "connect"),
        ("3", "1 h", "answered 200"),
        ("4", "1 d", "planned"),
    )
    assert [len(chart.drawing.find(name)) for name in ("rect", "circle")] == [2, 2], "failures are no discs"


def test_with_no_attempt_yet_the_first_one_is_planned() -> None:
    assert numbers(timeline(AT, [], AT)) == ["1"]
    assert numbers(timeline(AT, [], None)) == []


@given(st.lists(spans, min_size=1, max_size=30))
def test_later_stands_further_right_and_everything_is_within_the_drawing(after: list[timedelta]) -> None:
    chart = timeline(AT, [an_attempt(n, at, 500) for n, at in enumerate(sorted(after), 1)], None)
    found = places(chart)
    height = float(chart.drawing.get("height"))
    assert all(one[0] <= other[0] for one, other in pairwise(found))
    assert all(0 <= x <= 100 and 0 < y < height for x, y in found)
    assert len({y for _, y in found}) <= ROWS


def test_marks_that_would_lie_on_each_other_stand_in_rows() -> None:
    attempts = [an_attempt(n, SECOND + n * SECOND / 100, 500) for n in (1, 2, 3)]
    assert len({y for _, y in places(timeline(AT, [*attempts, an_attempt(4, DAY)], None))[:3]}) == ROWS


def test_the_phases_of_an_attempt_add_up_to_all_of_it() -> None:
    found = phases(an_attempt())
    assert [(one.name, one.words) for one in found] == [
        ("Name look-up", "1.0 ms"),
        ("Connection", "2.0 ms"),
        ("TLS", "6.0 ms"),
        ("Waiting for the answer", "31 ms"),
        ("Reading the answer", "1.0 ms"),
    ]
    assert sum(one.microseconds for one in found) == 41_000


def test_a_kept_connection_has_no_phases_of_opening_one() -> None:
    assert [one.name for one in phases(an_attempt(times=(5, 0, 0, 900, 950)))] == [
        "Name look-up",
        "Waiting for the answer",
        "Reading the answer",
    ]


def test_an_attempt_that_broke_off_ends_where_it_did() -> None:
    broken = an_attempt(status=None, times=(1_000, 0, 0, 0, 5_001_000), stage=Stage.CONNECT)
    assert [(one.name, one.words) for one in phases(broken)] == [("Name look-up", "1.0 ms"), ("Connection", "5 s")]


def test_an_attempt_without_times_has_no_bar() -> None:
    assert phases_drawn(an_attempt(times=(0, 0, 0, 0, 0))) is None
    drawn = phases_drawn(an_attempt())
    assert drawn is not None
    assert sum(float(part.get("width").rstrip("%")) for part in drawn.drawing.find("rect")) > 99.9


def test_lengths_of_time_are_said_in_few_words() -> None:
    said = [0.34, 4.2, 4, 59.9, 60, 75, 600, 3600, 7500, 86_400, 100_000, 864_000]
    assert [span(timedelta(seconds=one)) for one in said] == [
        *(
            "340 ms",
            "4.2 s",
            "4 s",
            "59 s",
            "1 min",
            "1 min 15 s",
            "10 min",
            "1 h",
            "2 h 5 min",
            "1 d",
            "1 d 3 h",
            "10 d",
        ),
    ]
    assert [phase(one) for one in (9, 400, 12_000, 3_100_000)] == ["under 0.1 ms", "0.4 ms", "12 ms", "3.1 s"]
