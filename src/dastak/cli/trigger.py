"""`dastak trigger`: signed posts of a made-up event, or of a whole scenario, straight to a URL; no server is needed.

In: a name, a URL and the secret of the handler. Out: a line for each answer; 0 when all were accepted, 1 otherwise.
"""

import json
import time
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain

SECRET_HELP = "The secret that the handler verifies with: a client secret, a whsec_ one, or both. Or CLIENT_SECRET."  # noqa: S105


def trigger(
    event: Annotated[str, typer.Argument(help="An event type or a scenario; `list` shows them.")],
    url: Annotated[str, typer.Argument(help="Your handler: https, or http on this machine.")] = "",
    secret: Annotated[list[str] | None, typer.Option("--secret", envvar="CLIENT_SECRET", help=SECRET_HELP)] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set a field: `verification_id=order-1`, `data.email=null`; repeat it."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="The same made-up customer each time.")] = None,
    at: Annotated[
        datetime | None,
        typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%SZ"], help="When it happened, in UTC; signed is always now."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line, with the body sent.")] = False,
) -> None:
    """Send a made-up event, or a scenario in order, signed, to a URL.

    Stops at the first answer that is not 2xx. Exit code 0 when all were accepted, 1 when not.
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
