"""The case that a path of the console names.

In: a visit. Out: an id that may exist; empty for what was never one, so that no store sees it. Pages of agents and
auditors share it.
"""

import re

from dastak.web.console.signed_in import Visit

CASE_ID = re.compile(r"[A-Za-z0-9_]{1,64}")


def case_id_of(visit: Visit) -> str:
    """`jrn_…`, or nothing."""
    found: str = visit.request.path_params["case_id"]
    return found if CASE_ID.fullmatch(found) else ""
