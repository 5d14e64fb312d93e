"""The signs of life of a page that is open: who is in front of it is still signed in, still an agent, and there.

In: a visit whose stream goes on. Out: whether it may go on, and the visit as of now.
"""

import asyncio
from dataclasses import replace

from dastak.accounts.operator import Role
from dastak.web.console.agent.console import AgentConsole
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit

BEAT_SECONDS = 8.0
"""Well within what counts as silent, `accounts.operator.SILENT_AFTER`."""


class Pulse:
    """One open page."""

    def __init__(self, console: AgentConsole, door: Door, visit: Visit) -> None:
        self._console = console
        self._door = door
        self._visit = visit
        self._next = float("-inf")
        self.is_online = False
        """Whether the agent takes calls, as of the latest beat."""

    @property
    def visit(self) -> Visit:
        """The same visit, now."""
        return replace(self._visit, now=self._door.clock())

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
        self.is_online = await self._console.presence.beat(operator.merchant_id, operator.id)
        self._next = now + BEAT_SECONDS
        return True
