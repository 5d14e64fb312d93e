"""`dastak listen`: a merchant's events straight from a running server, shown and forwarded as they happen.

In: the server's address, the merchant's key, and where to forward. Out: a line for each event, until Ctrl-C. It asks
by the pull API, so neither side needs a public address.
"""

import json
import time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain

if TYPE_CHECKING:
    from dastak.cli.desk.following import Pulled
    from dastak.cli.desk.sending import Answer, Target
    from dastak.cli.desk.signer import Signer


class Way(NamedTuple):
    """Where events are forwarded, and signed by what."""

    to: "Target"
    signer: "Signer"


def listen(
    server: Annotated[str, typer.Option("--server", envvar="DASTAK", help="The server's address. Or DASTAK.")],
    client_id: Annotated[str, typer.Option("--client-id", envvar="CLIENT_ID", help="Of the merchant. Or CLIENT_ID.")],
    client_secret: Annotated[
        str, typer.Option("--client-secret", envvar="CLIENT_SECRET", help="Of the merchant. Or CLIENT_SECRET.")
    ],
    forward_to: Annotated[
        str | None, typer.Option("--forward-to", help="Your handler: https, or http on this machine.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option("--secret", help="A whsec_ secret by which forwarded events are signed as well.")
    ] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Events of this type only.")] = None,
    verification_id: Annotated[str | None, typer.Option("--verification-id", help="Of this customer only.")] = None,
    journey_id: Annotated[str | None, typer.Option("--journey-id", help="Of this journey only.")] = None,
    after: Annotated[
        str,
        typer.Option("--after", help="A cursor to begin at; `0` is the first event, `latest` the next one to come."),
    ] = "latest",
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many events.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line, with the body.")] = False,
) -> None:
    """Show a merchant's events as they happen, and forward them, signed, to a handler on this machine.

    What a handler refuses is shown and not sent again. Reconnects by itself, from where it was. Exit code 0 on Ctrl-C
    and after --count, 2 when the server does not let it listen.
    """
    from dastak.cli.desk.following import FollowError, Key, Lost, beginning, follow
    from dastak.cli.desk.sending import RefusedUrlError, target
    from dastak.cli.desk.signer import signer

    given = {"type": event_type, "verification_id": verification_id, "journey_id": journey_id}
    filters = {name: value for name, value in given.items() if value}
    key = Key(client_id, client_secret)
    left = count
    try:
        base = target(server)
        way = Way(target(forward_to), signer([client_secret, secret or ""])) if forward_to else None
        cursor = beginning(base, key, after, filters)
        complain.print(f"Listening, from cursor {escape(cursor)}. Ctrl-C ends.")
        for one in follow(base, key, cursor, filters):
            if isinstance(one, Lost):
                complain.print(
                    f"[yellow]The server is away:[/yellow] {escape(one.why)}. Again in {one.pause_seconds:g} s."
                )
                continue
            _show(one, _forward(one, way), as_json=as_json)
            left = None if left is None else left - 1
            if left == 0:
                return
    except KeyboardInterrupt:
        return
    except (RefusedUrlError, FollowError, ValueError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None


def _forward(event: "Pulled", way: Way | None) -> "Answer | None":
    """Send the event's own bytes on, signed afresh; None when there is nowhere or nothing to send."""
    from dastak.cli.desk.sending import send

    if way is None or event.body is None:
        return None
    place = (("x-dastak-journey", event.journey_id), ("x-dastak-sequence", str(event.sequence)))
    return send(way.to, (*way.signer.headers(event.body, time.time(), event.id), *place), event.body)


def _show(event: "Pulled", answer: "Answer | None", *, as_json: bool) -> None:
    if as_json:
        values = {
            "id": event.id,
            "type": event.type,
            "verification_id": event.verification_id,
            "journey_id": event.journey_id,
            "sequence": event.sequence,
            "occurred_at": event.occurred_at,
            "cursor": event.cursor,
            "raw_body": None if event.body is None else event.body.decode(),
            "forwarded": None if answer is None else {"status": answer.status, "problem": answer.problem},
        }
        print(json.dumps(values), flush=True)  # noqa: T201 - plain text for a pipe
        return
    told = ""
    if answer is not None:
        mark = "green" if answer.is_accepted else "red"
        told = f"[{mark}]{answer.status or '---'}[/{mark}]  {answer.seconds * 1000:.0f} ms  {escape(answer.problem)}"
    elif event.body is None:
        told = "[yellow]its body is no longer kept[/yellow]"
    line = f"{event.occurred_at[11:19]}  {event.type}  {escape(event.verification_id)} #{event.sequence}  {told}"
    Console(soft_wrap=True).print(line.rstrip(), highlight=False)
