"""Write the public contract as files: a JSON Schema per event, test vectors, and the OpenAPI document.

In: the catalogue of `dastak_sdk` and the tables in `tools/spec_*.py`. Out: `spec/events/<EVENT>.json`,
`spec/operations/<EVENT>.json` for the events about webhooks, `spec/vectors/` and `spec/openapi.json`. Run by hand after
a change; `--check` (run by the tests) writes nothing and exits with 1 if a file is not what it would write.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "spec"


def documents() -> Mapping[Path, Any]:
    """Every file of the contract with its JSON value."""
    sys.path[:0] = [str(ROOT), str(ROOT / "sdk" / "src")]
    from tools.spec_events import event_schemas
    from tools.spec_openapi import openapi
    from tools.spec_operations import operational_schemas
    from tools.spec_vectors import vectors

    events = {SPEC / "events" / f"{name}.json": schema for name, schema in event_schemas().items()}
    operations = {SPEC / "operations" / f"{name}.json": schema for name, schema in operational_schemas().items()}
    tried = {SPEC / "vectors" / name: value for name, value in vectors().items()}
    return {**events, **operations, **tried, SPEC / "openapi.json": openapi()}


def as_text(value: Any) -> str:
    """The file's text: stable, readable, one newline at the end."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def stale_files(wanted: Mapping[Path, str]) -> list[Path]:
    """Files that are missing, differ, or should not be there."""
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return differing + [path for path in SPEC.rglob("*.json") if path not in wanted]


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description="Write spec/ from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if spec/ is stale")
    check = parser.parse_args().check
    wanted = {path: as_text(value) for path, value in documents().items()}
    stale = stale_files(wanted)
    for path in stale:
        print(("stale: " if check else "wrote: ") + str(path.relative_to(ROOT)))
    if check:
        if stale:
            print("Run: python tools/make_spec.py")
        return 1 if stale else 0
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
