"""Run a real server for minutes with good and bad receivers, and see that it neither grows nor loses anything.

    .venv/bin/python tools/soak.py --minutes 10 --store sqlite

In: how long, which store. Out: a line every ten seconds; at the end what arrived, and memory and open files of the
last quarter as a ratio to the second (the first is warming up). Exit code 1 if one grew by more than a fifth, or if
anything was lost or out of order at the receivers that answer. Everything is on loopback, in temporary folders.
"""

import argparse
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from acceptance.arrivals import lost, other_bytes, out_of_order
from acceptance.load import Load, Promises
from dastak_sdk import OPERATIONAL_EVENT_TYPES
from support.postgres import PrivatePostgres
from support.receiver import Hook, HookReceiver, Reply, after_the_test, in_turn
from support.server import RunningServer

EVERY = 10.0
MOST_GROWTH = 1.2
DRAIN_SECONDS = 180
GOOD = ("/fast", "/slow")
RESET = struct.pack("ii", 1, 0)


@dataclass
class Samples:
    """What the process held, at equal intervals."""

    memory_kib: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def take(self, pid: int) -> None:
        """From /proc, now."""
        status = Path(f"/proc/{pid}/status").read_text()
        self.memory_kib.append(int(status.partition("VmRSS:")[2].split()[0]))
        self.files.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))


def growth(values: list[int]) -> float:
    """The last quarter's median as a ratio to the second quarter's."""
    quarter = max(1, len(values) // 4)
    return statistics.median(values[-quarter:]) / statistics.median(values[quarter : 2 * quarter] or values)


@contextmanager
def resetting_port() -> Iterator[int]:
    """Answers the test of the URL, and resets every other connection in the middle of the request."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def answer() -> None:
        tested = False
        while not stopping.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                if not tested:
                    client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    tested = True
                else:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def add_endpoints(server: RunningServer, receiver: HookReceiver, reset_port: int) -> None:
    """Two good receivers and four bad ones."""
    receiver.answer_events("/slow", then=Reply(delay=0.2))
    receiver.answer_events("/broken", then=Reply(500))
    receiver.answer_events("/hanging", then=Reply(delay=60))
    gone = in_turn(then=Reply(410))
    receiver.play("/gone", after_the_test(gone))
    retry = {"intervals_seconds": [1, 5, 30]}
    with server.api() as api:
        for path in (*GOOD, "/broken", "/hanging", "/gone"):
            api.add_endpoint(receiver.url(path), retry_policy=retry)
        api.add_endpoint(f"http://127.0.0.1:{reset_port}/reset", retry_policy=retry)


def judge(promises: Mapping[str, int], hooks: Mapping[str, list[Hook]]) -> list[str]:
    """What is wrong at the receivers that answer."""
    faults = []
    for path, arrived in hooks.items():
        wrong = lost(promises, arrived) + out_of_order(arrived) + other_bytes(arrived)
        faults += [f"{path}: {fault}" for fault in wrong]
    return faults


def all_that_comes(receiver: HookReceiver, path: str, wanted: set[str]) -> list[Hook]:
    """What arrived there, once all that is wanted has, or no more comes in time: `judge` says what is missing."""
    give_up_at = time.monotonic() + DRAIN_SECONDS
    while True:
        hooks = receiver.hooks(path)
        if wanted <= {hook.id for hook in hooks} or time.monotonic() > give_up_at:
            return hooks
        receiver.closing.wait(1)


def soak(server: RunningServer, receiver: HookReceiver, seconds: float, visitors: int) -> list[str]:
    """Load it for so long; what is wrong afterwards."""
    promises, samples = Promises(), Samples()
    began = time.monotonic()
    with Load((server,), promises, visitors, seed=1) as load:
        while (elapsed := time.monotonic() - began) < seconds:
            receiver.closing.wait(min(EVERY, seconds - elapsed))
            samples.take(server.pid)
            print(
                f"{time.monotonic() - began:5.0f} s  {promises.total:7d} events  {len(receiver.all()):8d} requests  "
                f"{samples.memory_kib[-1] / 1024:6.1f} MiB  {samples.files[-1]:4d} files",
                flush=True,
            )
    with server.api() as api:
        wanted = {event["id"] for event in api.events() if event["type"] not in OPERATIONAL_EVENT_TYPES}
    arrived = {path: all_that_comes(receiver, path, wanted) for path in GOOD}
    memory, files = growth(samples.memory_kib), growth(samples.files)
    print(f"{len(wanted)} events; last quarter to second: memory {memory:.3f}, open files {files:.3f}")
    faults = judge(promises.events, arrived) + load.failures
    faults += [
        f"{name} grew by {ratio:.2f}" for name, ratio in (("memory", memory), ("files", files)) if ratio > MOST_GROWTH
    ]
    return faults + [line[:300] for line in server.lines() if "Traceback" in line]


def main() -> None:
    """Soak, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--visitors", type=int, default=3, help="customers at a time")
    wanted = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="dastak-soak-")))
        settings: dict[str, str] = {}
        if wanted.store == "postgres":
            settings["database_url"] = opened.enter_context(PrivatePostgres()).database()
        receiver = opened.enter_context(HookReceiver())
        reset_port = opened.enter_context(resetting_port())
        server = opened.enter_context(
            RunningServer(
                folder,
                merchants=("Asha Bank",),
                nursery=None,
                webhook_first_byte_timeout_seconds=5,
                webhook_total_timeout_seconds=5,
                **settings,
            )
        )
        add_endpoints(server, receiver, reset_port)
        faults = soak(server, receiver, wanted.minutes * 60, wanted.visitors)
        for fault in faults[:20]:
            print(f"  {fault}", flush=True)
    print("steady" if not faults else f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
