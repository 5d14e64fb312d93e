"""Many agents of one merchant at once, over real HTTP: one customer each, and one reading of the queue for all."""

import asyncio
import json
from collections.abc import Callable
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from support.serving import Serving
from unit.console.standing import CALLS, Standing
from unit.journeys.video_kyc.house import MERCHANT

pytestmark = pytest.mark.slow

AGENTS = [f"opr_{number}" for number in range(12)]


@pytest.fixture
def cookies(standing: Standing) -> dict[str, str]:
    """Agent → the cookie of their browser."""
    standing.house.roster.who |= set(AGENTS)
    return {agent: "=".join(standing.cookie(standing.sign_in(agent))) for agent in AGENTS}


def accept(serving: Serving, standing: Standing, agent: str, cookie: str, case_id: str) -> str:
    """Where that agent is led to."""
    connection = HTTPConnection("127.0.0.1", serving.port, timeout=20)
    fields = {"token": standing.door.csrf.token(f"ses_{agent}"), "case": case_id}
    headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    connection.request("POST", f"{CALLS}/accept", urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 303
    return answer.headers["location"]


def all_at_once(agents: list[str], act: Callable[[str], str]) -> dict[str, str]:
    """Every agent does it at the same moment."""
    barrier, found = Barrier(len(agents)), dict[str, str]()

    def one(agent: str) -> None:
        barrier.wait()
        found[agent] = act(agent)

    threads = [Thread(target=one, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_twelve_who_take_the_same_customer_one_does_and_the_others_are_told_so(
    standing: Standing, serving: Serving, cookies: dict[str, str]
) -> None:
    case = serving.run(standing.house.waiting())
    led = all_at_once(AGENTS, lambda agent: accept(serving, standing, agent, cookies[agent], case.id))
    assert sorted(led.values()) == sorted([f"/console/call/{case.id}", *[f"{CALLS}?news=missed"] * 11])


def test_of_twelve_who_take_the_next_each_gets_another_customer_as_far_as_there_are_any(
    standing: Standing, serving: Serving, cookies: dict[str, str]
) -> None:
    ids = [serving.run(standing.house.waiting(f"v-{number}")).id for number in range(7)]
    led = all_at_once(AGENTS, lambda agent: accept(serving, standing, agent, cookies[agent], ""))
    assert sorted(led.values()) == sorted([*(f"/console/call/{id_}" for id_ in ids), *[f"{CALLS}?news=nobody"] * 5])


class Stream:
    """The queue as one agent's page hears it."""

    def __init__(self, serving: Serving, cookie: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", serving.port, timeout=20)
        self._connection.request("GET", f"{CALLS}/live", headers={"cookie": cookie})
        self._answer = self._connection.getresponse()
        assert self._answer.headers["content-type"].startswith("text/event-stream")
        assert self._answer.headers["cache-control"] == "no-store"

    def next(self) -> dict[str, Any]:
        for line in self._answer:
            if line.startswith(b"data: "):
                said: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return said
        raise AssertionError("the stream has ended")

    def close(self) -> None:
        self._connection.close()


def test_a_change_reaches_every_page_and_is_read_once_for_all(
    standing: Standing, serving: Serving, cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = 0
    read = standing.house.cases.waiting

    async def slowly(merchant_id: str, limit: int) -> Any:
        nonlocal readings
        readings += 1
        await asyncio.sleep(0.05)
        return await read(merchant_id, limit)

    streams = [Stream(serving, cookie) for cookie in cookies.values()]
    for stream in streams:
        assert "Nobody waits." in stream.next()["parts"]["count"]
    monkeypatch.setattr(standing.house.cases, "waiting", slowly)
    case = serving.run(standing.house.waiting())
    for stream in streams:
        said = stream.next()["parts"]
        assert "1 customer waits." in said["count"]
        assert case.id in said["queue"]
        assert "9876543210" not in str(said)
    assert readings < len(streams), "not one by one"
    standing.house.roster.who.discard(AGENTS[0])
    taken = serving.run(standing.house.agents.accept(MERCHANT, AGENTS[1], case.id))
    assert taken.live_agent_id == AGENTS[1]
    assert streams[1].next() == {"over": True}, "the other page of the agent who has the customer"
    assert "Nobody waits." in streams[2].next()["parts"]["count"]
    for stream in streams:
        stream.close()


def test_a_stranger_hears_nothing(standing: Standing, serving: Serving) -> None:
    connection = HTTPConnection("127.0.0.1", serving.port, timeout=20)
    connection.request("GET", f"{CALLS}/live")
    assert connection.getresponse().status == 303
    connection.close()
