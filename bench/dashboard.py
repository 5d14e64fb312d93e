"""What the dashboard's deliveries cost in a long log, as ratios to a short one: each read of the store, each page.

    .venv/bin/python bench/dashboard.py --store postgres --logs 10000 1000000

In: lengths to compare. Out: milliseconds of each read that a page makes, and of each whole page as the server makes it,
its template included (the median of many, and the longest); the ratio of each length to the first. The goal: no page
takes more than 200 ms with a million deliveries. No socket is in between, and nothing else is at work.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import uvloop

from dastak.accounts.member import Role
from dastak.app.build import Dastak, build, members_in
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.webhooks.browsing import SCANNED, Sought
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.hours import BANDS, HOUR, EndpointHour, first_hour
from database import STORES, database
from long_log import RARE, lengthen
from report import report
from sample_endpoint import sample_endpoint

DAYS = 31
PAGE = 51
ROUNDS, WARM_UP = 15, 2
ENDPOINTS = 4
GOAL_MS = 200.0
EMAIL, CODE = "owner@bench.example", "111000"
HOST = "http://127.0.0.1"
LOG = "/dashboard/deliveries"

Read = Callable[[], Awaitable[object]]


def reads(dastak: Dastak, merchant_id: str, length: int) -> Mapping[str, Read]:
    """Each thing that a page asks of the store, by what a reader does."""
    browsing, endpoint_id = dastak.store.browsing, f"ep_{merchant_id}_1"
    now = datetime.now(UTC)
    middle = now - timedelta(seconds=length // 2)

    def page(sought: Sought, before: int | None = None) -> Read:
        return lambda: browsing.page(merchant_id, sought, before, PAGE, SCANNED)

    async def old() -> object:
        found = await browsing.page(merchant_id, Sought(until=middle), None, PAGE, SCANNED)
        return await browsing.page(merchant_id, Sought(), found.reached, PAGE, SCANNED)

    return {
        "the newest": page(Sought()),
        "an old page": old,
        "of an endpoint": page(Sought(endpoint_id=endpoint_id)),
        "of a type": page(Sought(event_type="KYC_LINK_SUCCESS")),
        "of a type that never was": page(Sought(event_type=RARE)),
        "never, of an endpoint": page(Sought(event_type=RARE, endpoint_id=endpoint_id)),
        "never, in the middle": page(Sought(event_type=RARE, until=middle)),
        **{f"{state.value}": page(Sought(state=state)) for state in DeliveryState},
        **{f"{state.value}, never": page(Sought(state=state, event_type=RARE)) for state in DeliveryState},
        "of a day": page(Sought(since=middle, until=middle + timedelta(days=1))),
        "a verification_id": page(Sought(verification_id=f"v-{length // 8:09d}")),
        "a journey": page(Sought(journey_id=f"jrn_{length // 8:09d}")),
        "an event": page(Sought(event_id=f"evt_{length // 2:09d}")),
        "read again": lambda: browsing.named(merchant_id, [f"dlv_{length - at:09d}" for at in range(1, PAGE)]),
        "endpoints with their health": lambda: health(dastak, merchant_id, now),
    }


async def health(dastak: Dastak, merchant_id: str, now: datetime) -> object:
    """What the page of all endpoints asks."""
    store = dastak.store
    endpoints, troubles = await store.endpoints.endpoints(merchant_id), await store.troubles.troubles(merchant_id)
    return endpoints, troubles, await store.hours.hours(merchant_id, first_hour(now, 24))


async def counted(dastak: Dastak, merchant_id: str, endpoint_ids: Sequence[str]) -> None:
    """Hours of a month, as the counter leaves them."""
    first = first_hour(datetime.now(UTC), DAYS * 24)
    for number in range(DAYS * 24):
        at = first + number * HOUR
        await dastak.store.hours.add_hours(
            [EndpointHour(merchant_id, id_, at, 900, 9, 1, (43,) * BANDS) for id_ in sorted(endpoint_ids)]
        )


def pages(visitor: httpx.AsyncClient, merchant_id: str, length: int) -> Mapping[str, Read]:
    """Whole pages, by what a member opens."""
    endpoint_id = f"ep_{merchant_id}_1"
    middle = datetime.now(UTC) - timedelta(seconds=length // 2)

    def get(path: str, **query: str) -> Read:
        async def read() -> None:
            answer = await visitor.get(f"{path}?{urlencode(query)}")
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")

        return read

    return {
        "page: log": get(LOG),
        "page: log, searched": get(LOG, q=f"v-{length // 8:09d}"),
        "page: log, nothing fits": get(LOG, type=RARE, state="delivered"),
        "page: log, given up, nothing fits": get(LOG, type=RARE, state="given_up"),
        "page: log, of an old day": get(LOG, endpoint=endpoint_id, until=middle.isoformat()),
        "page: one delivery": get(f"{LOG}/dlv_{length // 2:09d}"),
        "page: webhooks": get("/dashboard/developers/webhooks"),
        "page: replays": get(f"{LOG}/replays"),
        "page: replay of an endpoint, tried": get(f"{LOG}/replays/new", endpoint=endpoint_id, **{"try": "1"}),
        "page: replay since, tried": get(f"{LOG}/replays/new", since=middle.isoformat(), **{"try": "1"}),
        "page: replay of given up, tried": get(
            f"{LOG}/replays/new", endpoint=endpoint_id, which="given_up", **{"try": "1"}
        ),
    }


async def signed_in(dastak: Dastak, merchant_id: str) -> httpx.AsyncClient:
    """An owner at the dashboard."""
    await members_in(dastak.store).create(merchant_id, "Owner", EMAIL, Role.OWNER)
    transport = httpx.ASGITransport(app=dastak.web)
    visitor = httpx.AsyncClient(
        transport=transport, base_url=HOST, follow_redirects=True, headers={"sec-fetch-site": "same-origin"}
    )
    page = await visitor.get(f"/dashboard/sign-in?merchant={merchant_id}")
    page = await visitor.post("/dashboard/sign-in", data={"email": EMAIL, "token": _token(page.text)})
    page = await visitor.post("/dashboard/sign-in/code", data={"code": CODE, "token": _token(page.text)})
    if page.url.path != "/dashboard":
        raise SystemExit(f"not signed in: {page.url}")
    return visitor


def _token(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]


async def measure(read: Read) -> tuple[float, float]:
    """Milliseconds: the median, and the longest."""
    took = []
    for _ in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        await read()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took[WARM_UP:]), max(took[WARM_UP:])


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure each length on one store that grows, and print."""
    with database(arguments.store, folder) as server:
        dastak = build(read_settings(dict(server.environment)))
        await dastak.store.open()
        merchant = await dastak.accounts.create("Bench")
        endpoint = sample_endpoint(merchant.id, "http://127.0.0.1:9/hooks", 16)
        ids = [f"ep_{merchant.id}_{number}" for number in range(ENDPOINTS)]
        for id_ in ids:
            await dastak.store.endpoints.add_endpoint(replace(endpoint, id=id_))
        await counted(dastak, merchant.id, ids)
        visitor = await signed_in(dastak, merchant.id)
        first: dict[str, float] = {}
        there = 0
        for length in arguments.logs:
            await lengthen(dastak.store, merchant.id, ids, there, length)
            there, slowest = length, 0.0
            report(f"{length:,} deliveries", "median ms", "longest ms; ratio of medians to the shortest log")
            for name, read in {**reads(dastak, merchant.id, length), **pages(visitor, merchant.id, length)}.items():
                median, longest = await measure(read)
                first.setdefault(name, median)
                slowest = max(slowest, median)
                report(f"  {name}", f"{median:.1f}", f"{longest:.1f}; {median / first[name]:.2f}")
            report("  the slowest to the goal", f"{slowest / GOAL_MS:.2f}", f"of {GOAL_MS:.0f} ms")
        await visitor.aclose()
        await dastak.store.close()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite", choices=STORES)
    parser.add_argument("--logs", type=int, nargs="+", default=[10_000, 1_000_000], help="deliveries; shortest first")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
