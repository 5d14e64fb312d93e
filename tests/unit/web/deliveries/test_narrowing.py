"""What a reader of the log asks for, read from an address."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dastak.web.dashboard.deliveries.narrowing import LONGEST, Narrowing, narrowing, position
from dastak.web.dashboard.deliveries.shown import names_of, outcome_of, shown
from dastak.webhooks.browsing import Sought
from dastak.webhooks.delivery import DeliveryState
from unit.web.deliveries.rows import a_delivery

INDIA = ZoneInfo("Asia/Kolkata")


def test_nothing_asked_for_is_everything() -> None:
    wanted = narrowing({}, INDIA)
    assert (wanted, wanted.query(), wanted.sought()) == (Narrowing(), "", Sought())


def test_every_field_narrows_and_leads_there_again() -> None:
    fields = {
        "q": " case 1&2 ",
        "endpoint": "ep_1",
        "type": "KYC_LINK_SUCCESS",
        "state": "given_up",
        "since": "2026-01-26T14:05",
        "until": "2026-01-26T20:00:00Z",
    }
    wanted = narrowing(fields, INDIA)
    assert not wanted.mistakes
    assert wanted.search == "case 1&2"
    assert wanted.sought(of="case 1&2") == Sought(
        endpoint_id="ep_1",
        event_type="KYC_LINK_SUCCESS",
        state=DeliveryState.GIVEN_UP,
        verification_id="case 1&2",
        since=datetime(2026, 1, 26, 8, 35, tzinfo=UTC),
        until=datetime(2026, 1, 26, 20, tzinfo=UTC),
    )
    assert wanted.query(before="9").startswith("?q=case+1%262&endpoint=ep_1&")
    assert wanted.query(before="9").endswith("&before=9")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"q": "x" * (LONGEST + 1)}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"endpoint": "\x00"}, "endpoint"),
        ({"type": "NO_SUCH"}, "type"),
        ({"state": "lost"}, "state"),
        ({"since": "yesterday"}, "since"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "since"),
        ({"since": "2026-01-26T14:05", "until": "2026-01-26T14:05"}, "until"),
    ],
)
def test_what_cannot_be_read_narrows_nothing_and_is_named(fields: dict[str, str], field: str) -> None:
    wanted = narrowing(fields, INDIA)
    assert [name for name, _ in wanted.mistakes] == [field]
    assert getattr(wanted.sought(), {"q": "verification_id", "type": "event_type"}.get(field, "until")) is None


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("", None), ("-1", None), ("9" * 19, None), ("x", None)])
def test_a_page_begins_where_the_address_says(text: str, number: int | None) -> None:
    assert position(text) == number


def test_a_row_says_how_it_stands() -> None:
    words = {
        (state, attempts): outcome_of(a_delivery(state, attempts))[0] for state in DeliveryState for attempts in (0, 2)
    }
    assert words[DeliveryState.PENDING, 0] == "Waiting"
    assert words[DeliveryState.PENDING, 2] == "Retrying"
    assert words[DeliveryState.GIVEN_UP, 2] == "Given up"
    row = shown(a_delivery(), {"ep_1": "Orders"})
    assert (row.endpoint, row.of_journey) == ("Orders", "/dashboard/deliveries?q=case+1%262")
    assert names_of([]) == {}
