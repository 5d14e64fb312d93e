"""Operators at the dashboard: made, changed, given a week, deactivated."""

import re

import pytest

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import Visitor

pytestmark = pytest.mark.slow

OPERATORS = "/dashboard/setup/operators"


def an_operator(visitor: Visitor, email: str, **more: str) -> str:
    """Make an agent; the path of their page."""
    visitor.go(OPERATORS)
    visitor.submit(OPERATORS, **({"name": "Meera <Nair>", "email": email, "role_agent": "yes"} | more))
    assert "can sign in at once" in visitor.text, visitor.text
    return visitor.at.partition("?")[0]


def kept(api: Api, path: str) -> dict[str, object]:
    """As the API has them."""
    found: dict[str, object] = api.get(f"/api/v1/operators/{path.rpartition('/')[2]}").json
    return found


def test_an_operator_is_made_and_is_the_api_s_too(member: Members, api: Api) -> None:
    operations = member(Role.OPERATIONS)
    path = an_operator(operations, "meera@asha.example", role_auditor="yes")
    one = kept(api, path)
    assert (one["name"], one["email"], one["roles"]) == ("Meera <Nair>", "meera@asha.example", ["agent", "auditor"])
    operations.go(OPERATORS)
    assert "Meera &lt;Nair&gt;" in operations.text
    assert "/console/sign-in?merchant=" in operations.text


def test_name_and_roles_are_changed(member: Members, api: Api) -> None:
    owner = member()
    path = an_operator(owner, "changed@asha.example")
    owner.submit(path, name="  Meera   Rao ", role_auditor="yes")
    assert "Saved." in owner.text
    assert (kept(api, path)["name"], kept(api, path)["roles"]) == ("Meera Rao", ["auditor"])


def test_a_week_and_days_off_are_kept(member: Members, api: Api) -> None:
    owner = member()
    path = an_operator(owner, "week@asha.example")
    typed = {"mon-0-from": "09:30", "mon-0-to": "13:00", "mon-1-from": "14:00", "mon-1-to": "00:00"}
    owner.submit(f"{path}/week", **typed, off_from="2099-01-26", off_to="2099-01-27")
    assert "The week is saved" in owner.text
    assert kept(api, path)["availability"] == {
        "time_zone": "Asia/Kolkata",
        "windows": [
            {"weekday": "mon", "from": "09:30", "to": "13:00"},
            {"weekday": "mon", "from": "14:00", "to": "24:00"},
        ],
        "days_off": ["2099-01-26", "2099-01-27"],
    }
    owner.submit(f"{path}/week", **{"tue-0-from": "18:00", "tue-0-to": "09:00"})
    assert (owner.status, "must end after it begins" in owner.text) == (422, True)
    assert 'value="18:00"' in owner.text, "what was typed is still there"


def test_who_is_deactivated_is_so_everywhere_and_can_come_back(member: Members, api: Api) -> None:
    owner = member()
    path = an_operator(owner, "gone@asha.example")
    owner.submit(f"{path}/deactivate")
    assert "Tick the box" in owner.text
    owner.submit(f"{path}/deactivate", sure="yes")
    assert kept(api, path)["active"] is False
    owner.submit(f"{path}/activate")
    assert kept(api, path)["active"] is True


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "email": "a@b.example", "role_agent": "yes"}, "Give a name"),
        ({"name": "A", "email": "nobody", "role_agent": "yes"}, "plain e-mail address"),
        ({"name": "A", "email": "a@b.example"}, "at least one role"),
        ({"name": "A", "email": "TAKEN@asha.example", "role_agent": "yes"}, "has that address"),
    ],
)
def test_what_cannot_be_an_operator_is_said(member: Members, typed: dict[str, str], said: str) -> None:
    owner = member()
    owner.go(OPERATORS)
    owner.submit(OPERATORS, name="Taken", email="taken@asha.example", role_agent="yes")
    owner.go(OPERATORS)
    owner.submit(OPERATORS, **typed)
    assert (owner.status, said in owner.text) == (422, True), owner.text


def test_developers_and_viewers_do_not_see_operators_and_compliance_only_looks(member: Members) -> None:
    path = an_operator(member(), "roles@asha.example")
    for role in (Role.DEVELOPER, Role.VIEWER):
        assert member(role).tell("GET", OPERATORS).status == 403
    compliance = member(Role.COMPLIANCE)
    compliance.go(path)
    assert compliance.status == 200
    assert not re.search(r"<button[^>]*>(Save|Deactivate)", compliance.text)
    assert compliance.tell("POST", f"{path}/activate", {"token": compliance.token}).status == 403


def test_another_merchant_s_operator_is_like_none(member: Members, api: Api) -> None:
    path = an_operator(member(), "secret@asha.example")
    other = member(merchant=1)
    other.go(OPERATORS)
    assert "secret@asha.example" not in other.text
    for act in ("", "/week", "/deactivate", "/activate"):
        fields = {"token": other.token, "sure": "yes", "name": "X", "role_agent": "yes"}
        assert other.tell("POST", f"{path}{act}", fields).status == 404
    assert other.tell("GET", path).status == other.tell("GET", f"{OPERATORS}/opr_none").status == 404
    assert kept(api, path)["active"] is True
