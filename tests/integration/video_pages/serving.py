"""The customer's pages of Video KYC over real HTTP on loopback, with the desks in memory behind them.

In: nothing. Out: a hall that is served, and a way to do something in its event loop, where its desks live.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from dastak.journeys.video_kyc.rooms import Rooms
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.protocol import BoundedProtocol
from support.customer import Customer
from unit.hosted.video.hall import Hall, path_of
from unit.journeys.video_kyc.house import MERCHANT, PHONE_OTP

T = TypeVar("T")
PATIENCE = 30


class ServedHall:
    """A hall behind a real server, in a thread with an event loop of its own."""

    def __init__(self, *, gone_after: timedelta = timedelta(seconds=60), rooms: Rooms | None = None) -> None:
        self.hall = Hall(gone_after=gone_after, media=rooms)
        self.house = self.hall.house
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self.hall.app, http=BoundedProtocol, log_config=None, access_log=False, lifespan="off", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        started = threading.Event()
        self._loop.call_soon(started.set)
        self._thread.start()
        assert started.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self.hall.bell.stop)
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "open streams end when the bell stops"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it where the desks live."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def until(self, case: VideoKyc, is_so: Callable[[VideoKyc], bool]) -> VideoKyc:
        """Wait until the case is so."""

        async def watch() -> VideoKyc:
            with self.hall.bell.watch(case.id) as rung:
                async with asyncio.timeout(PATIENCE - 5):
                    while not is_so(found := await self.house.stored(case)):
                        await self.hall.bell.wait(rung)
            return found

        return self.run(watch())

    def link(self, case: VideoKyc) -> str:
        """The whole address of its page."""
        return self.url + path_of(case)

    def customer(self, case: VideoKyc) -> Customer:
        """Somebody who has typed the code from the phone."""
        customer = Customer(self.link(case))
        customer.open()
        customer.submit("/otp")
        customer.submit("/otp/confirm", otp=PHONE_OTP)
        return customer

    def accept(self, case: VideoKyc, agent: str) -> VideoKyc:
        """An agent takes the call, and is in the room."""

        async def work() -> VideoKyc:
            await self.house.agents.accept(MERCHANT, agent, case.id)
            return await self.house.agents.join_call(MERCHANT, agent, case.id)

        return self.run(work())

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
        self._loop.close()


class Stream:
    """What one open page hears."""

    def __init__(self, served: ServedHall, case: VideoKyc, customer: Customer | None) -> None:
        cookie = "" if customer is None else customer._cookies_for(path_of(case))
        self._connection = HTTPConnection(served.url.removeprefix("http://"), timeout=PATIENCE)
        headers = {"accept": "text/event-stream", **({"cookie": cookie} if cookie else {})}
        self._connection.request("GET", f"{path_of(case)}/live", headers=headers)
        self.answer: HTTPResponse = self._connection.getresponse()

    def next(self) -> dict[str, Any]:
        """The next thing that is said."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                said: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return said
        raise EOFError("the stream has ended")

    def close(self) -> None:
        """The page is gone."""
        self.answer.close()
        self._connection.close()
