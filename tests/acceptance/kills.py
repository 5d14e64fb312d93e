"""SIGKILL again and again, at seeded moments, under load; then the receiver's side is asked what it got.

In: a store, how many points, a seed. Out: a `Report`, whose faults are sentences. Called by `test_kill.py` with few
points and by `tools/kills.py` with as many as you like.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.arrivals import duplicates, lost, other_bytes, out_of_order, too_many_duplicates
from acceptance.load import Load, Promises
from support.api import Api
from support.daemon import children_of
from support.nursery import Nursery
from support.postgres import PrivatePostgres
from support.receiver import Hook, HookReceiver
from support.server import RunningServer

VISITORS = 6
LONGEST_LIFE_SECONDS = 0.7
DRAIN_SECONDS = 120
WINDOW = 16
SECRET_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # base64 of 32 bytes, for these servers alone


@dataclass(frozen=True)
class Deployment:
    """Servers on one store, and the ways in which a process of theirs is killed and comes back."""

    servers: tuple[RunningServer, ...]
    deaths: Mapping[str, tuple[int, Callable[[random.Random], None]]]
    """name → how often it is chosen, and what it does."""

    @property
    def most_in_flight(self) -> int:
        return WINDOW * len(self.servers)


@dataclass
class Report:
    """What came of it."""

    store: str
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    links: int = 0
    acknowledged: int = 0
    arrived: int = 0
    repeated: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """One line for a person."""
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        return (
            f"{self.store} seed {self.seed}: {self.kills.total()} kills ({kinds}) in {self.seconds:.0f} s; "
            f"{self.links} links, {self.acknowledged} events acknowledged, {self.arrived} arrived, "
            f"{self.repeated} of them twice; {len(self.faults)} faults"
        )


def kill_again_and_again(store: str, points: int, seed: int, folder: Path) -> Report:
    """Kill at so many seeded points and judge what arrived."""
    report, chance, promises = Report(store, seed), random.Random(seed), Promises()
    began = time.monotonic()
    at: list[tuple[float, float]] = []
    with HookReceiver() as receiver, DEPLOYMENTS[store](folder) as place:
        with place.servers[0].api() as api:
            api.add_endpoint(receiver.url(), retry_policy={"intervals_seconds": [1] * 20}, window=WINDOW)
        names = list(place.deaths)
        weights = [place.deaths[name][0] for name in names]
        with Load(place.servers, promises, VISITORS, seed) as load:
            for _ in range(points):
                receiver.wait_for(len(receiver.hooks()) + 1, timeout=DRAIN_SECONDS)
                receiver.closing.wait(chance.uniform(0, LONGEST_LIFE_SECONDS))  # a little life; no wait for anything
                (name,) = chance.choices(names, weights)
                start = time.monotonic()
                place.deaths[name][1](chance)
                at.append((start, time.monotonic()))
                report.kills[name] += 1
        with place.servers[0].api() as api:
            wanted = {event["id"] for event in api.events()}
            arrived = receiver.wait_for(lambda hooks: wanted <= {hook.id for hook in hooks}, DRAIN_SECONDS)
            report.faults += _undelivered(api)
        for server in place.servers:
            report.faults += _failures(server)
    report.faults += load.failures
    _judge(report, promises, arrived, at, place.most_in_flight)
    report.links, report.seconds = len(load.finished), time.monotonic() - began
    return report


def _judge(
    report: Report, promises: Promises, arrived: list[Hook], kills: list[tuple[float, float]], most: int
) -> None:
    report.acknowledged, report.arrived = promises.total, len(arrived)
    report.repeated = len(duplicates(arrived))
    report.faults += lost(promises.events, arrived)
    report.faults += out_of_order(arrived)
    report.faults += other_bytes(arrived)
    report.faults += too_many_duplicates(arrived, kills, most)


def _undelivered(api: Api) -> list[str]:
    """What does not end as delivered: the last answers may still be on their way into the log."""
    end = time.monotonic() + DRAIN_SECONDS
    while True:
        left = [one for one in api.deliveries() if one["state"] != "delivered"]
        if not left or time.monotonic() > end:
            return [f"{one['id']} is {one['state']}" for one in left]


def _failures(server: RunningServer) -> list[str]:
    """Tracebacks, and answers of 500."""
    lines = server.lines()
    broken = [line for line in lines if "Traceback" in line or '"api_failure"' in line or "hosted_page_failed" in line]
    return [f"the log has: {line[:300]}" for line in broken]


def _server(
    home: Path, nursery: Nursery, merchants: Sequence[str] = ("Asha Bank",), **settings: object
) -> RunningServer:
    return RunningServer(
        home,
        merchants=merchants,
        role="serve",
        nursery=nursery,
        through=(),
        secret_key=SECRET_KEY,
        webhook_total_timeout_seconds=5,
        webhook_first_byte_timeout_seconds=5,
        **settings,
    )


@contextmanager
def _on_sqlite(folder: Path) -> Iterator[Deployment]:
    with Nursery() as nursery, _server(folder, nursery) as server:

        def serve(_chance: random.Random) -> None:
            server.kill()
            server.start()

        yield Deployment((server,), {"serve": (1, serve)})


@contextmanager
def _on_postgres(folder: Path) -> Iterator[Deployment]:
    with ExitStack() as opened:
        nursery = opened.enter_context(Nursery())
        database = opened.enter_context(PrivatePostgres())
        url = database.database()
        servers: list[RunningServer] = []
        for name in ("a", "b"):
            home = folder / name
            home.mkdir()
            merchants = () if servers else ("Asha Bank",)
            server = _server(home, nursery, merchants=merchants, database_url=url)
            servers.append(opened.enter_context(server))
        servers[1].merchants = servers[0].merchants

        def serve(chance: random.Random) -> None:
            server = chance.choice(servers)
            server.kill()
            server.start()

        def both(_chance: random.Random) -> None:
            for server in servers:
                server.kill()
            for server in servers:
                server.start()

        def postgres(_chance: random.Random) -> None:
            database.kill()
            database.start()

        def backend(chance: random.Random) -> None:
            pid = chance.choice(children_of(database.pid))
            database.doing(lambda: os.kill(pid, signal.SIGKILL), "ready to accept")

        yield Deployment(
            tuple(servers),
            {
                "one of two servers": (7, serve),
                "both servers": (1, both),
                "PostgreSQL": (1, postgres),
                "a process of PostgreSQL": (1, backend),
            },
        )


DEPLOYMENTS: Mapping[str, Callable[[Path], AbstractContextManager[Deployment]]] = {
    "sqlite": _on_sqlite,
    "postgres": _on_postgres,
}
