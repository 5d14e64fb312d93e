"""How fast a backlog is delivered, by one or several dispatcher processes, as a ratio to the bound of the same run.

    .venv/bin/python bench/drain.py --events 100000 --processes 2

In: deliveries, merchants, endpoints of each (the fan-out), events of a journey, dispatcher processes, TLS or not.
Out: logged deliveries per second, settled in the store and counted at the receiver; CPU microseconds per delivery of
each part; the ratio to the bound. Everything is real: commits synced to the disk, the guard, lanes, windows, both
signatures, the sealed attempt log.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

import bound
from backlog import owe
from dastak.app.build import Dastak, build
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from database import Database, database
from receiver import Sink, sink
from report import report
from sample_endpoint import sample_endpoint
from tls_receiver import TlsReceiver, tls_receiver

HERE = Path(__file__).parent
WINDOW = 256
SIZE = """
    SELECT pg_total_relation_size('queue') + pg_total_relation_size('deliveries') + pg_total_relation_size('events')"""
IN_FLIGHT = 512


@dataclass(frozen=True)
class Drained:
    """What a drain came to."""

    seconds: float
    dispatchers_cpu: float
    database_cpu: float
    sink_cpu: float
    peak_mib: float


@contextmanager
def dispatchers(environment: Mapping[str, str], count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Dispatcher processes that are ready."""
    command = [sys.executable, str(HERE / "dispatching.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    processes = [
        subprocess.Popen(command, env={**os.environ, **environment}, **pipes)  # type: ignore[call-overload]
        for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"  # noqa: S101
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
            process.wait()


async def populate(dastak: Dastak, target: Sink | TlsReceiver, merchants: int, fan_out: int) -> list[str]:
    """Merchants with so many endpoints each."""
    made = []
    for _ in range(merchants):
        merchant = await dastak.accounts.create("Bench")
        made.append(merchant.id)
        for _ in range(fan_out):
            await dastak.store.endpoints.add_endpoint(sample_endpoint(merchant.id, f"{target.url}/hooks", WINDOW))
    return made


async def drain(
    environment: Mapping[str, str], dastak: Dastak, target: Sink | TlsReceiver, count: int, server: Database
) -> Drained:
    """Deliver everything that is owed."""
    cpu_of_database = server.cpu_seconds
    with dispatchers(environment, count) as processes:
        database_cpu, sink_cpu, began = cpu_of_database(), target.cpu_seconds(), time.monotonic()
        for process in processes:
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        while await dastak.store.deliveries.pending(1):  # noqa: ASYNC110 - the store is what is watched
            await asyncio.sleep(0.05)
        seconds = time.monotonic() - began
        database_cpu, sink_cpu = cpu_of_database() - database_cpu, target.cpu_seconds() - sink_cpu
        said = [process.communicate(timeout=60)[0].split() for process in processes]
    return Drained(
        seconds, sum(float(one[0]) for one in said), database_cpu, sink_cpu, sum(float(one[1]) for one in said)
    )


async def run(arguments: argparse.Namespace, target: Sink | TlsReceiver, folder: Path) -> None:
    """Measure and print."""
    client, bound_rate, bound_cpu = bound.measure(f"{target.url}/hooks", b"x" * 900)
    report(f"bound: {client}", f"{bound_rate:,.0f}/s", f"{bound_cpu:.1f} us of CPU each, same sink")
    with database("postgres", folder / "data") as server:
        environment = {
            **server.environment,
            "DASTAK_WEBHOOK_IN_FLIGHT": str(arguments.in_flight),
            "DASTAK_LOG_FORMAT": "json",  # a wide line for each attempt is part of the work
        }
        if isinstance(target, TlsReceiver):
            environment["DASTAK_WEBHOOK_CA_FILE"] = str(target.ca_file)
        dastak = build(read_settings(environment))
        await dastak.store.open()
        merchants = await populate(dastak, target, arguments.merchants, arguments.fan_out)
        began = time.monotonic()
        await owe(dastak.store, merchants, arguments.events // arguments.fan_out, arguments.per_journey)
        deliveries = arguments.events // arguments.fan_out * arguments.fan_out
        report(
            "filled", f"{deliveries / (time.monotonic() - began):,.0f}/s", "through the outbox, not measured further"
        )
        if isinstance(target, Sink):
            target.reset()
        size = await queue_bytes(dastak)
        done = await drain(environment, dastak, target, arguments.processes, server)
        arrived = f"; {target.count():,} arrived" if isinstance(target, Sink) else ""
        await dastak.store.close()
    rate = deliveries / done.seconds
    report("logged deliveries", f"{rate:,.0f}/s", f"ratio to the bound {rate / bound_rate:.3f}{arrived}")
    for name, cpu in (
        ("dispatchers", done.dispatchers_cpu),
        ("database", done.database_cpu),
        ("receiver", done.sink_cpu),
    ):
        report(f"CPU per delivery, {name}", f"{cpu / deliveries * 1e6:,.1f} us")
    whole = done.dispatchers_cpu + done.database_cpu + done.sink_cpu
    report("CPU per delivery, together", f"{whole / deliveries * 1e6:,.1f} us")
    report("peak memory of dispatchers", f"{done.peak_mib:,.0f} MiB", "together")
    report("database per pending delivery", f"{size / deliveries:,.0f} bytes", "queue, log of deliveries and events")


async def queue_bytes(dastak: Dastak) -> int:
    """What is owed, as the database keeps it, indexes included."""
    engine: Any = dastak.store.links._engine  # noqa: SLF001
    return int((await engine.row(SIZE))[0])


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="deliveries owed at the start")
    parser.add_argument("--merchants", type=int, default=1)
    parser.add_argument("--fan-out", type=int, default=1, help="endpoints of each merchant")
    parser.add_argument("--per-journey", type=int, default=1, help="events of each journey: the length of a lane")
    parser.add_argument("--tls", action="store_true", help="receiver behind TLS (nginx)")
    parser.add_argument("--processes", type=int, default=1, help="dispatcher processes")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT)
    arguments = parser.parse_args()
    configure_logs("error", "json")
    receiving: AbstractContextManager[Sink | TlsReceiver] = tls_receiver() if arguments.tls else sink(recording=False)
    with tempfile.TemporaryDirectory() as folder, receiving as target:
        uvloop.run(run(arguments, target, Path(folder)))


if __name__ == "__main__":
    main()
