"""Waiting for events: who is woken when, what it costs, and that nobody waits in vain."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from dastak.webhooks.arrivals import Arrivals

LONG = timedelta(minutes=10)
NEVER = timedelta(days=1)
PROMPT = timedelta(milliseconds=1)


@dataclass
class Newest:
    """The newest positions, and how often somebody looked."""

    positions: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: Exception | None = None

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]:
        self.looks += 1
        self.looked.set()
        if self.trouble is not None:
            raise self.trouble
        return {one: self.positions[one] for one in merchant_ids if one in self.positions}


def far() -> float:
    return asyncio.get_running_loop().time() + LONG.total_seconds()


def waiting(arrivals: Arrivals, merchant_id: str = "mer_1", after: int = 0) -> asyncio.Task[None]:
    return asyncio.create_task(arrivals.wait(merchant_id, after, arrivals.commits, far()))


async def until_waiting(arrivals: Arrivals, count: int) -> None:
    """Let those who were just begun come so far."""
    await asyncio.sleep(0)
    assert arrivals.waiting == count


async def test_an_event_wakes_those_of_its_merchant_who_have_not_seen_it_and_nobody_else() -> None:
    newest = Newest({"mer_1": 5, "mer_2": 7})
    arrivals = Arrivals(newest, look_every=NEVER, pause=PROMPT)
    hoping = [waiting(arrivals, after=5), waiting(arrivals, after=5)]
    ahead, other = waiting(arrivals, after=6), waiting(arrivals, "mer_2", 7)
    await until_waiting(arrivals, 4)
    newest.positions["mer_1"] = 6
    arrivals.committed()
    await asyncio.wait(hoping)
    assert not ahead.done()
    assert not other.done()
    assert arrivals.waiting == 2
    arrivals.stop()
    await asyncio.wait([ahead, other])


async def test_hundreds_who_wait_cost_one_look_and_many_commits_few() -> None:
    newest = Newest()
    arrivals = Arrivals(newest, look_every=NEVER, pause=LONG)
    crowd = [waiting(arrivals, f"mer_{number % 7}") for number in range(700)]
    await until_waiting(arrivals, 700)
    for _ in range(1000):
        arrivals.committed()
    await newest.looked.wait()
    assert newest.looks == 1
    arrivals.stop()
    await asyncio.wait(crowd)


async def test_while_nobody_waits_nobody_looks() -> None:
    newest = Newest()
    arrivals = Arrivals(newest, look_every=PROMPT, pause=PROMPT)
    arrivals.committed()
    await arrivals.wait("mer_1", 0, arrivals.commits, 0)
    looks = newest.looks
    assert arrivals._watching is not None
    await arrivals._watching
    assert newest.looks <= looks + 1
    assert arrivals.waiting == 0


async def test_a_commit_between_the_look_and_the_wait_is_not_overlooked() -> None:
    newest = Newest({"mer_1": 1})
    arrivals = Arrivals(newest, look_every=NEVER, pause=PROMPT)
    before = arrivals.commits
    arrivals.committed()
    arrivals._something.clear()
    await arrivals.wait("mer_1", 0, before, far())


async def test_what_another_process_committed_is_found_without_a_word() -> None:
    newest = Newest()
    arrivals = Arrivals(newest, look_every=PROMPT, pause=PROMPT)
    one = waiting(arrivals)
    await newest.looked.wait()
    newest.positions["mer_1"] = 1
    await one


async def test_when_the_time_is_over_the_wait_is_over() -> None:
    arrivals = Arrivals(Newest(), look_every=NEVER, pause=PROMPT)
    await arrivals.wait("mer_1", 0, arrivals.commits, asyncio.get_running_loop().time() + 0.01)
    assert arrivals.waiting == 0


async def test_whoever_goes_away_leaves_nothing_behind() -> None:
    arrivals = Arrivals(Newest(), look_every=NEVER, pause=PROMPT)
    one = waiting(arrivals)
    await until_waiting(arrivals, 1)
    one.cancel()
    await asyncio.wait([one])
    assert arrivals.waiting == 0


async def test_after_stop_nobody_waits_any_more() -> None:
    arrivals = Arrivals(Newest(), look_every=NEVER, pause=PROMPT)
    one = waiting(arrivals)
    await until_waiting(arrivals, 1)
    arrivals.stop()
    await one
    await waiting(arrivals)


async def test_a_store_in_trouble_lets_all_look_themselves() -> None:
    newest = Newest(trouble=OSError("away"))
    arrivals = Arrivals(newest, look_every=PROMPT, pause=PROMPT)
    await asyncio.gather(waiting(arrivals), waiting(arrivals, "mer_2"))
