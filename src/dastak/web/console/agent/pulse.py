"""The signs of life of a page that is open: who is in front of it is still signed in, still an agent, and there.

In: a visit whose stream goes on. Out: whether it may go on, and the visit as of now.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

from dastak.accounts.operator import Presence, Role
from dastak.web.console.agent.console import AgentConsole
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit

BEAT_SECONDS = 8.0
"""Well within what counts as silent, `accounts.operator.SILENT_AFTER`."""


class Pulse:
    """One open page."""

    def __init__(self, console: AgentConsole, door: Door, visit: Visit, *, is_at_work: bool = False) -> None:
        """`is_at_work`: the page is a call's, in front of which its agent is not asked for."""
        self._is_at_work = is_at_work
        self._console = console
        self._door = door
        self._visit = visit
        self._next = float("-inf")
        self.is_online = False
        """Whether the agent takes calls, as of the latest beat."""
        self._stay: Presence | None = None

    @property
    def visit(self) -> Visit:
        """The same visit, now."""
        return replace(self._visit, now=self._door.clock())

    @property
    def asked_until(self) -> datetime | None:
        """Nobody did anything here for long: when the agent goes offline, unless somebody answers. None: no need."""
        if self._stay is None or self._door.clock() < self._stay.asked_at:
            return None
        return self._stay.gone_at

    async def beat(self) -> bool:
        """Say that the page is open, if it is time for that. False: whoever sees it must sign in anew."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return True
        ticket = self._door.cookies.ticket(self._visit.request)
        found = None if ticket is None else await self._door.entrance.who(ticket.merchant_id, ticket.token)
        if found is None or Role.AGENT not in found[1].roles:
            return False
        operator = self._visit.operator
        if self._is_at_work:
            await self._console.presence.acted(operator.merchant_id, operator.id)
        self._stay = await self._console.presence.beat(operator.merchant_id, operator.id)
        self.is_online = self._stay is not None
        self._next = now + BEAT_SECONDS
        return True
