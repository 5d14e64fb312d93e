"""`dastak doctor`: numbered checks of the configuration, each with a hint."""

import os

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def doctor() -> None:
    """Check settings, key, data folder, database, URLs, authorities, gateways, clock, limits and connections.

    Exit code 0 when all is well, 1 when something has to be mended.
    """
    from dastak.app.doctor import examine

    findings = examine(os.environ)
    table = Table("", "check", "", box=None)
    for finding in findings:
        mark = "[green]ok[/green]" if finding.ok else "[red]mend[/red]"
        table.add_row(finding.number, finding.what, f"{mark}  {escape(finding.hint)}")
    Console().print(table)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
