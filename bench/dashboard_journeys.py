"""What the dashboard's lists of journeys and its overview cost with many journeys, as ratios to few.

    .venv/bin/python bench/dashboard_journeys.py --store postgres --journeys 10000 100000

In: numbers of journeys to compare, half of them KYC Links, half Video KYCs, made within one day. Out: milliseconds of
what each page asks of the store (the median of many, and the longest), and the ratio of each number to the first. The
goal: no page takes more than 200 ms of server time with a hundred thousand journeys.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvloop

from dashboard import measure
from dastak.app.build import Dastak, build
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.paging import Cursor
from dastak.journeys.tally import Kind
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.web.dashboard.overview.now import LOOKED_AT, UNDER_WAY
from dastak_sdk import CheckType, FormStatus
from database import STORES, database
from report import report

PAGE = 26
TOGETHER = 40
"""Journeys added at one moment."""
TEMPLATES = ("Full_kyc", "Pan_verification", "Ours")
DAY = timedelta(days=1)
START = datetime(2026, 1, 10, tzinfo=UTC)
LAST_DAY = date(2026, 2, 9)

Read = Callable[[], Awaitable[object]]


def a_link(merchant_id: str, number: int, at: datetime) -> KycLink:
    """A KYC Link that was just made."""
    return KycLink(
        merchant_id=merchant_id,
        id=f"jrn_l{number:09d}",
        code=f"link-{number}",
        verification_id=f"link-{number}",
        reference_id=2 * number + 1,
        name="Asha Gupta",
        phone=f"9{number:09d}",
        email=None,
        template_name=TEMPLATES[number % len(TEMPLATES)],
        checks=(Check(CheckType.AADHAAR), Check(CheckType.PAN)),
        form_status=FormStatus.RECEIVED,
        link_expiry=LAST_DAY,
        expires_at=START + 30 * DAY,
        created_at=at,
        form_link=f"https://kyc.example.com/verification/link-{number}",
    )


def a_case(merchant_id: str, number: int, at: datetime) -> VideoKyc:
    """A Video KYC that was just made."""
    return VideoKyc(
        merchant_id=merchant_id,
        id=f"jrn_v{number:09d}",
        code=f"case-{number}",
        verification_id=f"case-{number}",
        reference_id=2 * number + 2,
        user_id=f"user-{number}",
        user_reference_id=number,
        name="Asha Gupta",
        phone=f"9{number:09d}",
        email=None,
        address=None,
        user_template="vkyc_user_template_v1",
        agent_template="vkyc_agent_template_v1",
        vkyc_link=f"https://kyc.example.com/verification/case-{number}",
        link_expiry=LAST_DAY,
        expires_at=START + 30 * DAY,
        created_at=at,
    )


async def grow(store: SqliteStore | PostgresStore, merchant_id: str, there: int, count: int) -> None:
    """Add journeys, half of each kind, until there are so many."""
    step = DAY / (count // 2)
    for begin in range(there // 2, count // 2, TOGETHER):
        numbers = range(begin, min(begin + TOGETHER, count // 2))
        await asyncio.gather(*(store.links.add_link(a_link(merchant_id, n, START + n * step), ()) for n in numbers))
        await asyncio.gather(
            *(store.video_kycs.add_case(a_case(merchant_id, n, START + n * step), (), ()) for n in numbers)
        )


def reads(dastak: Dastak, merchant_id: str, count: int) -> Mapping[str, Read]:
    """Each thing that a page asks of the store, by what a reader does."""
    links, cases, tallies = dastak.store.links, dastak.store.video_kycs, dastak.store.tallies
    some = count // 4
    middle = Cursor(START + DAY / 2, "jrn_l")
    return {
        "links, the newest": lambda: links.links(merchant_id, LinkFilter(), None, PAGE),
        "links, in the middle": lambda: links.links(merchant_id, LinkFilter(), middle, PAGE),
        "links of a status that none has": lambda: links.links(merchant_id, LinkFilter(("SUCCESS",)), None, PAGE),
        "links of a phone": lambda: links.links(merchant_id, LinkFilter(phone=f"9{some:09d}"), None, PAGE),
        "links of a day without any": lambda: links.links(
            merchant_id, LinkFilter(created_until=START - DAY), None, PAGE
        ),
        "a link": lambda: links.link_by_id(merchant_id, f"jrn_l{some:09d}"),
        "cases, the newest": lambda: cases.cases(merchant_id, CaseFilter(), None, PAGE),
        "cases of a phone": lambda: cases.cases(merchant_id, CaseFilter(phone=f"9{some:09d}"), None, PAGE),
        "a case": lambda: cases.case_by_id(merchant_id, f"jrn_v{some:09d}"),
        "funnel of links": lambda: tallies.tallies(merchant_id, Kind.KYC_LINK, START, START + DAY),
        "funnel of cases": lambda: tallies.tallies(merchant_id, Kind.VIDEO_KYC, START, START + DAY),
        "queue now": lambda: cases.waiting(merchant_id, LOOKED_AT),
        "under way now": lambda: cases.count_cases(merchant_id, CaseFilter(sub_statuses=UNDER_WAY)),
    }


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure each number on one store that grows, and print."""
    with database(arguments.store, folder) as server:
        dastak = build(read_settings(dict(server.environment)))
        await dastak.store.open()
        merchant = await dastak.accounts.create("Bench")
        first: dict[str, float] = {}
        there = 0
        for count in arguments.journeys:
            await grow(dastak.store, merchant.id, there, count)
            there = count
            report(f"{count:,} journeys", "median ms", "longest ms; ratio of medians to the fewest")
            for name, read in reads(dastak, merchant.id, count).items():
                median, longest = await measure(read)
                first.setdefault(name, median)
                report(f"  {name}", f"{median:.1f}", f"{longest:.1f}; {median / first[name]:.2f}")
        await dastak.store.close()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite", choices=STORES)
    parser.add_argument("--journeys", type=int, nargs="+", default=[10_000, 100_000], help="fewest first")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
