"""What tracing costs per attempt, in CPU time of the process that delivers, exporter included.

In: `python bench/traces.py [--attempts N]`. Out: microseconds per attempt, and ratios to what signing one costs in the
same run. Attempts are made up and the collector is `sink.py` on loopback, so nothing else is measured.
"""

import argparse
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dastak.app.traces.attempts import TracedAttempts
from dastak.app.traces.export import QUEUE, Export
from dastak.app.traces.spans import Spans
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointState, LanePolicy
from dastak.webhooks.observing import Unobserved
from dastak.webhooks.post import Answer, Stage, Timings
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import Outcome, Verdict

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BATCH = 256
WAIT_SECONDS = 20


def an_attempt(trace: str) -> Settled:
    """A delivered first attempt of an event of that trace."""
    endpoint = Endpoint(
        id="ep_01m88sz9zvtb8h3w6k9hkk2704",
        merchant_id="mer_01m88sz8x4ykepfd6p60zdcwyt",
        url="https://merchant.example.com/webhooks",
        description="",
        event_types=(),
        retry=RetryPolicy.named("standard"),
        lane_policy=LanePolicy.RELAXED,
        window=16,
        secrets=(),
        state=EndpointState.ENABLED,
        disabled_reason="",
        created_at=NOON,
        updated_at=NOON,
    )
    claimed = Claimed(
        id="dlv_01m88sza8mjp4znd4tx64x1tjr",
        endpoint=endpoint,
        event_id="evt_01m88sza8jvh9at665q0e66znm",
        event_type="KYC_LINK_SUCCESS",
        journey_id="jrn_01m88sza064z6dh11jxm83avpq",
        sequence=5,
        body=b"x" * 1024,
        client_secret=SECRET,
        attempt=1,
        failures=0,
        created_at=NOON,
        trace=trace,
    )
    answer = Answer(claimed.id, Stage.ANSWERED, 200, timings=Timings(0, 900, 0, 1800, 2000))
    verdict = Verdict(Outcome.DELIVERED, "answered 200")
    return Settled(claimed, (), answer, verdict, NOON, NOON + timedelta(milliseconds=2))


def signed(one: Settled) -> None:
    """What the dispatcher does for the headers of an attempt."""
    claimed = one.claimed
    attempt_headers(
        event_id=claimed.event_id,
        body=claimed.body,
        client_secret=claimed.client_secret,
        endpoint_secrets=(SECRET,),
        attempt=claimed.attempt,
        now=NOON,
        sequence=claimed.sequence,
        journey_id=claimed.journey_id,
        trace=claimed.trace and claimed.attempt_trace(),
    )


@contextmanager
def sink() -> Iterator[str]:
    """A collector that takes everything; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("sink.py")), str(port)])
    try:
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def cpu_us(count: int, work: Callable[[int], None]) -> float:
    """CPU microseconds of all threads of this process, for each of so many."""
    began = time.process_time()
    work(count)
    return (time.process_time() - began) / count * 1e6


def signing(trace: str) -> Callable[[int], None]:
    """So many attempts are signed."""

    def work(count: int) -> None:
        one = an_attempt(trace)
        for _ in range(count):
            signed(one)

    return work


def observing(observer: TracedAttempts | Unobserved, trace: str) -> Callable[[int], None]:
    """So many attempts are told to an observer, in batches as the dispatcher does."""

    def work(count: int) -> None:
        batch = [an_attempt(trace)] * BATCH
        for _ in range(count // BATCH):
            observer.attempts_ended(batch)

    return work


def exported(url: str, count: int) -> float:
    """As many spans as fit the queue, again and again, each time until all are sent."""
    total = 0.0
    rounds = max(1, count // QUEUE)
    for _ in range(rounds):
        export = Export(url, {})
        export.start()
        observer = TracedAttempts(Unobserved(), Spans(export.take))
        began = time.process_time()
        observing(observer, SAMPLED)(QUEUE)
        export.close()
        total += time.process_time() - began
    return total / (rounds * QUEUE) * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What tracing costs per attempt.")
    parser.add_argument("--attempts", type=int, default=40_960)
    count = parser.parse_args().attempts
    nothing = TracedAttempts(Unobserved(), Spans(lambda _: None))
    plain = cpu_us(count, signing(""))
    rows = [
        ("to sign an attempt, for comparison", plain),
        ("off, no trace: nothing but a look at an empty text", cpu_us(count, observing(nothing, ""))),
        ("carried: the header", cpu_us(count, signing(SAMPLED)) - plain),
        ("not sampled: the observer", cpu_us(count, observing(nothing, SAMPLED[:-1] + "0"))),
        ("sampled: the span made", cpu_us(count, observing(nothing, SAMPLED))),
    ]
    with sink() as url:
        rows.append(("sampled: made, encoded, sent", exported(url, count)))
    for name, cost in rows:
        print(f"{name:52} {cost:8.2f} us  {cost / plain:6.2f} x signing")


if __name__ == "__main__":
    main()
