"""What every page of the dashboard costs in a full store, as ratios to a small one.

    .venv/bin/python bench/dashboard.py --store postgres --deliveries 10000 1000000

In: how many deliveries the two stores have; there is a journey for every ten, and as many people and settings as there
may be (`full_store`). Out: of every page that an owner reads, found in the application itself, and of filters and
searches of the lists: milliseconds until the server has answered (the median of many, and the longest), milliseconds of
CPU in our process and in the database's, and the ratio of the medians. Both stores are asked in turn, so that whatever
else the machine does meets them alike; no socket is in between. The goal: no page takes 200 ms. Pages over it are named
at the end (exit code 1).
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from dastak.app.build import Dastak, build
from dastak.app.garbage import look_rarely
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.journeys.paging import Cursor
from dastak.web.cursor import cursor_text
from dastak.web.dashboard.routing import DashboardRoute
from dastak.webhooks.delivery import DeliveryState
from database import STORES, Database, databases
from full_store import OWNER, Filled, a_phone, a_template, fill
from long_log import RARE
from visitor import Visitor, signed_in

ROUNDS, WARM_UP = 15, 2
GOAL_MS = 200.0
HOME = "/dashboard"
LOG, AUDIT = f"{HOME}/deliveries", f"{HOME}/audit"
LINKS, CASES = f"{HOME}/journeys/kyc-links", f"{HOME}/journeys/video-kycs"
PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
DAY = timedelta(days=1)

Paths = Mapping[str, str]
"""What a page is called, and its address in one store."""


def pages(dastak: Dastak, filled: Filled) -> Paths:
    """Every page, with an id of that store in each place of its path."""
    paths = [one.path for one in dastak.web.routes if isinstance(one, DashboardRoute) and one.method == "GET"]
    return {path: PLACE.sub(partial(value, filled, path), path) for path in paths}


def value(filled: Filled, path: str, place: re.Match[str]) -> str:
    """What stands in that place of that path; ends the program when nobody has written it down here."""
    middle = filled.journeys // 2
    known = (
        ("", "client_id", filled.client_id),
        ("", "delivery_id", f"dlv_{filled.deliveries // 2:09d}"),
        ("", "endpoint_id", filled.endpoint_id),
        ("", "event_type", "KYC_LINK_SUCCESS"),
        (LINKS, "journey_id", f"jrn_{middle - middle % 2:09d}"),
        (f"{CASES}/{{journey_id}}/schedule", "journey_id", f"jrn_{filled.journeys * 98 // 100 | 1:09d}"),
        (CASES, "journey_id", f"jrn_{middle | 1:09d}"),
        (f"{HOME}/setup/static-links/", "kind", "svg"),
        (f"{HOME}/setup/messages/", "kind", "kyc_link"),
        ("", "member_id", filled.member_id),
        ("", "name", a_template(7)),
        ("", "operation_id", "createKycLink"),
        ("", "operator_id", filled.operator_id),
        ("", "replay_id", filled.replay_id),
    )
    for begin, name, found in known:
        if name == place[1] and path.startswith(begin):
            return found
    raise SystemExit(f"say in {__file__} what stands for {place[0]} in {path}")


def narrowed(filled: Filled) -> Paths:
    """Filters and searches of the lists: what many rows fit, what only the oldest do, what none does, pages far in."""
    middle = filled.journeys // 2
    link, case = middle - middle % 2, middle | 1
    at = filled.made_at(middle)
    days = {"from": (at - DAY).date().isoformat(), "until": at.date().isoformat()}
    found: dict[str, str] = {}

    def look(words: str, path: str, **query: str) -> None:
        found[f"{path}, {words}"] = f"{path}?{urlencode(query)}"

    look("of a template", HOME, template=a_template(3))
    look("a day long ago", HOME, day=at.date().isoformat())
    for path, number, some, done in (
        (LINKS, link, "RECEIVED", "SUCCESS"),
        (CASES, case, "PRE_VIDEO_CALL", "AUDITOR_REVIEWED"),
    ):
        far = cursor_text(Cursor(at, f"jrn_{number:09d}"))
        look("by verification id", path, q=f"v-{number:09d}")
        look("by reference id", path, q=str(number + 1))
        look("by phone", path, q=a_phone(number))
        look("by phone, nobody's", path, q="8888888888")
        look("a page far in", path, after=far)
        look("days long ago", path, **days)
        look("before there were any", path, until="2020-01-01")
        look("the oldest alone fit", path, status="EXPIRED")
        look("the newest alone fit", path, status=some)
        look("most fit", path, status=done, **days)
    then = at.isoformat()
    look("by verification id", LOG, q=f"v-{middle:09d}")
    look("by journey", LOG, q=f"jrn_{middle:09d}")
    look("by event", LOG, q=f"evt_{filled.deliveries // 2:09d}")
    look("of an endpoint", LOG, endpoint=filled.endpoint_id)
    look("of an endpoint, long ago", LOG, endpoint=filled.endpoint_id, until=then)
    look("of a type", LOG, type="KYC_LINK_SUCCESS")
    look("of a type that never was", LOG, type=RARE)
    look("of a day", LOG, since=then, until=(at + DAY).isoformat())
    for state in DeliveryState:
        look(state.value, LOG, state=state.value)
        look(f"{state.value}, of a type that never was", LOG, state=state.value, type=RARE)
    look("of an endpoint, tried", f"{LOG}/replays/new", endpoint=filled.endpoint_id, **{"try": "1"})
    look("since then, tried", f"{LOG}/replays/new", since=then, **{"try": "1"})
    look("given up, tried", f"{LOG}/replays/new", endpoint=filled.endpoint_id, which="given_up", **{"try": "1"})
    look("of a member", AUDIT, actor=filled.member_id)
    look("of a deed that never was", AUDIT, deed="key.revoked")
    look("days long ago", AUDIT, first="2020-01-01", last="2020-02-01")
    look("a page far in", AUDIT, before="100")
    return found


@dataclass(frozen=True)
class Place:
    """One store, and somebody who looks at it."""

    dastak: Dastak
    server: Database
    visitor: Visitor
    paths: Paths


async def place(server: Database, deliveries: int) -> Place:
    """Fill a store, and let it come to rest."""
    dastak = build(read_settings(dict(server.environment)))
    await dastak.store.open()
    began = time.monotonic()
    filled = await fill(dastak, deliveries)
    await server.rest()
    took = time.monotonic() - began
    print(f"{deliveries:,} deliveries of {filled.journeys:,} journeys, filled in {took:.0f} s", flush=True)
    visitor = await signed_in(dastak, filled.merchant_id, OWNER)
    return Place(dastak, server, visitor, {**pages(dastak, filled), **narrowed(filled)})


class Took:
    """Milliseconds of one page in one store."""

    def __init__(self) -> None:
        self.each: list[float] = []
        self._own, self._database = 0.0, 0.0

    def add(self, passed: float, own: float, database: float) -> None:
        """Once: seconds until it was there, and seconds of CPU."""
        self.each.append(1e3 * passed)
        self._own += 1e3 * own
        self._database += 1e3 * database

    @property
    def median(self) -> float:
        """Until it was there."""
        return statistics.median(self.each)

    @property
    def own_cpu(self) -> float:
        """Of our process, on the average."""
        return self._own / len(self.each)

    @property
    def database_cpu(self) -> float:
        """Of the database server's processes, on the average: it is counted in hundredths of a second."""
        return self._database / len(self.each)


