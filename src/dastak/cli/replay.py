"""`dastak replay`: many deliveries sent again, as a job of the server: tried out, begun, watched, ended.

In: filters, or a replay's id. Out: a bar while it runs, or a JSON object for each look at it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from dastak.cli.deliveries import line_of
from dastak.cli.failing import complain
from dastak.cli.with_server import (
    ClientId,
    ClientSecret,
    Json,
    ServerUrl,
    Since,
    Until,
    VerificationId,
    asking,
    chosen,
    print_json,
)

if TYPE_CHECKING:
    from dastak.cli.desk.asking import Server

REPLAYS = "/api/v1/replays"
INTERRUPTED = 130
SHOWN_JOBS = 50


def replay(
    server: ServerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    job: Annotated[str | None, typer.Argument(help="A replay's id: watch that one, or end it with --cancel.")] = None,
    since: Since = None,
    until: Until = None,
    endpoint_id: Annotated[str | None, typer.Option("--endpoint-id", help="To this endpoint only.")] = None,
    verification_id: VerificationId = None,
    event_types: Annotated[
        list[str] | None, typer.Option("--type", help="Of this event only; repeat it for more.")
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state", help="`pending`, `given_up` or `delivered`; repeat it. Without it, what is undelivered."
        ),
    ] = None,
    after: Annotated[str | None, typer.Option("--after", help="A range of the log: after this cursor …")] = None,
    up_to: Annotated[str | None, typer.Option("--up-to", help="… up to and with this one.")] = None,
    rate: Annotated[
        float | None, typer.Option("--rate", help="Deliveries re-queued per second; 50 without it.")
    ] = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what that would be.")] = False,
    is_list: Annotated[bool, typer.Option("--list", help="Show your replays, newest first.")] = False,
    is_cancelled: Annotated[bool, typer.Option("--cancel", help="End the replay that is named.")] = False,
    is_detached: Annotated[bool, typer.Option("--detach", help="Begin, and do not watch.")] = False,
    as_json: Json = False,
) -> None:
    """Send many deliveries again, and watch. The replay is the server's: it goes on when you stop watching.

    Exit code 0 when it is done, 1 when it was cancelled by somebody else, 2 when the server refuses, 130 on Ctrl-C.
    """
    from dastak.cli.desk.asking import named

    with asking(server, client_id, client_secret) as asked:
        if is_list:
            for row in asked.rows(REPLAYS, {}, SHOWN_JOBS):
                _show(row, as_json=as_json)
            return
        if is_cancelled:
            if job is None:
                raise typer.BadParameter("name the replay: `dastak replay rpl_… --cancel`", param_hint="JOB")
            _show(asked.ask("POST", named(REPLAYS, job) + "/cancel"), as_json=as_json)
            return
        if job is not None:
            _watch(asked, asked.ask("GET", named(REPLAYS, job)), as_json=as_json)
            return
        texts = chosen(
            since=since, until=until, endpoint_id=endpoint_id, verification_id=verification_id, after=after, up_to=up_to
        )
        wanted: dict[str, Any] = {**texts, "event_types": event_types, "states": states, "rate_per_second": rate}
        body = {name: value for name, value in wanted.items() if value}
        if is_dry:
            _show_dry(asked.ask("POST", REPLAYS, body={**body, "dry_run": True}), as_json=as_json)
            return
        begun = asked.ask("POST", REPLAYS, body=body)
        if is_detached:
            _show(begun, as_json=as_json)
        else:
            _watch(asked, begun, as_json=as_json)


def _watch(asked: "Server", row: Mapping[str, Any], *, as_json: bool) -> None:
    """Until it has ended; raises `typer.Exit` unless it is done."""
    from dastak.cli.desk.replaying import watched

    try:
        if as_json:
            for look in watched(asked, row):
                print_json(look)
                row = look
        else:
            row = _drawn(asked, row)
    except KeyboardInterrupt:
        name = escape(str(row["id"]))
        complain.print(f"It goes on without you. `dastak replay {name}` watches it again, with --cancel it ends.")
        raise typer.Exit(INTERRUPTED) from None
    if not as_json:
        _show(row, as_json=False)
    raise typer.Exit(0 if row["state"] == "done" else 1)


def _drawn(asked: "Server", row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A bar while it runs; the last look."""
    from dastak.cli.desk.replaying import watched

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[told]}"),
    )
    with Progress(*columns, console=complain, transient=True) as progress:
        task = progress.add_task(escape(str(row["id"])), total=1.0, told="")
        for look in watched(asked, row):
            progress.update(task, completed=look["progress"], told=f"{look['requeued']} of {look['matched']} re-queued")
            row = look
    return row


def _show(row: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    passed = ", ".join(f"{count} {reason}" for reason, count in row["skipped"].items() if count)
    about = f"{'' if row['matched_exactly'] else 'at least '}{row['matched']}"
    line = f"{row['id']}  {row['state']}  {row['requeued']} of {about} re-queued"
    Console(soft_wrap=True).print(escape(line + (f"; passed over: {passed}" if passed else "")), highlight=False)


def _show_dry(row: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    console = Console(soft_wrap=True)
    for one in row["sample"]:
        console.print(line_of(one), highlight=False)
    more = row["matched"] - len(row["sample"])
    if more > 0:
        console.print(f"… and {more} more.", highlight=False)
    about = f"{'' if row['matched_exactly'] else 'at least '}{row['matched']}"
    console.print(f"{about} would be sent again. Nothing was.", highlight=False)
