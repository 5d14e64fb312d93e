"""Sessions and availability, as an operator sees them."""

import re
from collections.abc import Callable

import pytest

from integration.console.conftest import Person, an_operator
from support.api import Api

pytestmark = pytest.mark.slow


def availability(api: Api, operator: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = api.get(f"/api/v1/operators/{operator['id']}").json["availability"]
    return found


def test_one_sees_one_s_own_sessions_and_ends_one_elsewhere(api: Api, people: Callable[[], Person]) -> None:
    operator, other = an_operator(api), an_operator(api)
    here, there, stranger = people(), people(), people()
    for person in (here, there):
        person.enter(operator["email"])
    stranger.enter(other["email"])
    there.go("/console/sessions")
    assert there.text.count("A browser") >= 2
    mine = re.findall(r'name="session" value="(ses_\w+)"', there.text)
    assert len(mine) == 2
    here.go("/console/sessions")
    stranger.go("/console/sessions")
    stranger.submit("/sessions", session=mine[0])
    stranger.submit("/sessions", session="ses_none")
    here.go("/console")
    assert here.at == "/console", "nobody else can end it"
    there.submit("/sessions", session=mine[1])
    assert (there.at, there.text.count('name="session"')) == ("/console/sessions", 1)
    here.go("/console")
    assert here.at == "/console/sign-in"
    there.submit("/sessions", session=mine[0])
    assert there.at.startswith("/console/sign-in?merchant=")


def test_a_week_is_typed_saved_and_shown_again(api: Api, person: Person) -> None:
    operator = an_operator(api)
    person.enter(operator["email"])
    person.go("/console/availability")
    typed = {
        "mon-0-from": "09:30",
        "mon-0-to": "13:00",
        "mon-1-from": "14:00",
        "mon-1-to": "18:00",
        "sat-1-from": "18:00",
        "sat-1-to": "00:00",
        "off_from": "2026-12-25",
        "off_to": "2026-12-27",
    }
    person.submit("/availability", **typed)
    assert (person.status, person.at) == (200, "/console/availability?saved=1")
    assert "is saved" in person.text
    assert availability(api, operator) == {
        "time_zone": "Asia/Kolkata",
        "windows": [
            {"weekday": "mon", "from": "09:30", "to": "13:00"},
            {"weekday": "mon", "from": "14:00", "to": "18:00"},
            {"weekday": "sat", "from": "18:00", "to": "24:00"},
        ],
        "days_off": ["2026-12-25", "2026-12-26", "2026-12-27"],
    }
    assert 'name="mon-1-to" value="18:00"' in person.text
    assert 'name="sat-0-to" value="00:00"' in person.text
    assert 'name="off-2026-12-26"' in person.text


def test_a_day_that_is_not_ticked_any_more_is_worked_on(api: Api, person: Person) -> None:
    operator = an_operator(api)
    path = f"/api/v1/operators/{operator['id']}/availability"
    api.put(path, {"windows": [], "days_off": ["2026-12-25", "2026-12-26"]})
    person.enter(operator["email"])
    person.go("/console/availability")
    person.submit("/availability", **{"off-2026-12-26": "1", "off_from": "2027-01-01"})
    assert availability(api, operator)["days_off"] == ["2026-12-26", "2027-01-01"]


def test_every_window_that_the_merchant_set_is_on_the_page_and_survives_a_save(api: Api, person: Person) -> None:
    operator = an_operator(api)
    windows = [{"weekday": "wed", "from": f"{hour:02d}:00", "to": f"{hour:02d}:45"} for hour in range(9, 13)]
    api.put(f"/api/v1/operators/{operator['id']}/availability", {"windows": windows})
    person.enter(operator["email"])
    person.go("/console/availability")
    shown = dict(re.findall(r'name="(wed-\d-(?:from|to))" value="(\d\d:\d\d)"', person.text))
    assert len(shown) == 8
    person.submit("/availability", **shown)
    assert availability(api, operator)["windows"] == windows


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"mon-0-from": "09:30"}, "Monday: give both times"),
        ({"tue-1-to": "09:30"}, "Tuesday: give both times"),
        ({"mon-0-from": "18:00", "mon-0-to": "09:00"}, "it must end after it begins"),
        ({"mon-0-from": "9 o'clock", "mon-0-to": "&<x>"}, "Monday: give both times"),
        ({"off_from": "tomorrow"}, "Days off: give dates"),
        ({"off_from": "2026-12-27", "off_to": "2026-12-25"}, "must not be before"),
        ({"off_from": "2026-01-01", "off_to": "9999-12-31"}, "at most 366 days"),
    ],
)
def test_what_cannot_be_is_said_kept_on_the_page_and_not_saved(
    api: Api, person: Person, typed: dict[str, str], said: str
) -> None:
    operator = an_operator(api)
    person.enter(operator["email"])
    person.go("/console/availability")
    person.submit("/availability", **{"fri-0-from": "10:00", "fri-0-to": "11:00"}, **typed)
    assert (person.status, said in person.text) == (422, True)
    assert 'name="fri-0-from" value="10:00"' in person.text
    assert "<x>" not in person.text
    assert availability(api, operator)["windows"] == []