async def measure(one: Place, name: str, took: Took) -> None:
    """Ask once. Raises `SystemExit` when there is no such page."""
    database, own, began = one.server.cpu_seconds(), time.process_time(), time.perf_counter()
    answer = await one.visitor.get(one.paths[name])
    passed, spent = time.perf_counter() - began, time.process_time() - own
    if answer.status != HTTPStatus.OK:
        raise SystemExit(f"{one.paths[name]} answered {answer.status}")
    took.add(passed, spent, one.server.cpu_seconds() - database)


async def compare(small: Place, full: Place) -> list[str]:
    """Ask for each page in both, in turn, and print; the pages over the goal."""
    print(f"{'milliseconds in the full store':<64} median  longest  our CPU + database's   growth")
    over = []
    for name in full.paths:
        takes = Took(), Took()
        for number in range(WARM_UP + ROUNDS):
            for one, took in zip((small, full), takes, strict=True):
                await measure(one, name, took if number >= WARM_UP else Took())
        before, now = takes
        shown = f"{name.removeprefix(f'{HOME}/'):<64} {now.median:6.1f}  {max(now.each):7.1f}"
        print(f"{shown}  {now.own_cpu:8.1f} + {now.database_cpu:<8.1f} {now.median / before.median:6.2f}", flush=True)
        over += [name] if now.median >= GOAL_MS else []
    return over


async def run(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Fill both, then compare; the pages over the goal."""
    async with AsyncExitStack() as opened:
        servers = opened.enter_context(databases(arguments.store, folder, len(arguments.deliveries)))
        places = []
        for server, deliveries in zip(servers, arguments.deliveries, strict=True):
            places.append(await place(server, deliveries))
            opened.push_async_callback(places[-1].dastak.store.close)
        look_rarely()
        return await compare(*places)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite", choices=STORES)
    parser.add_argument(
        "--deliveries", type=int, nargs=2, default=[10_000, 1_000_000], help="of the small and of the full store"
    )
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        over = uvloop.run(run(arguments, Path(folder)))
    if over:
        raise SystemExit(f"over {GOAL_MS:.0f} ms: {', '.join(over)}")
    print(f"no page takes {GOAL_MS:.0f} ms")


if __name__ == "__main__":
    main()
