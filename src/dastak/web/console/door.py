"""The console's door: `web.door`, and what operators' pages need besides.

In: every route's handler runs behind `guarded`; those for operators behind `signed_in` or `posted` of `signed_in.py`.
Out: a response; no exception gets past here.
"""

from dataclasses import dataclass

from dastak.accounts.deed import Deed
from dastak.accounts.operator import Operator
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.web import door
from dastak.web.console.refusal import NO_MERCHANT
from dastak.web.door import Endpoint, Limiter, Room, client_key, guarded

__all__ = ["HOME", "ROOM", "SIGN_IN", "Door", "Endpoint", "Limiter", "client_key", "guarded"]

ROOM = Room("console", "/console", NO_MERCHANT, Deed.OPERATOR_SIGNED_IN, Deed.OPERATOR_SIGNED_OUT)
HOME = ROOM.home
SIGN_IN = ROOM.sign_in


@dataclass(frozen=True, slots=True)
class Door(door.Door[Operator]):
    """What every handler needs."""

    registry: OperatorRegistry

    async def sees(self, operator: Operator, subject: str, part: str) -> None:
        """Note that customers' data is shown to this operator now. Nothing may be when it raises.

        Args:
            operator: who sees it.
            subject: whose: the id of a case; empty: a list of many.
            part: which page.
        """
        await self.note(operator, Deed.DATA_VIEWED, subject, part=part)
