"""Who may do what, written a second time, as the merchant reads it in docs/dashboard.md: a change must be made twice."""

import pytest

from dastak.accounts.member import Role
from dastak.accounts.permission import TABLE, Action, may

EXPECTED = """
    overview.read           owner developer operations compliance viewer
    webhooks.read           owner developer operations compliance viewer
    webhooks.write          owner developer
    deliveries.read         owner developer operations compliance viewer
    deliveries.read_bodies  owner developer compliance
    deliveries.resend       owner developer operations
    journeys.read           owner developer operations compliance viewer
    journeys.write          owner operations
    journeys.decide         owner compliance
    personal.read           owner operations compliance
    setup.read              owner developer operations compliance viewer
    setup.write             owner developer
    keys.read               owner developer
    keys.write              owner developer
    operators.read          owner operations compliance
    operators.write         owner operations
    people.read             owner compliance
    people.write            owner
    audit.read              owner compliance
    audit.export            owner compliance
    self                    owner developer operations compliance viewer
"""
ROWS = {row.split()[0]: set(row.split()[1:]) for row in EXPECTED.strip().splitlines()}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert may(role, action) == (role.value in ROWS[action.value])


def test_every_action_has_its_row() -> None:
    assert set(TABLE) == set(Action)
    assert set(ROWS) == {action.value for action in Action}


def test_an_owner_may_do_everything_and_a_viewer_changes_nothing_and_sees_nothing_personal() -> None:
    assert all(may(Role.OWNER, action) for action in Action)
    seen = {action.value for action in Action if may(Role.VIEWER, action)}
    assert all(action == "self" or action.endswith(".read") for action in seen)
    assert "personal.read" not in seen


def test_whoever_sees_bodies_or_data_can_see_that_the_case_is_there() -> None:
    for role in Role:
        assert not may(role, Action.DELIVERIES_READ_BODIES) or may(role, Action.DELIVERIES_READ)
        assert not may(role, Action.PERSONAL_READ) or may(role, Action.JOURNEYS_READ)


@pytest.mark.parametrize("area", ["webhooks", "journeys", "setup", "keys", "operators", "people"])
def test_whoever_changes_something_may_read_it(area: str) -> None:
    for role in Role:
        assert not may(role, Action(f"{area}.write")) or may(role, Action(f"{area}.read"))
