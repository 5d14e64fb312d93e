"""The posts under way: from the queue to the answer, through the guard, the look-up and libcurl's multi interface.

In: one queued post at a time. Out: its answer, into the outbox. Called by the engine, on its thread only.

libcurl's own time-outs are not used: one sweep over the posts under way, only when the nearest deadline has passed,
costs nothing per POST and knows what libcurl does not: that 1xx answers are no answer.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import pycurl

from dastak.transport import failure
from dastak.transport.failure import Failure
from dastak.transport.flight import Flight
from dastak.transport.guard import Guard
from dastak.transport.outbox import Batch, Outbox, failed
from dastak.transport.places import Places
from dastak.transport.request_headers import HeaderRefused, header_lines
from dastak.transport.resolver import Resolver
from dastak.transport.settings import SenderSettings
from dastak.transport.sockets import Sockets
from dastak.transport.transfer import Transfer
from dastak.webhooks.post import Post, Stage, Timings, UrlRefused

log = logging.getLogger(__name__)

_HANDLES_KEPT = 256
_ENDED_AT_ONCE = 256
_SWEEP_PAUSE = 0.01
"""Seconds between sweeps: by so much a deadline may be overrun, so that a thousand of them cost little."""

NEVER = float("inf")


class UnderWay:
    """Every post that has left the queue and is not answered yet; owns the multi and the easy handles."""

    def __init__(
        self,
        guard: Guard,
        settings: SenderSettings,
        resolver: Resolver,
        sockets: Sockets,
        outbox: Outbox,
    ) -> None:
        self._guard = guard
        self._settings = settings
        self._resolver = resolver
        self._sockets = sockets
        self._outbox = outbox
        self._places = Places()
        self._multi = self._new_multi()
        self._flights: set[Flight] = set()
        self._waiting: dict[str, list[Flight]] = {}
        self._by_curl: dict[pycurl.Curl, Flight] = {}
        self._spare: list[Transfer] = []
        self.next_due = NEVER
        """When `sweep` has something to do, on the monotonic clock; maybe earlier, never later."""

    def __len__(self) -> int:
        return len(self._flights)

    def curl_patience(self) -> float:
        """Return in how many seconds libcurl wants to be called even if no socket speaks; -1 for never."""
        milliseconds = self._multi.timeout()
        return -1 if milliseconds < 0 else milliseconds / 1000

    def act(self, events: Sequence[tuple[int, int]]) -> None:
        """Let libcurl read and write the sockets that are ready; with none, let it see to its clock."""
        action = self._multi.socket_action
        if not events:
            action(pycurl.SOCKET_TIMEOUT, 0)
        for fd, mask in events:
            action(fd, mask)

    def admit(self, post: Post, batch: Batch, now: float) -> int:
        """Judge a post and start it or its look-up; return 1 if libcurl has something new to do."""
        try:
            destination = self._guard.destination(post.url)
            flight = Flight(post, batch, destination, header_lines(post), now)
        except UrlRefused as refused:
            self._outbox.put(batch, failed(post, Failure(Stage.REFUSED, refused.message)))
            return 0
        except HeaderRefused as refused:
            self._outbox.put(batch, failed(post, Failure(Stage.REFUSED, str(refused))))
            return 0
        except Exception:
            log.exception("post %s could not be prepared", post.id)
            self._outbox.put(batch, failed(post, failure.INTERNAL))
            return 0
        self._flights.add(flight)
        if destination.address is not None:
            return self._take_off(flight, (destination.host,), now)
        found = self._resolver.known(destination.host, now)
        if found is not None:
            return self._take_off(flight, found.addresses, now)
        flight.await_look_up()
        self.next_due = min(self.next_due, flight.due)
        self._waiting.setdefault(destination.host, []).append(flight)
        self._resolver.ask(destination.host)
        return 0

    def land_look_ups(self) -> int:
        """Start the posts whose names are known by now; return how many."""
        started = 0
        now = monotonic()
        for found in self._resolver.answers(now):
            for flight in self._waiting.pop(found.host, ()):
                if flight not in self._flights:
                    continue
                if found.error:
                    flight.resolved = now
                    self._fail(flight, Failure(Stage.RESOLVE, found.error))
                else:
                    started += self._take_off(flight, found.addresses, now)
        return started

    def _take_off(self, flight: Flight, addresses: tuple[str, ...], now: float) -> int:
        """Check the addresses and give the post to libcurl."""
        try:
            self._guard.check_addresses(flight.destination.host, addresses)
            transfer = self._spare.pop() if self._spare else Transfer(self._settings, self._sockets)
            flight.take_off(transfer, now)
            place = self._places.of(flight.destination, addresses)
            transfer.load(flight.destination, place, self._places, flight.lines, flight.post.body)
            self._by_curl[transfer.curl] = flight
            self._multi.add_handle(transfer.curl)
        except UrlRefused as refused:
            self._fail(flight, Failure(Stage.REFUSED, refused.message))
            return 0
        except Exception:
            log.exception("post %s could not be started", flight.post.id)
            self._fail(flight, failure.INTERNAL)
            return 0
        self.next_due = min(self.next_due, flight.due)
        return 1

    def collect(self) -> None:
        """Answer what libcurl has ended."""
        left = 1
        while left:
            left, good, bad = self._multi.info_read(_ENDED_AT_ONCE)
            for curl in good:
                self._land(self._by_curl[curl])
            for curl, code, text in bad:
                self._crash(self._by_curl[curl], code, text)

    def _land(self, flight: Flight) -> None:
        transfer = flight.transfer
        assert transfer is not None  # noqa: S101 - only flights that took off are known to libcurl
        answer = transfer.answer(flight.post.id, flight.resolved_us())
        if answer is None:
            at = transfer.progress(flight.destination, flight.post.body)
            self._fail(flight, failure.no_final_answer(at))
            return
        self._release(flight)
        self._outbox.put(flight.batch, answer)

    def _crash(self, flight: Flight, code: int, text: str) -> None:
        transfer = flight.transfer
        assert transfer is not None  # noqa: S101 - as above
        if transfer.truncated:
            self._land(flight)
            return
        at = transfer.progress(flight.destination, flight.post.body)
        if transfer.refused:
            fault = Failure(Stage.REFUSED, f"Not sent: {at.where} is not an address that was checked.")
        elif transfer.headers_too_large or code in failure.TOO_LARGE:
            fault = failure.headers_too_large(at)
        else:
            fault = failure.of_curl(code, text, transfer.curl.getinfo(pycurl.OS_ERRNO), at)
        self._fail(flight, fault)

    def sweep(self) -> None:
        """Fail what is past its deadline; runs over the posts under way only when the nearest deadline has passed."""
        now = monotonic()
        if now < self.next_due:
            return
        for flight in [flight for flight in self._flights if flight.due <= now]:
            fault = flight.late(now)
            if fault is not None:
                self._fail(flight, fault)
        nearest = min((flight.due for flight in self._flights), default=NEVER)
        self.next_due = max(nearest, now + _SWEEP_PAUSE)

    def break_off(self) -> None:
        """Fail every post now: nobody waits any longer."""
        for flight in list(self._flights):
            if flight.transfer is None:
                self._fail(flight, failure.STOPPED)
            else:
                at = flight.transfer.progress(flight.destination, flight.post.body)
                self._fail(flight, failure.stopped(at))

    def recover(self) -> None:
        """After the unexpected: answer every post under way and begin again with a new multi. Asks libcurl nothing."""
        flights, self._flights = self._flights, set()
        self._waiting.clear()
        for flight in flights:
            self._outbox.put(flight.batch, failed(flight.post, failure.INTERNAL))
            if flight.transfer is not None:
                self._spare.append(flight.transfer)
        for curl in self._by_curl:
            with contextlib.suppress(pycurl.error):
                self._multi.remove_handle(curl)
        self._by_curl.clear()
        self.close()
        self._multi = self._new_multi()

    def close(self) -> None:
        """Release the handles and all connections."""
        while self._spare:
            self._spare.pop().close()
        with contextlib.suppress(pycurl.error):
            self._multi.close()

    def _fail(self, flight: Flight, fault: Failure) -> None:
        total_us = int((monotonic() - flight.started) * 1_000_000)
        timings, address = Timings(flight.resolved_us(), total_us=total_us), ""
        if flight.transfer is not None:
            timings = replace(flight.transfer.timings(flight.resolved_us()), total_us=total_us)
            address = flight.transfer.address
        answer = failed(flight.post, fault, address, timings)
        self._release(flight)
        self._outbox.put(flight.batch, answer)

    def _release(self, flight: Flight) -> None:
        """Take a flight off the books and its handle back; a handle in mid-transfer loses its connection."""
        self._flights.discard(flight)
        transfer = flight.transfer
        if transfer is None:
            return
        flight.transfer = None
        if self._by_curl.pop(transfer.curl, None) is not None:
            with contextlib.suppress(pycurl.error):
                self._multi.remove_handle(transfer.curl)
        transfer.clear()
        if len(self._spare) < _HANDLES_KEPT:
            self._spare.append(transfer)
        else:
            transfer.close()

    def _new_multi(self) -> "pycurl.CurlMulti":
        multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._sockets.on_want)
        multi.setopt(pycurl.M_MAXCONNECTS, self._settings.max_connections)
        multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, self._settings.max_connections)
        return multi
