"""One Janus gateway: a connection to its WebSocket API, held for ever.

In: requests of legs. Out: the gateway's answers, and its news of a leg's browser. When the connection breaks, so do all
calls of this gateway: each leg hears that it is over, and the browsers come again.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

log = structlog.get_logger("dastak.rooms")

PLUGIN = "janus.plugin.nosip"
_ALIVE = "keepalive"
"""The one request that is answered with no more than `ack`."""
_PROTOCOL = Subprotocol("janus-protocol")
_ANSWER_SECONDS = 5.0
_ALIVE_SECONDS = 15.0
"""A session without a word is ended by the gateway; its own limit is 60 s if nothing else is set."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

Json = dict[str, Any]
News = Callable[[str], None]
"""Told what happened to a leg: `webrtcup`, `hangup`, `detached`, …"""


class GatewayDown(ConnectionError):  # noqa: N818 - the name says what happened
    """It does not answer."""


class Refused(Exception):  # noqa: N818 - the name says what happened
    """The gateway does not do what it was asked; its own words."""


class _Nonsense(Exception):  # noqa: N818
    """What it says cannot be understood."""


class Gateway:
    """Lives in the media's event loop."""

    def __init__(self, url: str, api_secret: str) -> None:
        self.url = url
        self._secret = api_secret
        self._socket: ClientConnection | None = None
        self._session = 0
        self._is_answering = True
        self._pause = _FIRST_PAUSE
        self._asked: dict[str, asyncio.Future[Json]] = {}
        self._legs: dict[int, News] = {}
        self._holding: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether it can be asked now: there is a session, and the last request was answered in time."""
        return self._session != 0 and self._is_answering

    async def start(self) -> None:
        """Returns when the first try to connect is over, whatever came of it."""
        self._holding = asyncio.get_running_loop().create_task(self._hold())
        await self._tried.wait()

    async def stop(self) -> None:
        """Stopping twice: harmless."""
        if self._holding is not None:
            self._holding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._holding

    async def attach(self, news: News) -> int:
        """A new leg; its number. Raises `GatewayDown`, `Refused`."""
        number = _number(await self._ask({"janus": "attach", "session_id": self._session, "plugin": PLUGIN}))
        self._legs[number] = news
        return number

    async def tell(self, leg: int, body: Json, jsep: Json | None = None) -> tuple[Json, Json]:
        """What the plugin answers, and its description (SDP), if any. Raises `GatewayDown`, `Refused`."""
        message: Json = {"janus": "message", "session_id": self._session, "handle_id": leg, "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        said = await self._ask(message)
        found: Json = said.get("plugindata", {}).get("data", {})
        if "error" in found:
            raise Refused(str(found["error"]))
        return found.get("result", {}), said.get("jsep", {})

    async def detach(self, leg: int) -> None:
        """The leg's browser is told good-bye. Never raises: a gateway that is down has forgotten it."""
        self._legs.pop(leg, None)
        with contextlib.suppress(GatewayDown, Refused):
            await self._ask({"janus": "detach", "session_id": self._session, "handle_id": leg})

    async def _hold(self) -> None:
        while True:
            try:
                async with connect(
                    self.url, subprotocols=[_PROTOCOL], proxy=None, open_timeout=_ANSWER_SECONDS
                ) as socket:
                    await self._speak(socket)
            except* (OSError, WebSocketException, Refused, _Nonsense) as troubles:
                log.warning("gateway_down", url=self.url, error=repr(troubles.exceptions[0])[:200])
            finally:
                self._forget_all()
            self._tried.set()
            await asyncio.sleep(self._pause)
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)

    async def _speak(self, socket: ClientConnection) -> None:
        self._socket = socket
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(socket))
            tasks.create_task(self._stay())

    async def _listen(self, socket: ClientConnection) -> None:
        async for message in socket:
            try:
                said = orjson.loads(message)
            except orjson.JSONDecodeError:
                raise _Nonsense("the gateway does not speak JSON") from None
            self._heard(said)
        raise GatewayDown("the gateway has hung up")

    async def _stay(self) -> None:
        self._session = _number(await self._ask({"janus": "create"}))
        self._pause = _FIRST_PAUSE
        log.info("gateway_up", url=self.url)
        self._tried.set()
        while True:
            await asyncio.sleep(_ALIVE_SECONDS)
            await self._ask({"janus": _ALIVE, "session_id": self._session})

    def _heard(self, said: Json) -> None:
        self._is_answering = True
        what = said.get("janus")
        waiting = self._asked.get(str(said.get("transaction")))
        if waiting is not None:
            if not waiting.done() and (what != "ack" or said["transaction"].startswith(_ALIVE)):
                waiting.set_result(said)  # for all else the answer follows
        elif what == "timeout":
            raise GatewayDown("the gateway has ended the session")
        elif (news := self._legs.get(said.get("sender", 0))) is not None:
            news(str(what))

    async def _ask(self, message: Json) -> Json:
        socket = self._socket
        transaction = f"{_ALIVE if message['janus'] == _ALIVE else ''}{secrets.token_hex(8)}"
        if socket is None:
            raise GatewayDown("there is no connection to the gateway")
        awaited = asyncio.get_running_loop().create_future()
        self._asked[transaction] = awaited
        secret = {"apisecret": self._secret} if self._secret else {}
        try:
            await socket.send(orjson.dumps({**message, **secret, "transaction": transaction}).decode())
            said: Json = await asyncio.wait_for(awaited, _ANSWER_SECONDS)
        except (WebSocketException, TimeoutError) as error:
            self._is_answering = False  # calls that it has may go on; new ones go elsewhere until it speaks again
            raise GatewayDown(f"the gateway does not answer: {type(error).__name__}") from None
        finally:
            del self._asked[transaction]
        if said.get("janus") == "error":
            raise Refused(str(said.get("error", {}).get("reason", "no reason given")))
        return said

    def _forget_all(self) -> None:
        self._socket, self._session = None, 0
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(GatewayDown("the gateway has hung up"))
        legs, self._legs = self._legs, {}
        for news in legs.values():
            news("detached")


def _number(said: Json) -> int:
    """Of what was made. Raises `Refused`."""
    number = said.get("data", {}).get("id")
    if not isinstance(number, int):
        raise Refused("the gateway gave no number")
    return number
