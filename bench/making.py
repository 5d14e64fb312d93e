"""What the audit log costs where programs come most: making KYC Links, and reading them, with the note and without.

    .venv/bin/python bench/making.py --store postgres --links 4000

In: a store's name. Out: links made, and read, per second by one merchant, 256 at once, with and without their notes,
and the ratio. The store is real, with its syncs; HTTP is left out, since it is the same for both. Both ways are taken
in turns, so that other work on the machine meets them alike.
"""

import argparse
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import uvloop

from dastak.accounts.audit import Entry
from dastak.accounts.deed import Deed
from dastak.accounts.noting import Note, noting
from dastak.app.build import Dastak
from dastak.app.garbage import look_rarely
from dastak.app.logs import configure_logs
from dastak.journeys.kyc_link.issuing import NewLink
from database import STORES, database
from delivery import as_after_a_minute, in_parallel, plan
from report import report

ROUNDS = 8
KEY = "dk_bench"


def _making(dastak: Dastak, merchant_id: str, name: str, *, noted: bool) -> Callable[[], Awaitable[object]]:
    async def make() -> object:
        new = NewLink(name, "Full_kyc", "9999999999", "Test", "test@example.com", None, ())
        note = Note(merchant_id, datetime.now(UTC), KEY, Deed.JOURNEY_MADE, kind="kyc_link")
        with noting(note) if noted else nullcontext():
            return await dastak.issuer.create(merchant_id, new)

    return make


def _reading(dastak: Dastak, merchant_id: str, name: str, *, noted: bool) -> Callable[[], Awaitable[object]]:
    async def read() -> object:
        link = await dastak.issuer.find(merchant_id, name, None)
        if noted:
            entry = Entry(
                merchant_id, datetime.now(UTC), KEY, Deed.DATA_READ, link.id, {"operation": "GET /verification/form"}
            )
            await dastak.store.audit.note(entry)
        return link

    return read


async def _rate(works: Sequence[Callable[[], Awaitable[object]]]) -> float:
    began = time.monotonic()
    await in_parallel(works)
    return len(works) / (time.monotonic() - began)


async def run(store: str, links: int, folder: Path) -> None:
    """Measure and print."""
    each = links // ROUNDS
    with database(store, folder) as server:
        dastak = plan(server)
        await dastak.store.open()
        merchant_id = (await dastak.accounts.create("Bench")).id
        rates: dict[tuple[str, bool], list[float]] = {}
        for turn in range(ROUNDS + 1):  # the first warms up
            for noted in (False, True):
                names = [f"{turn}-{noted}-{number}" for number in range(each)]
                for what, work in (("made", _making), ("read", _reading)):
                    rate = await _rate([work(dastak, merchant_id, name, noted=noted) for name in names])
                    if turn:
                        rates.setdefault((what, noted), []).append(rate)
            if not turn:
                await as_after_a_minute(dastak)
        for what in ("made", "read"):
            without, with_note = median(rates[what, False]), median(rates[what, True])
            report(f"links {what}, not noted", f"{without:,.0f}/s", f"median of {ROUNDS} rounds of {each}")
            report(f"links {what}, each noted", f"{with_note:,.0f}/s", f"{with_note / without:.2f} of that")
        await dastak.store.close()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite", choices=STORES, help="which store")
    parser.add_argument("--links", type=int, default=4000, help="how many are made each way")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    look_rarely()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(arguments.store, arguments.links, Path(folder)))


if __name__ == "__main__":
    main()
