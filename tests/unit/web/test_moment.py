"""Times on the dashboard's pages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dastak.web.dashboard.moment import element, exact, spoken
from dastak.web.dashboard.pages import Pages

INDIA, BERLIN = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin")
AT = datetime(2026, 1, 26, 18, 35, 7, 123_456, UTC)


@pytest.mark.parametrize(
    ("zone", "until", "shown"),
    [
        (INDIA, "minute", "27 Jan 2026, 00:05"),
        (INDIA, "second", "27 Jan 2026, 00:05:07"),
        (INDIA, "day", "27 Jan 2026"),
        (BERLIN, "minute", "26 Jan 2026, 19:35"),
    ],
)
def test_a_time_is_spoken_in_the_merchant_s_zone(zone: ZoneInfo, until: str, shown: str) -> None:
    assert spoken(AT, zone, until) == shown  # type: ignore[arg-type]


def test_summer_time_counts_where_it_is_kept() -> None:
    assert spoken(AT + timedelta(days=180), BERLIN) == "25 Jul 2026, 20:35"


def test_behind_it_stands_the_exact_instant_in_utc() -> None:
    assert exact(AT.astimezone(INDIA)) == "2026-01-26 18:35:07.123 UTC"
    assert element(AT, INDIA) == (
        '<time datetime="2026-01-26T18:35:07.123Z" title="2026-01-26 18:35:07.123 UTC">27 Jan 2026, 00:05</time>'
    )


def test_every_template_of_every_area_compiles() -> None:
    pages = Pages()
    names = pages.template_names()
    assert {"frame.html", "overview/page.html", "developers/page.html"} <= set(names)
    for name in names:
        pages.compile(name)
