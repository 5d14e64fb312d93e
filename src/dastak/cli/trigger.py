"""`dastak trigger`: a made-up event or a whole scenario, as signed posts to a URL, or as a journey on a sandbox server.

In: a name; a URL and the secret of the handler, or a server and a merchant's key. Out: a line for each answer; 0 when
all were accepted, 1 otherwise.
"""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain
from dastak.cli.with_server import asking, print_json

SECRET_HELP = "The secret that the handler verifies with: a client secret, a whsec_ one, or both. Or CLIENT_SECRET."  # noqa: S105


def trigger(
    event: Annotated[str, typer.Argument(help="An event type or a scenario; `list` shows them.")],
    url: Annotated[str, typer.Argument(help="Your handler: https, or http on this machine.")] = "",
    secret: Annotated[list[str] | None, typer.Option("--secret", envvar="CLIENT_SECRET", help=SECRET_HELP)] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Set a field: `verification_id=order-1`, `data.email=null`; repeat it. With --server: of what the "
            "journey is made with.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="The same made-up customer each time.")] = None,
    at: Annotated[
        datetime | None,
        typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%SZ"], help="When it happened, in UTC; signed is always now."),
    ] = None,
    server: Annotated[
        str,
        typer.Option("--server", help="Go through the scenario on this sandbox server, which sends the webhooks."),
    ] = "",
    client_id: Annotated[str, typer.Option("--client-id", envvar="CLIENT_ID", help="With --server.")] = "",
    client_secret: Annotated[str, typer.Option("--client-secret", envvar="CLIENT_SECRET", help="With --server.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line, with the body sent.")] = False,
) -> None:
    """Send a made-up event, or a scenario in order, signed, to a URL; or go through it on a sandbox server.

    Stops at the first answer that is not 2xx. Exit code 0 when all were accepted, 1 when not, 2 when it cannot begin.
    """
    from datetime import UTC

    from dastak.cli.desk.made_up import BadOverrideError, journey, read_override
    from dastak.cli.desk.scenarios import SCENARIOS, events_of
    from dastak.cli.desk.sending import RefusedUrlError, send, target
    from dastak.cli.desk.signer import signer
    from dastak_sdk import EVENT_TYPES

    if event == "list":
        print("\n".join((*SCENARIOS, *EVENT_TYPES)))  # noqa: T201 - plain text for a pipe
        return
    if event not in EVENT_TYPES and event not in SCENARIOS:
        raise typer.BadParameter("no such event or scenario; see `dastak trigger list`", param_hint="EVENT")
    if server:
        if url or at:
            raise typer.BadParameter("with --server the server sends, and now: leave out URL and --at")
        _rehearse(server, (client_id, client_secret), event, changes or (), seed, as_json=as_json)
        return
    try:
        to = target(url)
        signing = signer(secret or ())
        overrides = [read_override(change) for change in changes or ()]
        made = events_of(event, journey(seed, at.replace(tzinfo=UTC) if at else None, signing.client, overrides))
    except (RefusedUrlError, BadOverrideError, ValueError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    for one in made:
        answer = send(to, signing.headers(one.body, time.time(), one.id), one.body)
        if as_json:
            values = {"type": one.type, "id": one.id, "status": answer.status, "problem": answer.problem}
            print(json.dumps({**values, "body": one.body.decode()}))  # noqa: T201 - plain text for a pipe
        else:
            shown = f"[green]{answer.status}[/green]" if answer.is_accepted else f"[red]{answer.status or '---'}[/red]"
            Console().print(f"{shown}  {one.type}  {answer.seconds * 1000:.0f} ms  {escape(answer.problem)}".rstrip())
        if not answer.is_accepted:
            raise typer.Exit(1)


def _rehearse(
    server: str, key: tuple[str, str], scenario: str, changes: Sequence[str], seed: int | None, *, as_json: bool
) -> None:
    """Make the journey, go through it, and show the events that the server made of it."""
    from dastak.cli.desk.made_up import BadOverrideError, read_override
    from dastak.cli.desk.rehearsing import ACTS, events_of, fields_of, named, rehearse

    if scenario not in ACTS:
        raise typer.BadParameter("on a server whole scenarios are gone through; see `dastak trigger list`")
    if not all(key):
        raise typer.BadParameter("give --client-id and --client-secret", param_hint="--server")
    try:
        fields = fields_of(scenario, [read_override(change) for change in changes])
    except BadOverrideError as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    console = Console(soft_wrap=True)
    with asking(server, *key) as asked:
        name = named(scenario, seed, fields)
        for step in rehearse(asked, scenario, name, fields):
            if as_json:
                print_json({"verification_id": name, **step.values})
            else:
                console.print(f"[dim]{step.act:<24}  {escape(step.told)}[/dim]", highlight=False)
        for row in events_of(asked, name):
            if as_json:
                print_json(row)
            else:
                console.print(escape(f"#{row['sequence']}  {row['type']}  {name}"), highlight=False)
