"""How many calls hold at once: more and more of them, until packets are late, lost, or missing in a recording.

In: `python bench/calls_held.py [--janus] [--from N] [--by N] [--to N] [--seconds N]`. Out: a line per number of calls,
and the largest that held. With `--minutes N` the first number of calls is held so long, a line a minute: does it grow?
The rooms are in a process of their own (`rooms_process.py`), with `--janus` a gateway is another; the parties
(`light_peers.py`) are in processes of their own, too, and what these need is told apart. Where the machine has other
work, give this one its time: `sudo nice -n -19 .venv/bin/python bench/calls_held.py` (Linux groups processes by session
where autogroup is on: then `echo -19 >/proc/self/autogroup` first, in a session of its own).

A number of calls holds if, for as long as it was watched, of all packets that parties sent 99.5 % were with the other
party within 200 ms, the recordings have 99.9 % of what was sent, and the loop that carries media never stood still for
a second.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clip
from dastak.journeys.video_kyc.call import Party
from dastak.video.spool.record import Packet, Track
from percentile import percentile
from rooms_process import RoomsProcess, a_rooms_process, seat, spool, usage

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.janus import PrivateJanus, media_address

IN_TIME_SECONDS = 0.2
LEAST_IN_TIME = 0.995
LEAST_RECORDED = 0.999
LONGEST_TURN_SECONDS = 1.0
CALLS_PER_PEERS_PROCESS = 12
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """One number of calls, watched for a while."""

    calls: int
    began_us: int
    ended_us: int
    cpu: dict[str, float]
    """Of `rooms`, `gateway`, `peers` and `others`, in per cent of one core."""
    megabytes: dict[str, int]
    held: tuple[int, int]
    """Threads and open files of the rooms."""
    sent: int
    delays: list[float]
    peers_late: float
    """99 of a hundred packets were sent at most so late, in seconds: what the peers' own slowness is."""
    longest_turn: float

    @property
    def in_time(self) -> float:
        """The share of what was sent that arrived soon enough."""
        return sum(delay <= IN_TIME_SECONDS for delay in self.delays) / max(1, self.sent)

    @property
    def arrived(self) -> float:
        """The share that arrived at all."""
        return len(self.delays) / max(1, self.sent)

    def holds(self, recorded: float) -> bool:
        """By the words above."""
        return self.in_time >= LEAST_IN_TIME and recorded >= LEAST_RECORDED and self.longest_turn < LONGEST_TURN_SECONDS


class Peers:
    """Processes of light parties."""

    def __init__(self, file: Path, address: str, stack: AsyncExitStack) -> None:
        self._file, self._address, self._stack = file, address, stack
        self._processes: list[asyncio.subprocess.Process] = []
        self._calls = 0

    @property
    def pids(self) -> list[int]:
        """Of all of them."""
        return [process.pid for process in self._processes]

    async def call(self, rooms: RoomsProcess) -> None:
        """One more call goes on."""
        number, self._calls = self._calls, self._calls + 1
        if number % CALLS_PER_PEERS_PROCESS == 0:
            self._processes.append(await self._stack.enter_async_context(_peers(self._file, self._address)))
        process = self._processes[-1]
        offers = (await _ask(process, {"do": "offer", "call": number}))["offers"]
        answers = {party: await rooms.join(number, Party(party), offer) for party, offer in offers.items()}
        await _ask(process, {"do": "answer", "call": number, "answers": answers})

    async def all_do(self, what: dict[str, Any]) -> list[dict[str, Any]]:
        """At once."""
        return await asyncio.gather(*(_ask(process, what) for process in self._processes))


async def watch(rooms: RoomsProcess, gateway: PrivateJanus | None, peers: Peers, calls: int, seconds: float) -> Step:
    """What happens now."""
    parts = {"rooms": [rooms.pid], "peers": peers.pids, **({"gateway": [gateway.pid]} if gateway else {})}
    await rooms.longest_turn()
    before, all_before, began, began_us = _spent(parts), _machine(), time.monotonic(), time.time_ns() // 1000
    found = await peers.all_do({"do": "measure", "seconds": seconds})
    passed, after, all_after = time.monotonic() - began, _spent(parts), _machine()
    cpu = {part: 100 * (after[part] - before[part]) / passed for part in parts}
    cpu["others"] = max(0.0, 100 * (all_after - all_before) / passed - sum(cpu.values()))
    return Step(
        calls,
        began_us,
        time.time_ns() // 1000,
        cpu,
        {part: sum(usage(pid).megabytes for pid in pids) for part, pids in parts.items()},
        (usage(rooms.pid).threads, usage(rooms.pid).files),
        sum(one["sent"] for one in found),
        [each for one in found for each in one["delays"]],
        percentile([each for one in found for each in one["late"]], 99),
        await rooms.longest_turn(),
    )


