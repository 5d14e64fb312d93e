"""What the people's pages work on.

In: `app` fills it. Out: every handler of the area gets it.
"""

from dataclasses import dataclass

from dastak.accounts.authenticator import AuthenticatorStore
from dastak.accounts.inviting import Inviter

PATH = "/dashboard/people"
PROFILE = "/dashboard/profile"

ROLE_WORDS = {
    "owner": "everything, people and keys included",
    "developer": "webhooks, deliveries, API keys, templates",
    "operations": "cases, links and operators; sends again",
    "compliance": "reads cases and evidence, decides, reads the audit log",
    "viewer": "sees that things happen, and nobody's data",
}


@dataclass(frozen=True, slots=True)
class PeopleRoom:
    """Ports and desks."""

    inviter: Inviter
    authenticators: AuthenticatorStore
