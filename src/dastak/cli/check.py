"""`dastak check`: is a webhook handler right? Some sixty probes, judged from outside, and how to mend what is wrong.

In: a URL and the handler's secrets. Out: a report; exit code 0 when nothing failed, 1 when something did.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dastak.cli.failing import complain
from dastak.cli.trigger import SECRET_HELP

if TYPE_CHECKING:
    from dastak.cli.desk.checking import Finding

DEFAULT_MAX_SECONDS = 5.0


def check(
    url: Annotated[str, typer.Argument(help="Your handler: https, or http on this machine.")],
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", envvar="CLIENT_SECRET", help=f"{SECRET_HELP} Repeat it for secrets in rotation."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Run this probe alone; repeat it for more.")] = None,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", min=0.05, help="How long an answer may take.")
    ] = DEFAULT_MAX_SECONDS,
    effects: Annotated[
        str | None,
        typer.Option(
            "--effects", help="A URL of yours that answers GET with how often your handler has acted, a number."
        ),
    ] = None,
    failing: Annotated[
        str | None,
        typer.Option(
            "--failing", help="A URL of yours: after a POST there, your handler fails on the next event, once."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="The same made-up events each time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit's XML to this file, for CI.")] = None,
) -> None:
    """Try a webhook handler with genuine, forged, repeated and odd requests, and say what is wrong with it.

    Use a handler whose effects do no harm: the genuine events are signed and it will act on them. Exit code 0 when
    nothing failed, 1 when something did, 2 when it could not begin.
    """
    from dastak.cli.desk.checking import EffectsUnknownError, Inside, NobodyThereError, run
    from dastak.cli.desk.made_up import journey
    from dastak.cli.desk.probe_table import PROBES
    from dastak.cli.desk.probes import Bench
    from dastak.cli.desk.reports import as_json as json_of
    from dastak.cli.desk.reports import as_junit, is_right
    from dastak.cli.desk.sending import RefusedUrlError, target
    from dastak.cli.desk.signer import signer

    unknown = set(only or ()) - {probe.code for probe in PROBES}
    if unknown:
        raise typer.BadParameter(f"there is no probe {', '.join(sorted(unknown))}", param_hint="--only")
    try:
        to = target(url)
        inside = Inside(target(effects) if effects else None, target(failing) if failing else None)
        signing = signer(secret or ())
        known = {signing.client, signing.standard}
        others = tuple(signer([one]) for one in secret or () if one.strip() not in known)
        if junit is not None:
            junit.touch()
    except (RefusedUrlError, ValueError, OSError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    bench = Bench(signing, others, journey(seed, None, signing.client), time.time)
    chosen = [probe for probe in PROBES if not only or probe.code in only]
    findings = []
    try:
        with complain.status("Probing …") as status:
            for finding in run(to, bench, chosen, max_seconds, inside):
                findings.append(finding)
                status.update(f"{len(findings)} of {len(chosen)}: {finding.probe.code}")
    except (EffectsUnknownError, NobodyThereError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    if junit is not None:
        junit.write_text(as_junit(findings), "utf-8")
    if as_json:
        print(json_of(url, findings))  # noqa: T201 - plain text for a pipe
    else:
        _show(findings)
    raise typer.Exit(0 if is_right(findings) else 1)


def _show(findings: "Sequence[Finding]") -> None:
    marks = {"passed": "[green]ok[/green]", "failed": "[red]mend[/red]", "skipped": "[dim]skip[/dim]"}
    table = Table("", "probe", "what was sent, and what came back", box=None)
    for one in findings:
        table.add_row(marks[one.state.value], one.probe.code, f"{escape(one.probe.sent)} → {escape(one.said)}")
        if one.state.value == "failed":
            table.add_row("", "", f"[bold]Means:[/bold] {escape(one.probe.means)}")
            table.add_row("", "", f"[bold]Mend:[/bold] {escape(one.probe.mend)}")
    console = Console()
    console.print(table)
    counts = {mark: sum(one.state.value == mark for one in findings) for mark in marks}
    console.print(", ".join(f"{count} {mark}" for mark, count in counts.items() if count))
