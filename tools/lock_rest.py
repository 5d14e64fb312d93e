"""Print the packages of the second lock file that the first does not have: `lock_rest.py RUN ALL`."""

import re
import sys
from pathlib import Path


def packages(path: str) -> dict[str, str]:
    """Package name → its lines, hashes included; several versions where they differ by Python."""
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", Path(path).read_text().strip()):
        name = block.split("==")[0]
        found[name] = f"{found[name]}\n{block}" if name in found else block
    return found


def main() -> None:
    """Write the difference to standard output."""
    run, everything = (packages(path) for path in sys.argv[1:3])
    print("\n".join(block for name, block in everything.items() if name not in run))


main()
