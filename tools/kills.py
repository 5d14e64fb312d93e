"""Kill Dastak's processes, or its database's, at seeded moments under load, and count what arrived.

    .venv/bin/python tools/kills.py --store postgres --points 500 --seed 1

In: a store, how many points, a seed. Out: one line per round of at most a hundred points, each round on a deployment
of its own; exit code 1 if anything was lost, out of order, or came twice without a reason. Everything is on loopback,
in temporary folders.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from acceptance.kills import DEPLOYMENTS, kill_again_and_again

ROUND = 100
SHOWN = 20


def main() -> None:
    """Run the rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=sorted(DEPLOYMENTS), default="sqlite")
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    faults = 0
    for number, begun in enumerate(range(0, wanted.points, ROUND)):
        with tempfile.TemporaryDirectory(prefix="dastak-kills-") as folder:
            points = min(ROUND, wanted.points - begun)
            report = kill_again_and_again(wanted.store, points, wanted.seed + number, Path(folder))
        print(report.line(), flush=True)
        for fault in report.faults[:SHOWN]:
            print(f"  {fault}", flush=True)
        faults += len(report.faults)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
