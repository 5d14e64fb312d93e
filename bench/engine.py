"""What a delivery costs the engine itself: dispatcher, signatures, sealing, guard, HTTP, metrics, log; no database.

    .venv/bin/python bench/engine.py --events 60000

In: how many deliveries, endpoints, attempts in flight, and the time that a call to the store is made to take. Out:
deliveries per second, CPU microseconds of this process for each, what parts of it cost (by leaving them out in turn),
and the ratio to the bound of the same run. The receiver is `sink.c`, the queue is in memory. CPU time is the figure
that counts; the receiver and the engine share the machine.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import uvloop

import bound
from dastak.app.logs import attempt_log, configure_logs
from dastak.app.metrics import table
from dastak.app.metrics.counting import Dispatching
from dastak.app.metrics.table import Book
from dastak.app.pulse import Pulse
from dastak.transport.guard import Guard, GuardPolicy
from dastak.transport.sender import CurlSender
from dastak.transport.stream.sender import StreamSender
from dastak.webhooks import dispatcher as dispatching
from dastak.webhooks.dispatcher import Dispatcher, DispatcherSettings
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.observing import DispatchObserver, Unobserved
from dastak.webhooks.post import Answer, Post, Stage, Timings
from memory_queue import MemoryQueue, Parts
from receiver import Sink, sink
from report import report
from sample_endpoint import sample_endpoint

ANSWER_HEADERS = (("content-length", "2"),)


@dataclass(frozen=True)
class Case:
    """One measurement, and what it leaves out."""

    events: int
    endpoints: int
    in_flight: int
    wait: float
    log: bool = True
    metrics: bool = True
    sealing: bool = True
    signing: bool = True
    sending: bool = True
    own: bool = True
    """Send with the client of our own; else with libcurl."""

    @property
    def window(self) -> int:
        """Of each endpoint: so that they fill the room together."""
        return max(1, min(256, self.in_flight // self.endpoints))


@dataclass(frozen=True)
class Found:
    """What one run came to."""

    rate: float
    cpu: float
    claims: Sequence[int]
    settles: Sequence[int]


class NoSender:
    """Answers at once, on the caller's thread: what is left is the engine without sockets."""

    def start(self) -> None: ...

    def submit(self, posts: Sequence[Post], deliver: Callable[[Sequence[Answer]], None]) -> None:
        timings = Timings(0, 0, 0, 400, 500)
        deliver(
            [
                Answer(post.id, Stage.ANSWERED, 200, ANSWER_HEADERS, b"ok", address="127.0.0.1", timings=timings)
                for post in posts
            ]
        )

    def stop(self) -> None: ...


def observer() -> DispatchObserver:
    """The metrics of a real process."""
    book = Book()
    return Dispatching(book, Pulse("dispatcher", timedelta(minutes=1)), book.counter(table.STORE_FAILURES))


async def drain(case: Case, endpoints: Sequence[Endpoint], sender: Any) -> Found:
    """Deliver everything; CPU of all threads of this process."""
    queue = MemoryQueue(endpoints, case.events, Parts(case.sealing, case.wait))
    watch = observer() if case.metrics else Unobserved()
    dispatcher = Dispatcher(
        queue,
        sender,
        DispatcherSettings(in_flight=case.in_flight),
        observer=watch,
        attempt_log=attempt_log("info", "json") if case.log else lambda _settled: None,
    )
    cpu, began = time.process_time(), time.monotonic()
    running = asyncio.create_task(dispatcher.run())
    await queue.done.wait()
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await dispatcher.stop()
    await running
    await asyncio.to_thread(sender.stop)
    return Found(case.events / took, cpu / case.events * 1e6, queue.claims, queue.settles)


def measured(case: Case, target: Sink) -> Found:
    """One run with some parts left out."""
    endpoints = [sample_endpoint(f"mer_{n}", f"{target.url}/hooks/{n}", case.window) for n in range(case.endpoints)]
    module = cast("Any", dispatching)
    kept = module.attempt_headers
    if not case.signing:
        module.attempt_headers = lambda **values: (("webhook-id", values["event_id"]),)
    client = StreamSender if case.own else CurlSender
    sender: Any = client(Guard(GuardPolicy.sandbox())) if case.sending else NoSender()
    try:
        return uvloop.run(drain(case, endpoints, sender))
    finally:
        module.attempt_headers = kept


def parts(case: Case) -> dict[str, Case]:
    """The whole, and the whole without one part each."""
    return {
        "the whole engine": case,
        "without the log line": replace(case, log=False),
        "without metrics": replace(case, metrics=False),
        "without sealing": replace(case, sealing=False),
        "without signatures": replace(case, signing=False),
        "without sending (no sockets)": replace(case, sending=False),
    }


def run(arguments: argparse.Namespace, target: Sink) -> None:
    """Measure and print."""
    own = arguments.sender != "curl"
    whole = Case(arguments.events, arguments.endpoints, arguments.in_flight, arguments.wait / 1000, own=own)
    cases = {"the whole engine": whole} if arguments.whole else parts(whole)
    if arguments.sender == "both":
        cases["with libcurl"] = replace(whole, own=False)
    client, bound_rate, bound_cpu = bound.measure(f"{target.url}/hooks", b"x" * 900)
    report(f"bound: {client}", f"{bound_rate:,.0f}/s", f"{bound_cpu:.1f} us of CPU each, same sink")
    found: dict[str, list[Found]] = {name: [] for name in cases}
    for _ in range(arguments.rounds):
        for name, case in cases.items():
            found[name].append(measured(case, target))
    total = statistics.median(one.cpu for one in found["the whole engine"])
    for name, runs in found.items():
        cpu, rate = statistics.median(one.cpu for one in runs), statistics.median(one.rate for one in runs)
        note = f"{rate:,.0f}/s" if name == "the whole engine" else f"costs {total - cpu:.1f} us, {rate:,.0f}/s"
        report(name, f"{cpu:.1f} us", note)
    runs = found["the whole engine"]
    rate = statistics.median(one.rate for one in runs)
    report("ratio to the bound", f"{rate / bound_rate:.3f}", f"CPU: {total / bound_cpu:.1f} times")
    claims, settles = [[size for one in runs for size in sizes(one)] for sizes in (_claims, _settles)]
    report(
        "claimed together, mean", f"{statistics.mean(claims):.0f}", f"settled together: {statistics.mean(settles):.0f}"
    )


def _claims(one: Found) -> Sequence[int]:
    return one.claims


def _settles(one: Found) -> Sequence[int]:
    return one.settles


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Log as a process does, into a file."""
    with path.open("w") as file, redirect_stderr(file):
        configure_logs("info", "json")
        yield


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=40_000, help="deliveries of each run")
    parser.add_argument("--endpoints", type=int, default=4, help="how many, each of its own merchant")
    parser.add_argument("--in-flight", type=int, default=256, help="attempts in flight together")
    parser.add_argument("--wait", type=float, default=2.0, help="milliseconds that a call to the store takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is measured; the median is printed")
    parser.add_argument(
        "--sender", choices=("own", "curl", "both"), default="own", help="the HTTP client; both: in turn"
    )
    parser.add_argument("--whole", action="store_true", help="leave nothing out in turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sink(recording=False) as target, log_to(Path(folder) / "log"):
        run(arguments, target)


if __name__ == "__main__":
    main()
