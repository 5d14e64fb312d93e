"""The posts under way on the event loop: from the queue to the answer, through the guard, the look-up and the pool.

In: posts, on the loop's own thread. Out: exactly one answer for each, delivered once per turn of the loop. Made and
started by `StreamSender`, once per start; it ends when it was told to stop and every post has been answered.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic

from dastak.transport import failure
from dastak.transport.failure import Failure
from dastak.transport.guard import Guard
from dastak.transport.outbox import Batch, Deliver, Outbox, failed
from dastak.transport.request_headers import HeaderRefused
from dastak.transport.resolver import Resolve, Resolver
from dastak.transport.settings import SenderSettings
from dastak.transport.stream.connection import Connection
from dastak.transport.stream.dial import NotReached, dial
from dastak.transport.stream.pool import Pool
from dastak.transport.stream.request import request_bytes
from dastak.transport.stream.route import Route
from dastak.transport.stream.trip import Carrier, Trip
from dastak.transport.stream.trust import tls_context
from dastak.webhooks.post import Answer, Post, Stage, UrlRefused

log = logging.getLogger(__name__)

NEVER = float("inf")

_SWEEP_PAUSE = 0.01
"""Seconds between sweeps: by so much a deadline may be overrun, so that a thousand of them cost little."""

_STALL = 0.1
"""Seconds by which a sweep is late if the loop was held up: answers may have come meanwhile, so they are read first."""


class Traffic:
    """One run of the sender, from start to stop. Everything but `ended` belongs to the loop's thread."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, guard: Guard, settings: SenderSettings, resolve: Resolve
    ) -> None:
        self._loop = loop
        self._guard = guard
        self._settings = settings
        self._max_idle = settings.max_idle.total_seconds()
        self._trust = tls_context(settings)
        self._resolver = Resolver(
            resolve, self._wake, ttl=settings.names_kept.total_seconds(), threads=settings.resolver_threads
        )
        self._pool = Pool(settings)
        self._outbox = Outbox()
        self._queue: deque[tuple[Post, Batch]] = deque()
        self._trips: set[Trip] = set()
        self._waiting: dict[str, list[Trip]] = {}
        self._dials: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._delivering = False
        self._timer: asyncio.TimerHandle | None = None
        self._look_at = NEVER
        self._stopping = False
        self._cut_at = NEVER
        self.ended = threading.Event()
        """Everything is answered, closed and released."""

    def submit(self, posts: Sequence[Post], deliver: Deliver) -> None:
        """Take posts; when stopping, answer them as not sent."""
        batch = Batch(deliver)
        if self._stopping:
            for post in posts:
                self._put(batch, failed(post, failure.STOPPED))
            return
        if not self._queue:
            now, room = monotonic(), self._settings.max_connections - len(self._trips)
            for post in posts[:room]:
                self._admit(post, batch, now)
            posts = posts[room:]
        if posts:
            self._queue.extend([(post, batch) for post in posts])
            self._admit_waiting()

    def stop(self, cut_at: float) -> None:
        """Take no more posts, end those under way, break off what is left at `cut_at` (monotonic)."""
        self._stopping = True
        self._cut_at = min(self._cut_at, cut_at)
        while self._queue:
            post, batch = self._queue.popleft()
            self._put(batch, failed(post, failure.STOPPED))
        self._look_by(self._cut_at)
        self._end_if_done()

    def opened(self, connection: Connection) -> None:
        """A connection is up."""
        self._connections.add(connection)

    def closed(self, connection: Connection) -> None:
        """A connection is down."""
        self._pool.forget(connection)
        self._connections.discard(connection)
        if self._stopping:
            self._end_if_done()

    def answered(self, connection: Connection, trip: Trip, answer: Answer, *, keep: bool) -> None:
        """A trip has its answer."""
        if keep:
            self._keep(connection, connection.route)
        self._end(trip, answer)

    def failed(self, trip: Trip, fault: Failure) -> None:
        """A trip has failed: answer it."""
        now = monotonic()
        first_byte = trip.connection.first_byte if trip.connection is not None else 0.0
        self._end(trip, failed(trip.post, fault, trip.address, trip.timings(now, first_byte)))

    def broke(self, connection: Connection, trip: Trip) -> None:
        """A kept connection was stale: the same request goes out once more, on a new one."""
        trip.repeated = True
        trip.connection = None
        trip.address = ""
        self._dial(trip, connection.route, monotonic())

    def _put(self, batch: Batch, answer: Answer) -> None:
        self._outbox.put(batch, answer)
        if not self._delivering:
            self._delivering = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._delivering = False
        self._outbox.send()
        if self._stopping:
            self._end_if_done()

    def _admit_waiting(self) -> None:
        now = monotonic()
        while self._queue and len(self._trips) < self._settings.max_connections:
            post, batch = self._queue.popleft()
            self._admit(post, batch, now)

    def _admit(self, post: Post, batch: Batch, now: float) -> None:
        """Judge a post and start it or its look-up."""
        try:
            destination = self._guard.destination(post.url)
            request = request_bytes(post, destination, self._settings.user_agent)
            trip = Trip(post, batch, destination, request, now)
        except UrlRefused as refused:
            self._put(batch, failed(post, Failure(Stage.REFUSED, refused.message)))
            return
        except HeaderRefused as refused:
            self._put(batch, failed(post, Failure(Stage.REFUSED, str(refused))))
            return
        except Exception:
            log.exception("post %s could not be prepared", post.id)
            self._put(batch, failed(post, failure.INTERNAL))
            return
        self._trips.add(trip)
        if destination.address is not None:
            self._take_off(trip, (destination.host,), now)
        elif (found := self._resolver.known(destination.host, now)) is not None:
            self._take_off(trip, found.addresses, now)
        else:
            trip.await_look_up()
            self._look_by(trip.due)
            self._waiting.setdefault(destination.host, []).append(trip)
            self._resolver.ask(destination.host)

    def _take_off(self, trip: Trip, addresses: tuple[str, ...], now: float) -> None:
        """Check the addresses and send the post on a kept connection, or open one."""
        try:
            self._guard.check_addresses(trip.destination.host, addresses)
            trip.directed = True
            route = self._pool.route(trip.destination, addresses)
            connection = self._pool.take(route, now)
            if connection is None:
                self._dial(trip, route, now)
            else:
                self._send(trip, connection)
        except UrlRefused as refused:
            self.failed(trip, Failure(Stage.REFUSED, refused.message))
        except Exception:
            log.exception("post %s could not be started", trip.post.id)
            self.failed(trip, failure.INTERNAL)

    def _send(self, trip: Trip, connection: Carrier) -> None:
        trip.await_answer()
        self._look_by(trip.due)
        connection.send(trip)

    def _dial(self, trip: Trip, route: Route, now: float) -> None:
        if len(self._connections) + len(self._dials) >= self._settings.max_connections:
            self._pool.close_oldest()
        trip.await_connection(now)
        self._look_by(trip.due)
        trip.dial = self._loop.create_task(self._dialling(trip, route))
        self._dials.add(trip.dial)
        trip.dial.add_done_callback(self._dialled)

    async def _dialling(self, trip: Trip, route: Route) -> None:
        try:
            self._reached(trip, await dial(trip, route, self._guard, self, self._trust))
        except NotReached as error:
            if trip in self._trips:
                self.failed(trip, error.fault)
        except Exception:
            log.exception("no connection could be opened for post %s", trip.post.id)
            if trip in self._trips:
                self.failed(trip, failure.INTERNAL)

    def _reached(self, trip: Trip, connection: Connection) -> None:
        if trip not in self._trips:
            connection.close()
        elif not connection.is_open:
            self.failed(trip, failure.broken_off(trip.progress()))
        else:
            self._send(trip, connection)

    def _dialled(self, task: asyncio.Task[None]) -> None:
        self._dials.discard(task)
        if self._stopping:
            self._end_if_done()

    def _keep(self, connection: Connection, route: Route) -> None:
        if self._stopping:
            connection.close()
            return
        self._pool.keep(connection, route)
        self._look_by(connection.used + self._max_idle)

    def _end(self, trip: Trip, answer: Answer) -> None:
        """Take a trip off the books and answer it; one that still carries it loses its connection or its dial."""
        self._trips.discard(trip)
        self._put(trip.batch, answer)
        trip.connection = None
        trip.dial = None
        if self._queue:
            self._admit_waiting()

    def _break_off(self, trip: Trip, fault: Failure) -> None:
        """Fail a trip from our side."""
        connection, dialling = trip.connection, trip.dial
        self.failed(trip, fault)
        if connection is not None:
            connection.close()
        elif dialling is not None:
            dialling.cancel()

    def _wake(self) -> None:
        """Called on the resolver's threads."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._land_look_ups)

    def _land_look_ups(self) -> None:
        """Start the posts whose names are known by now."""
        now = monotonic()
        for found in self._resolver.answers(now):
            for trip in self._waiting.pop(found.host, ()):
                if trip not in self._trips:
                    continue
                trip.resolved = now
                if found.error:
                    self.failed(trip, Failure(Stage.RESOLVE, found.error))
                else:
                    self._take_off(trip, found.addresses, now)

    def _look_by(self, due: float) -> None:
        """See to it that the deadlines are looked at by `due`."""
        if due < self._look_at:
            if self._timer is not None:
                self._timer.cancel()
            self._look_at = due
            self._timer = self._loop.call_later(max(0.0, due - monotonic()), self._sweep)

    def _sweep(self) -> None:
        """Fail what is past its deadline, close what is past its age, and say when to look next."""
        now = monotonic()
        overdue, self._timer, self._look_at = now - self._look_at, None, NEVER
        if overdue > _STALL:
            self._look_by(now + _SWEEP_PAUSE)
            return
        for trip in [trip for trip in self._trips if trip.due <= now]:
            fault = trip.late(now)
            if fault is not None:
                self._break_off(trip, fault)
        if now >= self._cut_at:
            self._cut_at = NEVER
            for trip in list(self._trips):
                self._break_off(trip, failure.stopped(trip.progress()) if trip.directed else failure.STOPPED)
        self._pool.close_expired(now)
        nearest = min((trip.due for trip in self._trips), default=NEVER)
        nearest = min(nearest, self._cut_at, self._pool.next_expiry())
        if nearest < NEVER:
            self._look_by(max(nearest, now + _SWEEP_PAUSE))

    def _end_if_done(self) -> None:
        """When stopping and all is answered: close what is kept; when all is closed: say so."""
        if self._trips or self._queue or self._delivering or self.ended.is_set():
            return
        self._pool.close_all()
        if self._connections or self._dials:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._resolver.close()
        self.ended.set()
