"""Every chart: described for those who do not see it, with the same facts in its table, and drawn in proportion."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from dastak.web.design.assets import HERE
from dastak.web.design.charts.axes import PLOT
from dastak.web.design.charts.bars import Bar, bars
from dastak.web.design.charts.chart import NOTHING, Chart, Series, Tone
from dastak.web.design.charts.element import Element
from dastak.web.design.charts.funnel import Step, funnel
from dastak.web.design.charts.line import Line, line
from dastak.web.design.charts.sparkline import sparkline

DELIVERED, FAILED = Series("Delivered", Tone.GOOD), Series("Failed", Tone.BAD)
HOURS = ("09:00", "10:00", "11:00", "12:00")


def some_bars() -> Chart:
    values = ((100, 0), (50, 50), (0, 25), (0, 0))
    return bars(
        "b", "Deliveries by hour", "Hour", (DELIVERED, FAILED), [Bar(*one) for one in zip(HOURS, values, strict=True)]
    )


def some_lines() -> Chart:
    return line(
        "l",
        "Time to deliver",
        "Hour",
        HOURS,
        [Line(Series("p50"), (10, 20, None, 30)), Line(Series("p99"), (50, 100, None, 80))],
    )


def some_funnel() -> Chart:
    return funnel("f", "KYC Links today", "Links", [Step("Created", 200), Step("Opened", 150), Step("Done", 50)])


def no_bars() -> Chart:
    return bars("b", "Deliveries by hour", "Hour", (DELIVERED,), [])


def no_lines() -> Chart:
    return line("l", "Time to deliver", "Hour", (), [Line(Series("p50"), ())])


def no_funnel() -> Chart:
    return funnel("f", "KYC Links today", "Links", [])


def none_created() -> Chart:
    return funnel("f", "KYC Links today", "Links", [Step("Created", 0), Step("Opened", 0)])


ALL = [some_bars, some_lines, some_funnel, no_bars, no_lines, no_funnel, none_created]


@pytest.mark.parametrize("make", ALL)
def test_a_chart_is_well_formed_named_and_described(make: Callable[[], Chart]) -> None:
    chart = make()
    drawn = ET.fromstring(str(chart.drawing))  # noqa: S314
    title, description = drawn[0], drawn[1]
    assert drawn.get("role") == "img"
    assert drawn.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == chart.title
    assert (description.text or "").endswith(".")


@pytest.mark.parametrize("make", ALL)
def test_no_element_has_a_style_of_its_own_and_every_class_is_in_the_stylesheet(make: Callable[[], Chart]) -> None:
    styles = (HERE / "charts.css").read_text()
    for found in _all(make().drawing):
        told = dict(found.attributes)
        assert not {"style", "fill", "stroke"} & told.keys()
        for kind in told.get("class", "").split():
            assert f".{kind}" in styles or kind in {"bars", "lines", "funnel", "mark", "name"}, kind


@pytest.mark.parametrize("make", ALL)
def test_the_table_has_a_cell_for_every_head(make: Callable[[], Chart]) -> None:
    table = make().table
    assert all(len(row) == len(table.heads) for row in table.rows)


def test_bars_are_as_high_as_their_share_of_the_axis_and_stand_on_each_other() -> None:
    chart = some_bars()
    parts = [rect for rect in chart.drawing.find("rect") if "hit" not in rect.get("class")]
    heights = [float(rect.get("height")) for rect in parts]
    assert heights == [PLOT, PLOT / 2, PLOT / 2, PLOT / 4]
    assert float(parts[2].get("y")) + PLOT / 2 == float(parts[1].get("y"))
    assert [rect.get("class") for rect in parts] == ["tone-good", "tone-good", "tone-bad", "tone-bad"]


def test_what_bars_say_is_in_the_table_the_description_and_the_hover() -> None:
    chart = some_bars()
    assert chart.table.heads == ("Hour", "Delivered", "Failed")
    assert chart.table.rows[1] == ("10:00", "50", "50")
    assert chart.legend == (DELIVERED, FAILED)
    assert "10:00: delivered 50, failed 50" in chart.drawing.find("desc")[0].text
    assert "10:00: delivered 50, failed 50" in [title.text for title in chart.drawing.find("title")]
    assert "12:00" not in chart.drawing.find("desc")[0].text


def test_one_series_needs_no_legend() -> None:
    assert no_bars().legend == ()


def test_a_line_has_a_gap_where_a_value_is_missing_and_a_dot_where_one_stands_alone() -> None:
    chart = some_lines()
    assert [path.get("points") for path in chart.drawing.find("polyline")] == ["0,90 33.33,80", "0,50 33.33,0"]
    dots = [dot.get("cx") for dot in chart.drawing.find("circle")]
    assert dots == ["100%", "100%"]
    assert chart.table.rows[2] == ("11:00", NOTHING, NOTHING)


def test_a_line_is_described_by_its_extremes_and_its_end() -> None:
    said = some_lines().drawing.find("desc")[0].text
    assert "p99: from 50 (09:00) to 100 (10:00), 80 at the end" in said


def test_a_funnel_says_what_was_lost_at_each_step() -> None:
    chart = some_funnel()
    assert chart.table.rows == (
        ("Created", "200", "100%", NOTHING),
        ("Opened", "150", "75%", "50 (25%)"),
        ("Done", "50", "25%", "100 (67%)"),
    )
    assert "most are lost between Opened and Done: 100" in chart.drawing.find("desc")[0].text
    bars_drawn = [rect.get("width") for rect in chart.drawing.find("rect") if rect.get("class") == "tone-plain"]
    assert bars_drawn == ["100%", "75%", "25%"]
    assert [rect.get("width") for rect in chart.drawing.find("rect") if rect.get("class") == "lost"] == ["100%", "75%"]


def test_a_step_that_more_came_to_lost_nobody_and_fits_into_the_drawing() -> None:
    chart = funnel("f", "Video KYCs", "Cases", [Step("Created", 100), Step("In the queue", 200)])
    assert chart.table.rows[1] == ("In the queue", "200", "100%", NOTHING)
    assert [rect.get("width") for rect in chart.drawing.find("rect") if rect.get("class") == "tone-plain"] == [
        "50%",
        "100%",
    ]


def test_a_sparkline_says_its_range_and_what_it_is_now() -> None:
    drawn = sparkline("s", "Latency, last hour", [10, None, 30, 20], said=lambda value: f"{value:.0f} ms")
    assert drawn.find("desc")[0].text == "From 10 ms to 30 ms, 20 ms now."
    assert drawn.find("path")[0].get("d") == "M3 15M63 3L93 9"


@pytest.mark.parametrize("values", [[], [None], [0, 0, 0], [5]])
def test_a_sparkline_of_little_is_still_well_formed(values: list[float | None]) -> None:
    ET.fromstring(str(sparkline("s", "Latency", values)))  # noqa: S314


def test_the_figure_on_a_page_has_the_drawing_the_legend_and_the_table_and_escapes_names() -> None:
    chart = bars("b", "By <b>day</b>", "Day", (DELIVERED, FAILED), [Bar('<i onclick="x">', (1, 2))])
    page = _figure(chart)
    assert "<svg" in page
    assert page.count("<li>") == 2
    assert "<i" not in page
    assert "<b>" not in page
    assert '<th scope="row">&lt;i onclick=' in page


def _figure(chart: Chart) -> str:
    pages = Environment(loader=PackageLoader("dastak.web.design"), autoescape=True, undefined=StrictUndefined)
    return pages.from_string('{% from "charts.html" import figure %}{{ figure(chart) }}').render(chart=chart)


def _all(one: Element) -> list[Element]:
    return [one, *(found for child in one.children if isinstance(child, Element) for found in _all(child))]


def test_both_colour_schemes_have_every_tone() -> None:
    light, dark = Path(HERE / "charts.css").read_text().split("prefers-color-scheme: dark", 1)
    for tone in Tone:
        assert f"--tone-{tone}:" in light
        assert f"--tone-{tone}:" in dark
        assert f".tone-{tone} " in dark
        assert f".line-{tone} " in dark
