"""Routes of the audit log.

In: the door, and who reads operators. Out: routes to mount.
"""

from functools import partial

from dastak.accounts.permission import Action
from dastak.web.dashboard.audit.actors import Operators
from dastak.web.dashboard.audit.export import export
from dastak.web.dashboard.audit.listing import PATH, show_audit
from dastak.web.dashboard.audit.verification import show_verification
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, form, page


def audit_routes(door: Door, operators: Operators) -> list[DashboardRoute]:
    """The list, the check of the whole chain, and the export."""
    return [
        page(door, PATH, partial(show_audit, operators), Action.AUDIT_READ),
        page(door, f"{PATH}/verification", show_verification, Action.AUDIT_READ),
        form(door, f"{PATH}/export", export, Action.AUDIT_EXPORT),
    ]
