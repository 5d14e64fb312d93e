"""The check of the whole chain, on a page.

In: a visit. Out: how many entries hold, or the first that does not and what is wrong with it.
"""

from starlette.responses import Response

from dastak.accounts.audit import verified
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show


async def show_verification(door: Door, visit: Visit) -> Response:
    """The page."""
    reached, fault = await verified(door.trail, visit.merchant_id)
    return show(door, visit, "audit/verification", count=reached.sequence, hash=reached.hash.hex(), fault=fault)
