"""The clock of endpoints that fail: warns their owners, disables them at last, and tells when they work again.

In: the time, and what the store knows of endpoints. Out: steps, each in its own transaction, that decides anew; so any
number of sweepers do each thing once. `app` runs it beside the server.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.observing import TroubleObserver, Unobserved
from dastak.webhooks.ports import TroubleStore
from dastak.webhooks.telling import GONE, Audience, Step, step
from dastak.webhooks.trouble import Act, Trouble, TroubleRules, decide

log = structlog.get_logger("dastak.webhooks")

LOOK_EVERY = timedelta(seconds=30)


class ContactBook(Protocol):
    """Who a merchant is, and whom it wants to be told."""

    async def merchant_name(self, merchant_id: str) -> str: ...

    async def contacts(self, merchant_id: str) -> tuple[str, ...]: ...


async def _asleep(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


class TroubleSweeper:
    """Acts on endpoints in trouble; `run` goes on until it is cancelled."""

    def __init__(
        self,
        store: TroubleStore,
        merchants: ContactBook,
        rules: TroubleRules,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
        public_url: str,
        sleep: Callable[[timedelta], Awaitable[None]] = _asleep,
        observer: TroubleObserver | None = None,
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._rules = rules
        self._now = now
        self._new_id = new_id
        self._public_url = public_url
        self._sleep = sleep
        self._observer = observer or Unobserved()

    async def run(self) -> None:
        """Sweep, then sleep. A store that fails is asked again."""
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - whatever ails the store, owners are told when it is back
                log.warning("trouble_sweep_failed", error=type(error).__name__)
                self._observer.trouble_store_failed()
            await self._sleep(LOOK_EVERY)

    async def sweep(self) -> int:
        """Do everything that is due now; how many things that were."""
        self._observer.looked()
        done = 0
        for trouble in await self._store.troubled():
            if _may_be_due(trouble, self._rules, self._now()):
                done += await self._act(trouble)
        return done

    async def _act(self, found: Trouble) -> int:
        """At most two things wait at one endpoint: that it works again, and then that it fails anew."""
        done = 0
        while (taken := await self._step(found.merchant_id, found.endpoint_id)) is not None:
            self._observer.looked()
            self._observer.acted(taken.act, taken.event.type)
            log.warning(
                "endpoint_trouble",
                act=taken.act.value,
                merchant_id=found.merchant_id,
                endpoint_id=found.endpoint_id,
                failures=taken.trouble.failures,
                mails=len(taken.mails),
            )
            done += 1
        return done

    async def _step(self, merchant_id: str, endpoint_id: str) -> Step | None:
        audience = Audience(
            await self._merchants.merchant_name(merchant_id),
            await self._merchants.contacts(merchant_id),
            self._public_url,
        )
        now = self._now()

        def on(trouble: Trouble, endpoint: Endpoint) -> Step | None:
            act = decide(trouble, endpoint.state, self._rules, now)
            if act is Act.NOTHING or (act is Act.TELL_GONE and endpoint.disabled_reason != GONE):
                return None
            return step(act, trouble, endpoint, self._rules, audience, now=now, new_id=self._new_id)

        return await self._store.act(merchant_id, endpoint_id, on, now)


def _may_be_due(trouble: Trouble, rules: TroubleRules, now: datetime) -> bool:
    """Whether it is worth a transaction, in which it is decided."""
    state = EndpointState.DISABLED if trouble.gone_at is not None else EndpointState.ENABLED
    return decide(trouble, state, rules, now) is not Act.NOTHING
