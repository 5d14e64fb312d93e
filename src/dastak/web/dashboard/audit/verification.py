"""The check of the whole chain, on a page.

In: a visit. Out: how many entries hold, or the first that does not and what is wrong with it. A long chain is checked
some entries at a time, each answer leading to the next by itself: no request takes long, and the page says how far.

How far it is stands in the address, signed for this session: else a link from elsewhere could begin behind the entry
that was changed.
"""

import hmac
from urllib.parse import urlencode

from starlette.responses import Response

from dastak.accounts.audit import Head, verified_on
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show

PATH = "/dashboard/audit/verification"
AT_ONCE = 2000
"""Entries of one answer: about 50 ms of work."""


async def show_verification(door: Door, visit: Visit) -> Response:
    """The page: of what was found, or of how far it is."""
    checking = await verified_on(door.trail, visit.merchant_id, _reached(door, visit), AT_ONCE)
    reached = checking.reached
    if not checking.is_over:
        query = {"after": reached.sequence, "hash": reached.hash.hex(), "seal": _seal(door, visit, reached)}
        return show(
            door,
            visit,
            "audit/checking",
            count=reached.sequence,
            kept=checking.kept,
            percent=100 * reached.sequence // max(1, checking.kept),
            further=f"{PATH}?{urlencode(query)}",
        )
    fault = checking.fault
    return show(door, visit, "audit/verification", count=reached.sequence, hash=reached.hash.hex(), fault=fault)


def _reached(door: Door, visit: Visit) -> Head:
    """What the answer before this one came to; the beginning, if it was not we who said so, to this member."""
    asked = visit.request.query_params
    try:
        head = Head(int(asked["after"]), bytes.fromhex(asked["hash"]))
    except (KeyError, ValueError):
        return Head()
    seal = _seal(door, visit, head)
    return head if hmac.compare_digest(seal.encode(), asked.get("seal", "").encode("utf-8", "replace")) else Head()


def _seal(door: Door, visit: Visit, head: Head) -> str:
    key = door.csrf.token(visit.session.id).encode()
    return hmac.new(key, f"{visit.merchant_id}/{head.sequence}/{head.hash.hex()}".encode(), "sha256").hexdigest()
