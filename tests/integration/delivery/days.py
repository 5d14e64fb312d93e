"""A whole delivery engine over a real store, whose days pass by the test's clock: real POSTs, real mail, no waiting.

In: a house of `conformance`, a receiver, a mail server. Out: `Days`, which lets hours pass and says what was done.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count

from conformance.house import House
from conformance.values import NOW, a_link, a_merchant, an_endpoint, with_events
from dastak.accounts.credentials import Accounts
from dastak.messaging.smtp import SmtpGateway
from dastak.notices.notice import Channel
from dastak.notices.notifier import Notifier
from dastak.notices.observing import AttemptResult, QueueAct
from dastak.transport.guard import Guard, GuardPolicy
from dastak.transport.sender import CurlSender
from dastak.webhooks.delivery import Settled
from dastak.webhooks.dispatcher import Dispatcher
from dastak.webhooks.endpoint import Endpoint, EndpointSecret
from dastak.webhooks.observing import Together
from dastak.webhooks.trouble import Act, TroubleRules
from dastak.webhooks.trouble_noter import TroubleNoter
from dastak.webhooks.trouble_sweeper import TroubleSweeper
from integration.messaging.post_office import Mailbox, settings_for

HOUR = timedelta(hours=1)
CONTACT = "ops@asha.example"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE = 30

_made = count(1)


class Ended:
    """Watches a dispatcher for the test."""

    def __init__(self) -> None:
        self.attempts: asyncio.Queue[Settled] = asyncio.Queue()

    def turned(self) -> None: ...

    def claimed(self, count: int, took: timedelta) -> None: ...

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        for one in settled:
            self.attempts.put_nowait(one)

    def store_failed(self, during: str) -> None: ...


class Posted:
    """Watches a notifier for the test."""

    def __init__(self) -> None:
        self.mails: asyncio.Queue[AttemptResult] = asyncio.Queue()

    def turned(self) -> None: ...

    def attempt_ended(self, channel: Channel, result: AttemptResult) -> None:
        assert channel is Channel.EMAIL
        self.mails.put_nowait(result)

    def queue_failed(self, during: QueueAct) -> None: ...


class Watching:
    """Keeps what sweepers did."""

    def __init__(self) -> None:
        self.acts: list[tuple[float, Act]] = []
        self.hour = 0.0

    def looked(self) -> None: ...

    def acted(self, act: Act, event_type: str) -> None:
        assert event_type.startswith("WEBHOOK_ENDPOINT_")
        self.acts.append((self.hour, act))

    def trouble_store_failed(self) -> None:
        raise AssertionError("the store failed")


class Days:
    """One process with two sweepers; `restart` makes it another one over the same store."""

    def __init__(self, house: House, mail_port: int, mailbox: Mailbox) -> None:
        self._house = house
        self._mail_port = mail_port
        self.mailbox = mailbox
        self.now = NOW
        self.watching = Watching()
        self._journeys = count(1)

    @property
    def house(self) -> House:
        return self._house

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """From the start of its loops to their end."""
        ports = self._house.ports
        self.ended, self.posted = Ended(), Posted()
        self.noter = TroubleNoter(ports.troubles, observer=self.watching)
        sender = CurlSender(Guard(GuardPolicy(https_only=False, ports=None, allow_loopback=True)))
        dispatcher = self._dispatcher = Dispatcher(
            ports.deliveries,
            sender,
            now=lambda: self.now,
            clock=self._monotonic,
            observer=Together(self.noter, self.ended),
        )
        gateway = SmtpGateway(settings_for(self._mail_port))
        self._notifier = Notifier(ports.notices, {Channel.EMAIL: gateway}, clock=lambda: self.now, observer=self.posted)
        self._sweepers = [self._sweeper(), self._sweeper()]
        self._notifier.start()
        run = asyncio.create_task(dispatcher.run())
        noting = asyncio.create_task(self.noter.run())
        try:
            yield
        finally:
            await dispatcher.stop()
            await run
            await self.noter.stop()
            await noting
            await self._notifier.stop()
            gateway.close()
            await asyncio.to_thread(sender.stop)

    async def merchant(self) -> None:
        await self._house.ports.merchants.add_merchant(replace(a_merchant(), contacts=(CONTACT,)))

    async def endpoint(self, number: int, url: str, **settings: object) -> Endpoint:
        made = replace(an_endpoint(number), url=url, secrets=(EndpointSecret(SECRET, NOW),), **settings)  # type: ignore[arg-type]
        assert await self._house.ports.endpoints.add_endpoint(made)
        return made

    async def customer(self, events: int) -> str:
        """Somebody who takes so many steps now; the journey's id."""
        link = a_link(next(self._journeys))
        await self._house.ports.links.add_link(link, ())
        await with_events(self._house.ports, link, events, self.now)
        return link.id

    def pass_time(self, span: timedelta) -> None:
        self.now += span
        self.ended.attempts = asyncio.Queue()
        self.watching.hour = (self.now - NOW) / HOUR

    async def deliver(self) -> None:
        """Let the dispatcher see the time; if anything is due, until an attempt of this hour has ended."""
        due = await self._house.ports.deliveries.next_due()
        self._dispatcher.wake()
        if due is not None and due <= self.now:
            async with asyncio.timeout(PATIENCE):
                await self.ended.attempts.get()

    async def sweep(self) -> None:
        """Note what was seen, and let both sweepers look at once."""
        assert await self.noter.flush()
        await asyncio.gather(*(sweeper.sweep() for sweeper in self._sweepers))

    async def mails(self, number: int) -> None:
        """Wait until so many more mails were taken."""
        self._notifier.wake()
        async with asyncio.timeout(PATIENCE):
            for _ in range(number):
                assert await self.posted.mails.get() == "sent"

    async def attempt_at(self, endpoint_id: str) -> Settled:
        """The next attempt at that endpoint that ends."""
        async with asyncio.timeout(PATIENCE):
            while True:
                one = await self.ended.attempts.get()
                if one.claimed.endpoint.id == endpoint_id:
                    return one

    def _monotonic(self) -> float:
        return (self.now - NOW).total_seconds()

    def _sweeper(self) -> TroubleSweeper:
        accounts = Accounts(
            self._house.ports.merchants,
            now=lambda: self.now,
            new_id=_new_id,
            new_client_id=lambda: "",
            new_client_secret=lambda: "",
        )
        return TroubleSweeper(
            self._house.ports.troubles,
            accounts,
            TroubleRules(),
            now=lambda: self.now,
            new_id=_new_id,
            public_url="https://kyc.example.com",
            observer=self.watching,
        )


def _new_id(prefix: str) -> str:
    return f"{prefix}_days_{next(_made):06d}"
