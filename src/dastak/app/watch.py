"""Everything that watches one process, made before what it watches and joined to it afterwards.

In: the settings; then the parts. Out: observers for the rooms, the page of metrics, the readiness. `build` uses it.
"""

import platform
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dastak import __version__
from dastak.app.metrics import table
from dastak.app.metrics.counting import (
    Calls,
    Cases,
    Dispatching,
    Keeping,
    Limiting,
    Links,
    Notifying,
    Replaying,
    Shared,
    Storing,
    Troubles,
)
from dastak.app.metrics.page import Page, Watched
from dastak.app.metrics.table import Book
from dastak.app.pulse import Pulse
from dastak.app.readiness import Readiness
from dastak.app.role import EVERYTHING, Part
from dastak.app.settings import Settings
from dastak.journeys.kyc_link.sweeper import LONGEST_PAUSE as SWEEPER_PAUSE
from dastak.journeys.video_kyc.sweeper import LONGEST_PAUSE as CASE_SWEEPER_PAUSE
from dastak.notices.notifier import Limits, Notifier
from dastak.video.rooms.house import Crowd
from dastak.web.probes import Readers
from dastak.webhooks.dispatcher import LONGEST_PAUSE as DISPATCHER_PAUSE
from dastak.webhooks.dispatcher import Dispatcher
from dastak.webhooks.keeper import LONGEST_PAUSE as KEEPER_PAUSE
from dastak.webhooks.ports import BacklogReader
from dastak.webhooks.replayer import LONGEST_PAUSE as REPLAYER_PAUSE
from dastak.webhooks.trouble_sweeper import LOOK_EVERY as TROUBLE_SWEEPER_PAUSE

DISPATCHER_STUCK = DISPATCHER_PAUSE * 6
NOTIFIER_STUCK = Limits().look_again * 3
SWEEPER_STUCK = SWEEPER_PAUSE * 3
CASE_SWEEPER_STUCK = CASE_SWEEPER_PAUSE * 6
REPLAYER_STUCK = REPLAYER_PAUSE * 6
TROUBLE_SWEEPER_STUCK = TROUBLE_SWEEPER_PAUSE * 3
KEEPER_STUCK = KEEPER_PAUSE * 3
ROOMS_STUCK = timedelta(seconds=10)
"""How long without a turn before a loop counts as stuck: several of the longest pauses that it makes when well."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Watch:
    """The watchers of one process."""

    def __init__(self, settings: Settings, parts: frozenset[Part] = EVERYTHING) -> None:
        book = Book()
        failures = book.counter(table.STORE_FAILURES)
        events = book.counter(table.EVENTS)
        sweepers = (SWEEPER_STUCK, CASE_SWEEPER_STUCK)
        stuck = (DISPATCHER_STUCK, NOTIFIER_STUCK, *sweepers, REPLAYER_STUCK, TROUBLE_SWEEPER_STUCK, KEEPER_STUCK)
        dispatcher, notifier, sweeper, case_sweeper, replayer, trouble_sweeper, keeper, self.rooms = (
            Pulse(name, at_most) for name, at_most in zip(table.LOOPS, (*stuck, ROOMS_STUCK), strict=True)
        )
        self._book = book
        self._failures = failures
        loops = {
            dispatcher: Part.DISPATCH,
            notifier: Part.CLOCK,
            sweeper: Part.CLOCK,
            case_sweeper: Part.CLOCK,
            replayer: Part.CLOCK,
            trouble_sweeper: Part.CLOCK,
            keeper: Part.CLOCK,
            self.rooms: Part.VIDEO,
        }
        self._pulses = tuple(pulse for pulse, part in loops.items() if part in parts)
        self.dispatching = Dispatching(book, dispatcher, failures)
        self.notifying = Notifying(book, notifier, failures)
        shared = Shared(book, failures, events)
        self.links = Links(sweeper, shared)
        self.cases = Cases(book, case_sweeper, shared)
        self.replaying = Replaying(book, replayer, failures)
        self.troubles = Troubles(book, trouble_sweeper, failures, events)
        self.keeping = Keeping(book, keeper, failures)
        self.storing = Storing(book, failures)
        self.calls = Calls(book)
        self.limiting = Limiting(book)
        self.readers = Readers(settings.metrics_token, this_machine=_nobody_in_between(settings))
        book.gauge(table.BUILD).labels(__version__, platform.python_version(), settings.mode).set(1)

    def readiness(self, commits: Callable[[], Awaitable[bool]], dispatcher: Dispatcher, lease: timedelta) -> Readiness:
        """What `/healthz` and `/readyz` answer."""
        return Readiness(commits, self._pulses, dispatcher.oldest_in_flight, lease)

    def page(
        self,
        deliveries: BacklogReader,
        next_notice_due: Callable[[], Awaitable[datetime | None]],
        dispatcher: Dispatcher,
        notifier: Notifier,
        now: Callable[[], datetime],
        *,
        open_replays: Callable[[], Awaitable[int]],
        endpoints_failing: Callable[[], Awaitable[int]],
        crowd: Callable[[], Crowd],
    ) -> Page:
        """What `/metrics` answers. Once per process."""
        watched = Watched(
            deliveries=deliveries,
            next_notice_due=next_notice_due,
            endpoints_failing=endpoints_failing,
            attempts_in_flight=lambda: dispatcher.in_flight,
            notices_in_flight=lambda: notifier.in_flight,
            pulses=self._pulses,
            now=now,
            open_replays=open_replays,
            crowd=crowd,
        )
        return Page(self._book, watched, self._failures)


def _nobody_in_between(settings: Settings) -> bool:
    """Whether a call from this machine is somebody on this machine, and not a proxy that speaks for the world."""
    return not settings.trusted_proxies and urlsplit(settings.public_url).hostname in LOOPBACK_NAMES
