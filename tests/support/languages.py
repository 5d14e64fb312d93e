"""Where the programs are that run the documented snippets of other languages: Node, Go, Java, PHP, C#.

Called by the test that runs them, and as a command by `tools/languages.sh`: it prints the Debian packages that bring what is
missing.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from support.programs import MissingProgram

PROGRAMS: Mapping[str, str] = {
    "node": "nodejs",
    "go": "golang-go",
    "javac": "default-jdk-headless",
    "java": "default-jdk-headless",
    "php": "php-cli",
    "mcs": "mono-mcs",
    "mono": "mono-runtime",
}
"""Program → the Debian package that has it."""


def program(name: str) -> Path:
    """Where it is. Raises `MissingProgram`: a test that needs it fails; it never skips."""
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    raise MissingProgram(f"no {name}: ./test installs {PROGRAMS[name]}")


def main() -> None:
    missing = []
    for name, package in PROGRAMS.items():
        try:
            program(name)
        except MissingProgram:
            missing.append(package)
    for package in dict.fromkeys(missing):
        print(package)  # noqa: T201 - its output


if __name__ == "__main__":
    main()
