"""How far a KYC Link has come, for whoever counts. Pure.

In: a link. Out: the steps that it has come to. A step once come to stays: only what never goes away again is looked at.
"""

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.tally import CREATED
from dastak_sdk import CheckStatus, FormStatus

OPENED = "opened"
"""The customer asked for a code: the look of a mail scanner or a messenger's preview is not counted."""
BEGAN = "began"
"""The first check was submitted, or its Aadhaar code asked for."""
DONE = "done"
ENDED = "ended"
"""Expired or cancelled: not on the way, but out of it."""


def steps_of(link: KycLink) -> tuple[str, ...]:
    """`created`, `opened`, `began`, each check that was passed, `done`; and `ended`."""
    began = any(check.tries or check.starts for check in link.checks)
    passed = [check.type.value for check in link.checks if check.status is CheckStatus.SUCCESS]
    facts = (
        (OPENED, began or link.otp is not None),
        (BEGAN, began),
        *((name, True) for name in passed),
        (DONE, link.form_status is FormStatus.SUCCESS),
        (ENDED, link.form_status is FormStatus.EXPIRED),
    )
    return (CREATED, *(step for step, is_so in facts if is_so))
