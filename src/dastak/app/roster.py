"""What Video KYC asks about a merchant's agents, answered from `accounts`: who is online, and who works when.

In: the stores of operators and of presence. Out: fulfils `journeys.video_kyc.ports.AgentRoster`, and takes the signs of
life of the console's pages.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from dastak.accounts.availability import SLOT, slots
from dastak.accounts.operator import OperatorStore, Presence, PresenceStore
from dastak.journeys.video_kyc.ports import Shift

log = structlog.get_logger("dastak.console")


class Roster:
    """The agents of every merchant."""

    def __init__(self, operators: OperatorStore, presence: PresenceStore, *, now: Callable[[], datetime]) -> None:
        self._operators = operators
        self._presence = presence
        self._now = now

    async def shifts(self, merchant_id: str, start: datetime, end: datetime) -> Sequence[Shift]:
        """Quarters of an hour in which agents work, those under way at `start` included; one shift for each quarter."""
        agents = [one.availability for one in await self._operators.operators(merchant_id) if one.takes_calls]
        days = (end - start).days + 2  # a span that begins in the evening touches one day more
        found = slots(agents, (), start - SLOT, days)
        return [Shift(one.starts_at, one.starts_at + SLOT, one.agents) for one in found if one.starts_at < end]

    async def online(self, merchant_id: str) -> int:
        """Agents whose page was heard of lately."""
        now = self._now()
        return sum(one.is_ready(now) for one in await self._presence.presences(merchant_id))

    async def set_online(self, merchant_id: str, agent_id: str, *, online: bool) -> None:
        """Begin or end a stay. The console asks first whether camera and microphone work."""
        if not online:
            await self._presence.end_presence(merchant_id, agent_id)
            return
        now = self._now()
        before = await self._presence.presence(merchant_id, agent_id)
        since = before.online_since if before is not None and before.is_ready(now) else now
        await self._presence.put_presence(Presence(merchant_id, agent_id, since, now, now, now))

    async def is_online(self, merchant_id: str, agent_id: str) -> bool:
        """Whether this agent may be given a customer: active, an agent still, and there."""
        presence = await self._presence.presence(merchant_id, agent_id)
        if presence is None or not presence.is_ready(self._now()):
            return False
        operator = await self._operators.operator(merchant_id, agent_id)
        return operator is not None and operator.takes_calls

    async def beat(self, merchant_id: str, operator_id: str) -> Presence | None:
        """The agent's page is open. None: not online (any longer); who was asked and did not answer goes offline."""
        now = self._now()
        presence = await self._presence.heard(merchant_id, operator_id, now)
        if presence is None or not presence.is_deserted(now):
            return presence
        log.info("agent_gone", merchant_id=merchant_id, operator_id=operator_id, last_act=str(presence.last_act))
        await self._presence.end_presence(merchant_id, operator_id)
        return None

    async def acted(self, merchant_id: str, operator_id: str) -> None:
        """The agent did something, and so is there."""
        await self._presence.acted(merchant_id, operator_id, self._now())
