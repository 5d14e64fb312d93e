"""Where the programs are that tests start: PostgreSQL, PgBouncer, coturn, Janus, ffprobe; and the library that sets a process's clock.

Called by those who start them, and as a command by `tools/postgres.sh`: it prints the Debian packages that bring what is
missing, but for those that its arguments name.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

NEEDED = ("postgres", "initdb", "psql", "pg_basebackup", "pg_dump")
INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep a folder of programs per version."""

LIBRARIES = Path("/usr/lib")
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
"""Besides PATH, in which people without rights have no sbin."""


class MissingProgram(Exception):  # noqa: N818 - it is one
    """A test that needs it fails; it never skips."""


def postgres() -> Path:
    """The folder of the server's programs: DASTAK_TEST_POSTGRES_BIN, or the newest version, or what PATH leads to."""
    for folder in _folders():
        if all((folder / name).exists() for name in NEEDED):
            return folder
    raise MissingProgram("no PostgreSQL server: ./check and ./test install one, or set DASTAK_TEST_POSTGRES_BIN")


def pgbouncer() -> Path:
    """The program itself."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path=SYSTEM)
    if found is None:
        raise MissingProgram("no PgBouncer: ./check and ./test install one")
    return Path(found)


def janus() -> Path:
    """The gateway for media."""
    found = shutil.which("janus") or shutil.which("janus", path=SYSTEM)
    if found is None:
        raise MissingProgram("no Janus: ./check and ./test install one")
    return Path(found)


def faketime() -> Path:
    """The library through which a process reads a wall clock that a file sets."""
    found = sorted(LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise MissingProgram("no libfaketime: ./check and ./test install it")
    return found[0]


def turnserver() -> Path:
    """Coturn's server."""
    found = shutil.which("turnserver") or shutil.which("turnserver", path=SYSTEM)
    if found is None:
        raise MissingProgram("no TURN server: ./check and ./test install coturn")
    return Path(found)


def ffprobe() -> Path:
    """What says of a film what is in it."""
    found = shutil.which("ffprobe") or shutil.which("ffprobe", path=SYSTEM)
    if found is None:
        raise MissingProgram("no ffprobe: ./check and ./test install ffmpeg")
    return Path(found)


def _folders() -> Iterator[Path]:
    if chosen := os.environ.get("DASTAK_TEST_POSTGRES_BIN"):
        yield Path(chosen)
        return
    versions = [folder for folder in INSTALLED.glob("*/bin") if folder.parent.name.isdecimal()]
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def main() -> None:
    needed = {
        "postgresql": postgres,
        "pgbouncer": pgbouncer,
        "libfaketime": faketime,
        "coturn": turnserver,
        "janus": janus,
        "ffmpeg": ffprobe,
    }
    for package, search in needed.items():
        if package in sys.argv[1:]:
            continue
        try:
            search()
        except MissingProgram:
            print(package)  # noqa: T201 - its output


if __name__ == "__main__":
    main()
