"""`dastak verify`: is a captured request right, and if not, why not?

In: headers and body as files or flags, and the secrets. Out: 0 and a line when it verifies; 1 and the causes otherwise.
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dastak.cli.failing import complain

SECRET_HELP = "A client secret or a whsec_ secret; repeat it for several. Or the variable CLIENT_SECRET."  # noqa: S105
DEFAULT_TOLERANCE_SECONDS = 300.0


def verify(
    body: Annotated[Path, typer.Option("--body", help="The file with the raw body; `-` for standard input.")],
    headers: Annotated[
        Path | None, typer.Option("--headers", help="A file of headers: lines, an HTTP message, `curl -v` or JSON.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="One header, 'Name: value'; repeat it.")
    ] = None,
    secret: Annotated[list[str] | None, typer.Option("--secret", envvar="CLIENT_SECRET", help=SECRET_HELP)] = None,
    explaining: Annotated[bool, typer.Option("--explain", help="Say why, and how to mend it.")] = False,
    now: Annotated[float | None, typer.Option("--now", help="Unix time in seconds to verify at.")] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0.001, help="How many seconds old or early is fresh enough.")
    ] = DEFAULT_TOLERANCE_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Verify a captured request, and say why its signature fails.

    Nothing is sent anywhere. Exit code 0 when the request is right, 1 when it is not, 2 when it cannot be read.
    """
    from dastak.cli.desk.captured import UnreadableHeadersError, capture, read_headers
    from dastak.cli.desk.explain import explain

    secrets = [one for one in secret or [] if one.strip()]
    if not secrets:
        raise typer.BadParameter("give a secret, or set CLIENT_SECRET", param_hint="--secret")
    if not all(one.isprintable() for one in map(str.strip, secrets)):
        raise typer.BadParameter("this is no text; copy the secret again from the dashboard", param_hint="--secret")
    try:
        pairs = read_headers(headers.read_text("utf-8-sig", "replace")) if headers else ()
        pairs += read_headers("\n".join(header or ()))
        raw = sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()
    except (OSError, UnreadableHeadersError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    found = explain(capture(pairs, raw), secrets, time.time() if now is None else now, tolerance)
    if as_json:
        causes = [{"code": one.code, "what": one.what, "mend": one.mend} for one in found.causes]
        values = {"valid": found.is_right, "header": found.header or None, "proven": found.proven, "causes": causes}
        print(json.dumps(values))  # noqa: T201 - plain text for a pipe, no colours or wrapping
    elif found.is_right:
        Console().print(f"[green]right[/green]  {found.header} fits, and is {abs(found.age_seconds or 0):.0f} s old.")
    else:
        table = Table("", "", show_header=False, box=None)
        for one in found.causes:
            table.add_row(f"[red]{one.code}[/red]", one.what)
            if explaining:
                table.add_row("", f"[bold]Mend:[/bold] {escape(one.mend)}")
        if explaining:
            table.add_row("", escape(_ground(found.proven, found.header)))
        Console().print(table)
    raise typer.Exit(0 if found.is_right else 1)


def _ground(proven: bool, header: str) -> str:
    if proven:
        return f"Proven: with this undone, {header} fits your secret."
    return "Concluded: every known way of mending the request was tried, and no signature fits your secret."
