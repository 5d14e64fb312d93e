"""The overview's pure parts: which day is asked about, and funnels out of numbers."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dastak.journeys.kyc_link.template import Template
from dastak.journeys.tally import SLOT, Tally, slot_of
from dastak.web.dashboard.overview.day import Day, day_of
from dastak.web.dashboard.overview.funnels import case_funnel, link_funnel, made_by_hour, reached, used_templates
from dastak.web.dashboard.overview.health import HOURS, chart_of
from dastak.webhooks.hours import BANDS, EndpointHour, first_hour
from dastak_sdk import CheckType

INDIA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 1, 10, 20, 0, tzinfo=UTC)
"""The morning of the 11th in India."""


def today(zone: ZoneInfo = INDIA) -> Day:
    return day_of("", NOW, zone)


def test_a_day_begins_and_ends_in_the_merchant_s_zone() -> None:
    day = today()
    assert (day.date, day.is_today) == (date(2026, 1, 11), True)
    assert day.start == datetime(2026, 1, 10, 18, 30, tzinfo=UTC)
    assert day.end - day.start == timedelta(hours=24)
    assert (day.before, day.after) == ("2026-01-10", "")


def test_a_day_on_which_clocks_are_changed_has_its_own_length() -> None:
    day = day_of("2026-03-29", datetime(2026, 4, 1, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert day.end - day.start == timedelta(hours=23)
    assert len(made_by_hour(day, ZoneInfo("Europe/Berlin"), (), ()).table.rows) == 23


@pytest.mark.parametrize("asked", ["", "yesterday", "2026-01-12", "1999-01-01", "9999-12-31", "2026-1-1", "\x00"])
def test_what_is_no_day_or_lies_ahead_is_today(asked: str) -> None:
    assert day_of(asked, NOW, INDIA) == today()


def test_an_earlier_day_leads_on_to_the_next() -> None:
    day = day_of("2026-01-09", NOW, INDIA)
    assert (day.before, day.after, day.is_today) == ("2026-01-08", "2026-01-10", False)
    assert day.words == "on 9 Jan 2026"


def tally(step: str, number: int, template: str = "Two", slot: datetime = NOW) -> Tally:
    return Tally(slot_of(slot), template, step, number)


LINKS = [
    tally("created", 10),
    tally("created", 5, slot=NOW + SLOT),
    tally("opened", 12),
    tally("began", 9),
    tally(CheckType.PAN.value, 8),
    tally(CheckType.UPI.value, 6),
    tally("done", 6),
    tally("created", 40, "Other"),
]


def test_a_funnel_has_a_step_for_each_check_of_its_template_in_order_and_no_other_template() -> None:
    chart = link_funnel(today(), LINKS, "Two", Template("Two", (CheckType.PAN, CheckType.UPI)))
    assert [row[:3] for row in chart.table.rows] == [
        ("Created", "15", "100%"),
        ("Opened", "12", "80%"),
        ("First check begun", "9", "60%"),
        ("PAN confirmed", "8", "53%"),
        ("UPI confirmed", "6", "40%"),
        ("Done", "6", "40%"),
    ]
    assert chart.table.rows[1][3] == "3 (20%)"


def test_the_funnel_of_a_template_that_is_gone_has_the_checks_that_were_passed() -> None:
    names = [row[0] for row in link_funnel(today(), LINKS, "Two", None).table.rows]
    assert names == ["Created", "Opened", "First check begun", "PAN confirmed", "UPI confirmed", "Done"]


def test_the_most_used_template_comes_first() -> None:
    assert used_templates(LINKS) == ["Other", "Two"]
    assert used_templates([]) == []


def test_cases_go_one_way_whatever_their_template() -> None:
    chart = case_funnel(today(), [tally("created", 3, "a"), tally("created", 1, "b"), tally("talked", 2, "a")])
    assert chart.table.rows[0][:2] == ("Created", "4")
    assert ("Call begun", "2", "50%", "–") in chart.table.rows  # noqa: RUF001
    assert len(chart.table.rows) == 9


def test_hours_of_a_day_are_named_in_the_zone_and_have_what_was_made_in_them() -> None:
    chart = made_by_hour(today(), INDIA, LINKS, [tally("created", 2)])
    assert len(chart.table.rows) == 24
    assert chart.table.rows[0][0] == "00:00"
    assert chart.table.rows[1:3] == (("01:00", "50", "2"), ("02:00", "5", "0"))


def test_numbers_of_all_half_hours_are_added_up() -> None:
    assert reached(LINKS)["created"] == 55


def test_attempts_of_a_day_are_added_up_over_endpoints_hour_by_hour() -> None:
    since = first_hour(NOW, HOURS)
    bands = (0,) * BANDS
    hours = [EndpointHour("mer_1", f"ep_{n}", NOW, 5, 2, 1, bands) for n in (1, 2)]
    hours.append(EndpointHour("mer_1", "ep_1", since, 1, 0, 0, bands))
    rows = chart_of(hours, since, INDIA).table.rows
    assert len(rows) == HOURS
    assert rows[0] == ("02:30", "1", "0", "0")
    assert rows[-1] == ("01:30", "10", "4", "2")
