"""Customers who never give up: load for tests in which servers are killed under it.

In: servers of one deployment that die and come back, and where to note what was acknowledged. Out: finished links, and
the events that the servers have promised by their answers.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from http.client import HTTPException
from typing import Self, TypeVar

from support.api import Api
from support.customer import PAN, Customer, Page
from support.server import RunningServer

T = TypeVar("T")

WRONG_PAN = "FAILD0001X"
PATIENCE_SECONDS = 180
A_MOMENT = 0.05
NO_ANSWER = (OSError, HTTPException, ValueError)
"""What a client sees when the server dies before, in or after its answer."""


class Away(ConnectionError):  # noqa: N818 - the name says what happened
    """503: the server lives, its database does not; whoever comes again is served."""


class Promises:
    """How many events of each link the server has acknowledged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events: dict[str, int] = defaultdict(int)

    def note(self, verification_id: str, events: int) -> None:
        """At least so many events of that link are durable now."""
        with self._lock:
            self.events[verification_id] = max(self.events[verification_id], events)

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self.events.values())


class Visitor(Customer):
    """A customer who notes each answer that acknowledges a check, even when the next page never comes."""

    def __init__(self, form_link: str, verification_id: str, promises: Promises) -> None:
        super().__init__(form_link)
        self._verification_id = verification_id
        self._promises = promises

    def turn_to(self, server: RunningServer) -> None:
        """Go on there: it has the same links and knows the same cookies."""
        self.close()
        self._connection.port = server.port

    def _send(self, method: str, url: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
        answer = super()._send(method, url, fields)
        if answer[0] == 503:
            raise Away(url)
        if method == "POST" and url.endswith("/pan") and answer[0] in {302, 303}:
            right = fields is not None and fields["pan"] == PAN
            self._promises.note(self._verification_id, 3 if right else 1)
        return answer


class Load:
    """So many visitors at a time, each making a link, failing PAN once, then finishing it; until told to stop."""

    def __init__(self, servers: Sequence[RunningServer], promises: Promises, threads: int, seed: int) -> None:
        self._servers = servers
        self._promises = promises
        self._stopping = threading.Event()
        self.finished: list[str] = []
        self.failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{number}"),), daemon=True)
            for number in range(threads)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a visitor hangs"

    def _run(self, chance: random.Random) -> None:
        while not self._stopping.is_set():
            verification_id = f"load-{chance.getrandbits(64):x}"
            try:
                self._visit(verification_id, chance)
            except AssertionError as error:
                self.failures.append(f"{verification_id}: {error}")

    def _visit(self, verification_id: str, chance: random.Random) -> None:
        """One link from its making to its end, whatever happens to the servers meanwhile."""
        form_link = self._insist(lambda server: self._make(server, verification_id), chance)
        visitor = Visitor(form_link, verification_id, self._promises)
        if self._insist(lambda server: self._finish(server, visitor), chance).status == 200:
            self.finished.append(verification_id)

    def _make(self, server: RunningServer, verification_id: str) -> str:
        with server.api() as api:
            fields = {"phone": "9999999999", "template_name": "Pan_verification", "verification_id": verification_id}
            status, _, made = api.post("/verification/form", fields)
            if status == 409:  # the answer to the first try was lost with the server, its link was not
                return _form_link(api, verification_id)
            if status == 503:
                raise Away(verification_id)
            assert status == 200, made
            return str(made["form_link"])

    def _finish(self, server: RunningServer, visitor: Visitor) -> Page:
        """Go on to the last page.

        It is not the end when the answer to the phone's code was lost: who waits half a minute gets another code, and
        here nobody waits.
        """
        visitor.turn_to(server)
        visitor.sign_in()
        while visitor.page is not None and visitor.path + "/pan" in visitor.page.forms:
            failed_before = "try" in visitor.page.text and "left" in visitor.page.text
            visitor.pan(PAN if failed_before else WRONG_PAN)
        assert visitor.page is not None
        return visitor.page

    def _insist(self, act: Callable[[RunningServer], T], chance: random.Random) -> T:
        """At any server, then at another, until one answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return act(chance.choice(self._servers))
            except NO_ANSWER:
                self._stopping.wait(A_MOMENT)
            assert time.monotonic() < end, f"not done within {PATIENCE_SECONDS} s"


def _form_link(api: Api, verification_id: str) -> str:
    answer = api.get("/verification/form", verificationID=verification_id)
    if answer.status == 503:
        raise Away(verification_id)
    return str(answer.json["form_link"])
