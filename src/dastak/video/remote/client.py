"""One node, as a web process sees it: asked over HTTP, in threads of its own, so that one that hangs holds up no other.

In: a question and its values. Out: the node's answer; or `NodeAway`, and for some seconds the node counts as failing.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from dastak.video.remote.sealed import NO_RUN, RUN_BYTES, NotOurs, Said, open_answer, seal_request
from dastak.video.remote.wire import AWAY, PATH, Ask

FAILING_SECONDS = 10.0
"""How long a node that did not answer is asked last."""
_TIMEOUTS = {Ask.JOIN: 8.0, Ask.STILL: 5.0, Ask.CLOSE: 8.0}
_TIMEOUT = 2.5
"""Seconds, for everything else: for the way there and for each wait for the answer."""
_THREADS = 8
_LONGEST_ANSWER = 32 << 20
_OK, _OTHER_RUN = 200, 409


class NodeAway(ConnectionError):  # noqa: N818 - the name says what happened
    """The node does not answer, or not as ours."""


class Node:
    """Asked by the server's event loop."""

    def __init__(self, url: str, key: bytes) -> None:
        """`url`: `http://host:port`, or https where something in front of the node speaks TLS."""
        self.url = url
        self._key = key
        self._where = urlsplit(url)
        self._run = NO_RUN
        self._failed_at = float("-inf")
        self._threads = ThreadPoolExecutor(_THREADS, "video-node")

    @property
    def is_failing(self) -> bool:
        """Whether it did not answer lately."""
        return time.monotonic() - self._failed_at < FAILING_SECONDS

    async def ask(self, ask: Ask, said: Said) -> Said:
        """The node's answer. Raises `NodeAway`."""
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._asked, ask, said)
        except (OSError, HTTPException, NotOurs) as error:
            self._failed_at = time.monotonic()
            raise NodeAway(f"{self.url} does not answer: {type(error).__name__}: {error}") from None
        self._failed_at = float("-inf")
        if answer.get("error") == AWAY:
            raise NodeAway(f"{self.url} cannot reach its store")
        return answer

    def close(self) -> None:
        """What is on its way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _asked(self, ask: Ask, said: Said) -> Said:
        """Twice, when the node runs anew since the last time. Raises `OSError`, `HTTPException`, `NotOurs`."""
        for _ in range(2):
            request = seal_request(self._key, ask, self._run, said, time.time())
            status, body = self._sent(ask, request)
            if status == _OK:
                return open_answer(self._key, ask, request, body)
            if status != _OTHER_RUN or len(body) != RUN_BYTES:
                raise NotOurs(f"it answers {status}")
            self._run = body
        raise NotOurs("it begins anew again and again")

    def _sent(self, ask: Ask, request: bytes) -> tuple[int, bytes]:
        kind = HTTPSConnection if self._where.scheme == "https" else HTTPConnection
        connection = kind(self._where.hostname or "", self._where.port, timeout=_TIMEOUTS.get(ask, _TIMEOUT))
        try:
            headers = {"content-type": "application/octet-stream", "connection": "close"}
            path = self._where.path.rstrip("/") + PATH.format(ask=ask.value)
            connection.request("POST", path, request, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(_LONGEST_ANSWER)
        finally:
            connection.close()
