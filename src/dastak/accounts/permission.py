"""Who may do what at the dashboard: one literal table of roles and actions.

In: a member's role and an action. Out: yes or no. The dashboard's door asks before any page does anything.
"""

from collections.abc import Mapping
from enum import StrEnum

from dastak.accounts.member import Role


class Action(StrEnum):
    """What a page of the dashboard needs. `read` shows, `write` changes."""

    OVERVIEW_READ = "overview.read"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_WRITE = "webhooks.write"
    DELIVERIES_READ = "deliveries.read"
    """That something was delivered, when, with what outcome."""
    DELIVERIES_READ_BODIES = "deliveries.read_bodies"
    """What was sent and answered: it holds customers' data."""
    DELIVERIES_RESEND = "deliveries.resend"
    JOURNEYS_READ = "journeys.read"
    """That a case is there, its state and its steps; customers' data masked."""
    JOURNEYS_WRITE = "journeys.write"
    """Make, resend, cancel."""
    JOURNEYS_DECIDE = "journeys.decide"
    PERSONAL_READ = "personal.read"
    """A customer's data unmasked, or exported."""
    SETUP_READ = "setup.read"
    SETUP_WRITE = "setup.write"
    """Templates, texts, branding, static links."""
    KEYS_READ = "keys.read"
    KEYS_WRITE = "keys.write"
    """API keys."""
    OPERATORS_READ = "operators.read"
    OPERATORS_WRITE = "operators.write"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    """Invite, change roles, remove."""
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    SELF = "self"
    """One's own profile, sessions and authenticator."""


_A, _R = Action, Role

TABLE: Mapping[Action, frozenset[Role]] = {
    _A.OVERVIEW_READ: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
    _A.WEBHOOKS_READ: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
    _A.WEBHOOKS_WRITE: frozenset({_R.OWNER, _R.DEVELOPER}),
    _A.DELIVERIES_READ: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
    _A.DELIVERIES_READ_BODIES: frozenset({_R.OWNER, _R.DEVELOPER, _R.COMPLIANCE}),
    _A.DELIVERIES_RESEND: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS}),
    _A.JOURNEYS_READ: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
    _A.JOURNEYS_WRITE: frozenset({_R.OWNER, _R.OPERATIONS}),
    _A.JOURNEYS_DECIDE: frozenset({_R.OWNER, _R.COMPLIANCE}),
    _A.PERSONAL_READ: frozenset({_R.OWNER, _R.OPERATIONS, _R.COMPLIANCE}),
    _A.SETUP_READ: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
    _A.SETUP_WRITE: frozenset({_R.OWNER, _R.DEVELOPER}),
    _A.KEYS_READ: frozenset({_R.OWNER, _R.DEVELOPER}),
    _A.KEYS_WRITE: frozenset({_R.OWNER, _R.DEVELOPER}),
    _A.OPERATORS_READ: frozenset({_R.OWNER, _R.OPERATIONS, _R.COMPLIANCE}),
    _A.OPERATORS_WRITE: frozenset({_R.OWNER, _R.OPERATIONS}),
    _A.PEOPLE_READ: frozenset({_R.OWNER, _R.COMPLIANCE}),
    _A.PEOPLE_WRITE: frozenset({_R.OWNER}),
    _A.AUDIT_READ: frozenset({_R.OWNER, _R.COMPLIANCE}),
    _A.AUDIT_EXPORT: frozenset({_R.OWNER, _R.COMPLIANCE}),
    _A.SELF: frozenset({_R.OWNER, _R.DEVELOPER, _R.OPERATIONS, _R.COMPLIANCE, _R.VIEWER}),
}
"""Every action has its row; a role that is not in it may not."""


def may(role: Role, action: Action) -> bool:
    """Whether a member in that role may do that."""
    return role in TABLE[action]