def recorded(folder: Path, calls: int, steps: list[Step]) -> list[float]:
    """The share of what was sent that is in the recordings, by step: sequence numbers tell what is missing."""
    there, missing = [0] * len(steps), [0] * len(steps)
    kept = spool(folder)
    for call in range(calls):
        last: dict[Track, int] = {}
        for record in kept.records(seat(call, Party.CUSTOMER).room):
            if not isinstance(record, Packet):
                continue
            gap = (record.sequence - last.get(record.track, record.sequence - 1)) & 0xFFFF
            last[record.track] = record.sequence
            for number, step in enumerate(steps):
                if step.began_us <= record.arrived_us <= step.ended_us:
                    there[number] += 1
                    missing[number] += gap - 1 if 0 < gap < 1 << 15 else 0
    return [had / max(1, had + lacks) for had, lacks in zip(there, missing, strict=True)]


def show(step: Step, recorded_share: float | None = None) -> None:
    """One line, and at the end once more with what the recordings have."""
    p50, p99 = (1000 * percentile(step.delays, share) if step.delays else 0 for share in (50, 99))
    cpu = ", ".join(
        f"{part} {value:.0f} % ({value / step.calls:.1f} a call)" if part != "others" else f"others {value:.0f} %"
        for part, value in step.cpu.items()
    )
    memory = ", ".join(f"{part} {size} MB" for part, size in step.megabytes.items())
    kept = "" if recorded_share is None else f", recorded {100 * recorded_share:.3f} %"
    print(
        f"{step.calls:>3} calls: arrived {100 * step.arrived:.2f} %, in time {100 * step.in_time:.2f} %{kept}, "
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms (sent late p99 {1000 * step.peers_late:.0f} ms), "
        f"longest turn {1000 * step.longest_turn:.0f} ms\n           {cpu}; {memory}; rooms: {step.held[0]} threads, "
        f"{step.held[1]} open files",
        flush=True,
    )


async def measure(chosen: argparse.Namespace, folder: Path, gateway: PrivateJanus | None) -> None:
    """Step by step."""
    clip.make(folder / "clip")
    steps: list[Step] = []
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(a_rooms_process(folder / "spool", gateway.url if gateway else ""))
        peers = Peers(folder / "clip", media_address() if gateway else "127.0.0.1", stack)
        numbers = [chosen.first] * chosen.minutes or range(chosen.first, chosen.to + 1, chosen.by)
        for calls in numbers:
            for _ in range(calls - (steps[-1].calls if steps else 0)):
                await peers.call(rooms)
            await asyncio.sleep(SETTLE_SECONDS)
            steps.append(await watch(rooms, gateway, peers, calls, 60 if chosen.minutes else chosen.seconds))
            show(steps[-1])
            if not steps[-1].holds(1.0):
                break
        await peers.all_do({"do": "stop"})
        await rooms.stop()
    if chosen.minutes:
        for step, share in zip(steps, recorded(folder / "spool", chosen.first, steps), strict=True):
            show(step, share)
        return
    conclude(steps, recorded(folder / "spool", steps[-1].calls, steps))


def conclude(steps: list[Step], shares: list[float]) -> None:
    """The recordings are closed now: which of the numbers held."""
    print("with what the recordings have:")
    held = []
    for step, share in zip(steps, shares, strict=True):
        show(step, share)
        held += [step] if step.holds(share) else []
    if not held:
        print("none of these held")
        return
    most = held[-1]
    ours = most.cpu["rooms"]
    each = statistics.median(step.cpu["rooms"] / step.calls for step in held)
    print(f"held: {most.calls} calls, with {ours:.0f} % of a core for the rooms")
    print(f"extrapolated, a whole core for the rooms: {100 / each:.0f} calls, at {each:.1f} % a call")


def _spent(parts: dict[str, list[int]]) -> dict[str, float]:
    return {part: sum(usage(pid).cpu_seconds for pid in pids) for part, pids in parts.items()}


def _machine() -> float:
    """Seconds of CPU that all cores together have worked, for whomever."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(interrupts[:2])) / os.sysconf("SC_CLK_TCK")


@contextlib.asynccontextmanager
async def _peers(file: Path, address: str) -> AsyncIterator[asyncio.subprocess.Process]:
    program = Path(__file__).with_name("light_peers.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        str(file),
        address,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _ask(process: asyncio.subprocess.Process, what: dict[str, Any]) -> dict[str, Any]:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("the peers have no pipes")
    stdin.write(json.dumps(what).encode() + b"\n")
    await stdin.drain()
    found: dict[str, Any] = json.loads(await stdout.readline())
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--janus", action="store_true", help="over a gateway of its own")
    parser.add_argument("--from", dest="first", type=int, default=4)
    parser.add_argument("--by", type=int, default=4)
    parser.add_argument("--to", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--minutes", type=int, default=0, help="hold the first number of calls so long")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, PrivateJanus() if chosen.janus else nullcontext() as gateway:
        asyncio.run(measure(chosen, Path(folder), gateway))


if __name__ == "__main__":
    main()
